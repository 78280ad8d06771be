// Where a partition begins and ends and where a time is in it, as a Kafka 4.3.1 tells it.
import { BatchWriter, stampBatch, type Api } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { askProduce, type RawClient } from './raw-client.ts'
import { stage, type Stage } from './raw-stage.ts'

interface Question {
  readonly timestamp: bigint
  readonly leaderEpoch?: number
}

type Answer = readonly [errorCode: number, offset: bigint, timestamp: bigint, leaderEpoch: number]

/** The client's half of ListOffsets, version 4, by hand: the client library has no use for it. */
const listByHand: Api<Question, Answer> = {
  key: 2,
  name: 'ListOffsets',
  versions: { min: 4, max: 4 },
  flexibleFrom: 32_767,
  throttleFrom: 32_767,
  write: (writer, { timestamp, leaderEpoch = -1 }) => {
    writer.int32(-1)
    writer.int8(0)
    writer.count(1, false)
    writer.string('orders', false)
    writer.count(1, false)
    writer.int32(0)
    writer.int32(leaderEpoch)
    writer.int64(timestamp)
  },
  read: reader => {
    reader.int32()
    reader.count(1, false)
    reader.string(false)
    reader.count(1, false)
    reader.int32()
    const errorCode = reader.int16()
    const timestamp = reader.int64()
    return [errorCode, reader.int64(), timestamp, reader.int32()]
  }
}

/** A batch whose records have these times. */
function batchAt(...times: readonly number[]): Buffer {
  const writer = new BatchWriter({ take: bytes => Buffer.alloc(bytes), give: () => {} }, 1024)
  for (const time of times) {
    writer.beginRecord(time)
    writer.part(null)
    writer.part('value')
    writer.headerCount(0)
    writer.endRecord()
  }
  stampBatch(writer.buffer, writer.byteLength, {
    codecId: 0,
    recordCount: times.length,
    baseTimestamp: times[0]!,
    maxTimestamp: Math.max(...times),
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    transactional: false
  })
  return writer.buffer.subarray(0, writer.byteLength)
}

async function listing(
  options?: Parameters<typeof stage>[0]
): Promise<Stage & { readonly list: (question: Question) => Answer; readonly client: RawClient }> {
  const staged = await stage(options)
  const client = staged.connect()
  return {
    ...staged,
    client,
    list: question => {
      const pending = client.ask(listByHand, 4, question)
      staged.clock.runSoon()
      return pending.response!
    }
  }
}

describe('offsets', () => {
  test('of a time are those of the first record that is as new', async () => {
    const { clock, client, list } = await listing()
    for (const times of [
      [10, 50, 30],
      [20, 60, 100],
      [100, 70]
    ])
      askProduce(client, batchAt(...times))
    clock.runSoon()
    const at = (timestamp: bigint): readonly bigint[] => list({ timestamp }).slice(1, 3) as bigint[]

    expect([0n, 10n, 11n, 51n, 61n, 100n].map(at)).toEqual([
      [0n, 10n],
      [0n, 10n],
      [1n, 50n],
      [4n, 60n],
      [5n, 100n],
      [5n, 100n]
    ])
    expect(list({ timestamp: 101n })).toEqual([0, -1n, -1n, -1])
  })

  test('of a time begin where the log does', async () => {
    const { clock, cluster, client, list } = await listing()
    askProduce(client, batchAt(10, 20, 30))
    clock.runSoon()
    cluster.deleteRecords('orders', 0, 2n)

    expect(list({ timestamp: 0n })).toEqual([0, 2n, 30n, 0])
  })

  test('are those of the whole batch where its records cannot be read', async () => {
    const { clock, client, list } = await listing({ checkRecords: false })
    const packed = batchAt(10, 20)
    packed.writeInt16BE(4, 21)
    const { crc32c } = await import('@sluice/protocol')
    packed.writeUInt32BE(crc32c(packed, 21, packed.length), 17)
    askProduce(client, packed)
    clock.runSoon()

    expect(list({ timestamp: 15n })).toEqual([0, 0n, 20n, 0])
  })

  test('at the end and at the beginning come without a time', async () => {
    const { clock, client, list } = await listing()
    askProduce(client, batchAt(10, 20))
    clock.runSoon()

    expect([list({ timestamp: -1n }), list({ timestamp: -2n })]).toEqual([
      [0, 2n, -1n, 0],
      [0, 0n, -1n, 0]
    ])
  })

  test('that a version does not know are refused', async () => {
    const { list } = await listing()

    expect([-3n, -4n, -7n].map(timestamp => list({ timestamp })[0])).toEqual([35, 35, 35])
  })

  test('are not for those who know another leader', async () => {
    const { cluster, list } = await listing()
    cluster.moveLeader('orders', 0, 2)
    cluster.moveLeader('orders', 0, 1)

    expect([1, 2, 3].map(leaderEpoch => list({ timestamp: -1n, leaderEpoch })[0])).toEqual([74, 0, 75])
  })
})
