import {
  apiVersionsApi,
  createTopicsApi,
  crc32c,
  findCoordinatorApi,
  initProducerIdApi,
  metadataApi,
  noUuid,
  produceApi,
  type CreateTopicsRequestTopic
} from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { ManualClock, versionsOf } from '@sluice/testing'
import { askProduce, makeBatch, onlyPartition } from './raw-client.ts'
import { stage } from './raw-stage.ts'

/** Rewrites a batch's header and makes its checksum true again. */
function tamper(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  change(batch)
  batch.writeUInt32BE(crc32c(batch, 21, batch.length), 17)
  return batch
}

describe('test cluster in memory', () => {
  test('appends a batch and tells where', async () => {
    const { clock, cluster, connect } = await stage()
    const client = connect()
    askProduce(client, makeBatch({ values: ['a', 'b'] }))
    const second = askProduce(client, makeBatch({ values: ['c', null], key: 'k', timestamp: 1234 }))
    clock.runSoon()

    expect(onlyPartition(second)).toMatchObject({ errorCode: 0, baseOffset: 2n, logAppendTimeMs: -1n })
    const log = await cluster.log('orders', 0)
    expect(log.map(record => record.value?.toString() ?? null)).toEqual(['a', 'b', 'c', null])
    expect(log.at(-1)).toEqual({
      partition: 0,
      offset: 3n,
      timestamp: 1234,
      key: Buffer.from('k'),
      value: null,
      headers: [],
      producerId: -1n,
      producerEpoch: -1,
      sequence: -1
    })
    expect(cluster.logNow('orders')).toEqual(log)
  })

  test('refuses what is not for this broker, with a hint where it is', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.moveLeader('orders', 0, 3)
    const answer = askProduce(connect(1), makeBatch())
    clock.runSoon()

    expect(onlyPartition(answer)).toMatchObject({
      errorCode: 6,
      baseOffset: -1n,
      currentLeader: { leaderId: 3, leaderEpoch: 1 }
    })
    expect(answer.response!.nodeEndpoints).toEqual([{ nodeId: 3, host: 'broker-3', port: 9092, rack: null }])
    expect(cluster.offsets('orders', 0).endOffset).toBe(0n)
  })

  test('finds topics by id from version 13 on', async () => {
    const { clock, cluster, connect } = await stage()
    const client = connect()
    const known = askProduce(client, makeBatch(), { topicId: cluster.topicId('orders'), version: 13 })
    const unknown = askProduce(client, makeBatch(), { topicId: noUuid.replace('0', '1'), version: 13 })
    const byName = askProduce(client, makeBatch(), { topic: 'nothing' })
    const beyond = askProduce(client, makeBatch(), { partition: 3 })
    clock.runSoon()

    expect([known, unknown, byName, beyond].map(answer => onlyPartition(answer).errorCode)).toEqual([0, 100, 3, 3])
  })

  // Each with the error of a Kafka 4.3.1. What came as far as the log is answered with the log's beginning.
  const refusals: readonly [name: string, errorCode: number, byLog: boolean, records: () => Uint8Array | null][] = [
    ['no records', 87, false, () => null],
    ['half a header', 87, false, () => makeBatch().subarray(0, 40)],
    ['an old magic', 87, false, () => tamper(makeBatch(), batch => batch.writeInt8(1, 16))],
    ['a magic that does not exist', 2, false, () => tamper(makeBatch(), batch => batch.writeInt8(3, 16))],
    ['two batches', 87, false, () => Buffer.concat([makeBatch(), makeBatch()])],
    ['a batch that is cut off', 87, false, () => makeBatch().subarray(0, 65)],
    ['a length that none has', 2, false, () => tamper(makeBatch(), batch => batch.writeInt32BE(13, 8))],
    ['a length without a header', 2, false, () => tamper(makeBatch(), batch => batch.writeInt32BE(40, 8))],
    ['a flipped bit', 2, false, () => Buffer.from(makeBatch().map((byte, at) => (at === 64 ? byte ^ 1 : byte)))],
    [
      'a flipped bit in the count',
      2,
      false,
      () => Buffer.from(makeBatch().map((byte, at) => (at === 57 ? 0x80 : byte)))
    ],
    ['a count that does not fit', 87, true, () => tamper(makeBatch(), batch => batch.writeInt32BE(2, 57))],
    ['a negative count', 87, true, () => tamper(makeBatch(), batch => batch.writeInt32BE(-1, 57))],
    ['an offset of its own', 87, true, () => tamper(makeBatch(), batch => batch.writeBigInt64BE(1n, 0))],
    ['a control batch', 87, true, () => tamper(makeBatch(), batch => batch.writeInt16BE(32, 21))],
    ['a producer without a sequence', 87, true, () => makeBatch({ producerId: 5n, sequence: -1 })],
    ['a codec that does not exist', -1, true, () => tamper(makeBatch(), batch => batch.writeInt16BE(5, 21))],
    ['compressed bytes that are none', -1, true, () => tamper(makeBatch(), batch => batch.writeInt16BE(1, 21))],
    [
      'fewer records than were counted',
      87,
      true,
      () =>
        tamper(makeBatch(), batch => {
          batch.writeInt32BE(2, 57)
          batch.writeInt32BE(1, 23)
        })
    ],
    ['a sequence out of order', 45, true, () => makeBatch({ producerId: 7n, producerEpoch: 1, sequence: 3 })],
    ['an epoch that is over', 47, true, () => makeBatch({ producerId: 7n, producerEpoch: 0, sequence: 1 })],
    ['a transactional batch of no transaction', 53, false, () => makeBatch({ producerId: 7n, transactional: true })],
    ['a time too far ahead', 32, true, () => makeBatch({ timestamp: new ManualClock().epochMs() + 3_600_001 })],
    ['a batch that is too large', 10, false, () => makeBatch({ values: ['x'.repeat(2000)] })]
  ]
  test.each(refusals)('refuses %s', async (_name, errorCode, byLog, records) => {
    const { clock, cluster, connect } = await stage()
    cluster.alterTopic('orders', { maxMessageBytes: 1500, timestampAfterMaxMs: 3_600_000 })
    const client = connect()
    askProduce(client, makeBatch({ producerId: 7n, producerEpoch: 1 }))
    clock.runSoon()
    cluster.deleteRecords('orders', 0, 1n)
    const answer = askProduce(client, records())
    clock.runSoon()

    expect(onlyPartition(answer)).toMatchObject({ errorCode, baseOffset: -1n, logStartOffset: byLog ? 1n : -1n })
    expect(cluster.offsets('orders', 0).endOffset).toBe(1n)
  })

  test('takes a batch that something half is behind, and leaves that', async () => {
    const { clock, cluster, connect, values } = await stage()
    const answer = askProduce(connect(), Buffer.concat([makeBatch({ values: ['whole'] }), makeBatch().subarray(0, 40)]))
    clock.runSoon()

    expect(onlyPartition(answer).errorCode).toBe(0)
    expect(values()).toEqual(['whole'])
    expect(cluster.storedBatches('orders', 0)[0]).toHaveLength(makeBatch({ values: ['whole'] }).length)
  })

  test('knows no transaction: what belongs to one is refused, and all that came with it if it does not say which', async () => {
    const { clock, cluster, connect } = await stage()
    cluster.moveLeader('orders', 1, 1)
    const client = connect()
    const ask = (transactionalId: string | null, producerId: bigint): (() => readonly number[]) => {
      const partitions = [
        { index: 0, records: makeBatch({ producerId, transactional: true }) },
        { index: 1, records: makeBatch() }
      ]
      const topics = [{ name: 'orders', partitions }]
      const pending = client.ask(produceApi, 12, { transactionalId, acks: -1, timeoutMs: 0, topics })
      clock.runSoon()
      return () => pending.response!.responses[0]!.partitions.map(({ errorCode }) => errorCode)
    }

    expect(ask(null, 7n)()).toEqual([53, 53])
    expect(ask('payments', 7n)()).toEqual([49, 0])
    expect(ask('', 7n)()).toEqual([42, 0])
  })

  test('blames the records that a topic does not take', async () => {
    const { clock, cluster, connect } = await stage({
      topics: { orders: 1, facts: { partitions: 1, compacted: true }, fresh: { timestampBeforeMaxMs: 1000 } }
    })
    const client = connect()
    const keyless = askProduce(client, makeBatch({ values: ['a', 'b'] }), { topic: 'facts' })
    const old = askProduce(client, makeBatch({ timestamp: clock.epochMs() - 1001 }), { topic: 'fresh' })
    const fresh = askProduce(client, makeBatch({ timestamp: clock.epochMs() - 1000 }), { topic: 'fresh' })
    clock.runSoon()

    expect(onlyPartition(keyless).errorCode).toBe(87)
    expect(onlyPartition(keyless).recordErrors.map(error => error.batchIndex)).toEqual([0, 1])
    expect(onlyPartition(old).errorCode).toBe(32)
    expect(onlyPartition(fresh).errorCode).toBe(0)
    expect(cluster.logNow('facts')).toEqual([])
  })

  test('gives a duplicate the offset of the original', async () => {
    const { clock, cluster, connect } = await stage()
    const client = connect()
    askProduce(client, makeBatch({ producerId: 7n, values: ['a', 'b'] }))
    askProduce(client, makeBatch({ producerId: 7n, values: ['c'], sequence: 2 }))
    const again = askProduce(client, makeBatch({ producerId: 7n, values: ['a', 'b'] }))
    clock.runSoon()

    expect(onlyPartition(again)).toMatchObject({ errorCode: 0, baseOffset: 0n })
    expect(cluster.logNow('orders').map(record => record.sequence)).toEqual([0, 1, 2])
  })

  test('stamps its own time where a topic wants that', async () => {
    const { clock, cluster, connect } = await stage({ topics: { orders: { timestampType: 'append' } } })
    clock.advance(500)
    const answer = askProduce(connect(), makeBatch({ timestamp: 1 }))
    clock.runSoon()

    expect(onlyPartition(answer).logAppendTimeMs).toBe(BigInt(clock.epochMs()))
    expect(cluster.logNow('orders')[0]!.timestamp).toBe(clock.epochMs())
  })

  test('wants enough replicas in sync for acks -1, and for no other', async () => {
    const { clock, cluster, connect } = await stage({ topics: { orders: { minInsyncReplicas: 2 } } })
    cluster.setIsr('orders', 0, [1])
    const client = connect()
    const all = askProduce(client, makeBatch())
    const one = askProduce(client, makeBatch(), { acks: 1 })
    clock.runSoon()

    expect([onlyPartition(all).errorCode, onlyPartition(one).errorCode]).toEqual([19, 0])
  })

  test('wants no more replicas in sync than there are', async () => {
    const { clock, connect } = await stage({ topics: { orders: { replicationFactor: 1, minInsyncReplicas: 2 } } })
    const answer = askProduce(connect(), makeBatch())
    clock.runSoon()

    expect(onlyPartition(answer).errorCode).toBe(0)
  })

  test('answers nothing to acks 0, and closes the connection on an error', async () => {
    const { clock, cluster, connect } = await stage()
    const client = connect()
    askProduce(client, makeBatch(), { acks: 0 })
    clock.runSoon()
    expect(cluster.offsets('orders', 0).endOffset).toBe(1n)
    expect(client.frames).toEqual([])
    expect(client.closed).toBe(false)

    askProduce(client, makeBatch(), { acks: 0, partition: 1 })
    clock.runSoon()
    expect(client.frames).toEqual([])
    expect(client.closed).toBe(true)
  })

  test('answers ApiVersions of the future in the form of version 0', async () => {
    const { clock, connect } = await stage()
    const client = connect()
    client.ask(apiVersionsApi, 9, { clientSoftwareName: 'sluice', clientSoftwareVersion: '1' })
    const next = client.ask(apiVersionsApi, 4, { clientSoftwareName: 'sluice', clientSoftwareVersion: '1' })
    const named = client.ask(apiVersionsApi, 4, { clientSoftwareName: '-', clientSoftwareVersion: '1' })
    clock.runSoon()

    const first = client.frames[0]!
    expect(first.readInt16BE(4)).toBe(35)
    expect([...first.subarray(6)]).toEqual([0, 0, 0, 1, 0, 18, 0, 0, 0, 5])
    expect(next.response!.apiKeys).toContainEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 })
    expect(named.response!.errorCode).toBe(42)
  })

  test('offers what it is told to and closes on everything else', async () => {
    const { clock, cluster, connect } = await stage({ versions: { Produce: { max: 8 }, CreateTopics: null } })
    const client = connect()
    const versions = client.ask(apiVersionsApi, 3, { clientSoftwareName: 'sluice', clientSoftwareVersion: '1' })
    clock.runSoon()
    expect(versions.response!.apiKeys.find(({ apiKey }) => apiKey === 0)?.maxVersion).toBe(8)
    expect(versions.response!.apiKeys.some(({ apiKey }) => apiKey === 19)).toBe(false)

    const fine = askProduce(client, makeBatch(), { version: 8 })
    askProduce(client, makeBatch(), { version: 9 })
    clock.runSoon()
    expect(onlyPartition(fine).errorCode).toBe(0)
    expect(client.closed).toBe(true)
    expect(cluster.offsets('orders', 0).endOffset).toBe(1n)
  })

  test('offers what brokers of an older release do', async () => {
    const { clock, connect } = await stage({ versions: versionsOf('2.8') })
    const client = connect()
    const versions = client.ask(apiVersionsApi, 3, { clientSoftwareName: 'sluice', clientSoftwareVersion: '1' })
    clock.runSoon()
    const newest = new Map(versions.response!.apiKeys.map(({ apiKey, maxVersion }) => [apiKey, maxVersion]))

    expect([0, 3, 10, 18, 19, 22, 36].map(key => newest.get(key))).toEqual([9, 11, 3, 3, 7, 4, 2])
  })

  test('describes its topics in every version of Metadata', async () => {
    const { clock, cluster, connect } = await stage()
    const client = connect()
    for (let version = 7; version <= 13; version++) {
      const all = client.ask(metadataApi, version, { topics: null, allowAutoTopicCreation: false })
      clock.runSoon()
      const response = all.response!
      expect(response.brokers.map(({ nodeId, host, port }) => [nodeId, host, port])).toEqual([
        [1, 'broker-1', 9092],
        [2, 'broker-2', 9092],
        [3, 'broker-3', 9092]
      ])
      expect(response.topics[0]!.topicId).toBe(version < 10 ? noUuid : cluster.topicId('orders'))
      expect(response.topics[0]!.partitions.map(({ leaderId }) => leaderId)).toEqual([1, 2, 3])
    }
  })

  test('creates a missing topic when both sides want it, and has it in the next answer', async () => {
    const { clock, cluster, connect } = await stage({ autocreateTopics: true, defaultPartitions: 2 })
    const client = connect()
    const ask = (name: string, allowAutoTopicCreation: boolean): (() => number) => {
      const pending = client.ask(metadataApi, 12, { topics: [{ name }], allowAutoTopicCreation })
      clock.runSoon()
      return () => pending.response!.topics[0]!.errorCode
    }

    expect(ask('new', false)()).toBe(3)
    expect(ask('new', false)()).toBe(3)
    expect(ask('new', true)()).toBe(3)
    expect(ask('new', true)()).toBe(0)
    expect(ask('no/good', true)()).toBe(17)
    expect(cluster.logNow('new')).toEqual([])
  })

  type Asked = Partial<CreateTopicsRequestTopic>
  const assignments = (...brokers: readonly (readonly number[])[]): Asked => ({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: brokers.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds: [...brokerIds] }))
  })
  const config = (name: string, value: string | null): Asked => ({ configs: [{ name, value }] })
  // As a Kafka 4.3.1 answers.
  const wishes: readonly [name: string, errorCode: number, asked: Asked][] = [
    ['as many partitions as usual', 0, { numPartitions: -1 }],
    ['no partition', 37, { numPartitions: 0 }],
    ['less than no partition', 37, { numPartitions: -2 }],
    ['more partitions than one batch of a log holds', 44, { numPartitions: 10_000 }],
    ['as many replicas as usual', 0, { replicationFactor: -1 }],
    ['no replica', 38, { replicationFactor: 0 }],
    ['more replicas than brokers', 38, { replicationFactor: 4 }],
    ['an empty name', 17, { name: '' }],
    ['a name with a space', 17, { name: 'a b' }],
    ['a name of 250 letters', 17, { name: 'x'.repeat(250) }],
    ['a name that metrics cannot tell from another', 17, { name: 'audit.log' }],
    ['a name that is there', 36, { name: 'orders', replicationFactor: 9 }],
    ['brokers by name', 0, assignments([2, 3], [3, 1])],
    ['brokers by name, and how many', 42, { ...assignments([2]), replicationFactor: 1 }],
    ['a broker that is not there', 39, assignments([9])],
    ['a broker twice', 39, assignments([1, 1])],
    ['no broker', 39, assignments([])],
    ['now one replica and now two', 39, assignments([1], [1, 2])],
    ['a setting that does not exist', 40, config('no.such.setting', '1')],
    ['a setting without a value', 40, config('max.message.bytes', null)],
    ['a setting with a wrong value', 40, config('max.message.bytes', 'many')],
    ['a setting that is too small', 40, config('min.insync.replicas', '0')],
    ['a policy that does not exist', 40, config('cleanup.policy', 'compress')],
    ['two policies', 0, config('cleanup.policy', 'compact, delete')]
  ]
  test.each(wishes)('asked for a topic with %s answers %i', async (_name, errorCode, asked) => {
    const { clock, cluster, connect } = await stage({ topics: { orders: 1, audit_log: 1 } })
    const topic = { name: 'fresh', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...asked }
    const made = connect().ask(createTopicsApi, 7, { topics: [topic] })
    clock.runSoon()

    expect(made.response!.topics[0]!.errorCode).toBe(errorCode)
    expect(cluster.partitionCount('fresh') > 0).toBe(errorCode === 0)
  })

  test('places partitions where it is told to', async () => {
    const { clock, cluster, connect } = await stage()
    const topic = { name: 'fresh', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    connect().ask(createTopicsApi, 7, { topics: [{ ...topic, ...assignments([3, 1], [2, 3]) }] })
    clock.runSoon()

    expect([0, 1].map(partition => cluster.leadership('fresh', partition).replicas)).toEqual([
      [3, 1],
      [2, 3]
    ])
  })

  test('makes no topic that is asked for twice at once, nor any where it is only asked', async () => {
    const { clock, cluster, connect } = await stage()
    const topics = ['twice', 'once', 'twice'].map(name => ({
      name,
      numPartitions: 2,
      replicationFactor: 3,
      assignments: [],
      configs: []
    }))
    const client = connect()
    const checked = client.ask(createTopicsApi, 7, { topics, validateOnly: true })
    clock.runSoon()
    expect(cluster.partitionCount('once')).toBe(0)
    const made = client.ask(createTopicsApi, 7, { topics })
    clock.runSoon()

    for (const { response } of [checked, made]) {
      expect(response!.topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
        ['twice', 42],
        ['once', 0]
      ])
      expect(response!.topics[1]).toMatchObject({ numPartitions: 2, replicationFactor: 3 })
    }
    expect(['twice', 'once'].map(name => cluster.partitionCount(name))).toEqual([0, 2])
  })

  test('creates topics when asked', async () => {
    const { clock, cluster, connect } = await stage()
    const client = connect()
    const create = client.ask(createTopicsApi, 7, {
      topics: ['fresh', 'orders', '..'].map(name => ({
        name,
        numPartitions: 2,
        replicationFactor: 2,
        assignments: [],
        configs: [{ name: 'max.message.bytes', value: '100' }]
      }))
    })
    clock.runSoon()

    expect(create.response!.topics.map(({ errorCode }) => errorCode)).toEqual([0, 36, 17])
    expect(cluster.leadership('fresh', 1)).toEqual({ leaderId: 2, leaderEpoch: 0, replicas: [2, 3], isr: [2, 3] })
    const large = askProduce(client, makeBatch({ values: ['x'.repeat(100)] }), { topic: 'fresh' })
    clock.runSoon()
    expect(onlyPartition(large).errorCode).toBe(10)
  })

  test('gives every producer an identity of its own', async () => {
    const { clock, connect } = await stage()
    const ask = (brokerId: number): (() => bigint) => {
      const pending = connect(brokerId).ask(initProducerIdApi, 4, { transactionalId: null, transactionTimeoutMs: 0 })
      clock.runSoon()
      return () => pending.response!.producerId
    }

    expect([ask(1)(), ask(2)(), ask(1)()]).toEqual([0n, 1n, 2n])
  })

  test('gives no identity to who names half of one', async () => {
    const { clock, connect } = await stage()
    const client = connect()
    const ask = (transactionalId: string | null, producerId: bigint, producerEpoch: number): (() => number) => {
      const request = { transactionalId, transactionTimeoutMs: 0, producerId, producerEpoch }
      const pending = client.ask(initProducerIdApi, 4, request)
      clock.runSoon()
      return () => pending.response!.errorCode
    }

    expect([ask(null, 5n, 3)(), ask(null, 5n, -1)(), ask(null, -1n, 3)(), ask('', -1n, -1)()]).toEqual([0, 42, 42, 42])
  })

  test('names a coordinator that is up', async () => {
    const { clock, cluster, connect } = await stage()
    await cluster.kill(1)
    const found = connect(2).ask(findCoordinatorApi, 4, { keyType: 0, coordinatorKeys: ['g'] })
    clock.runSoon()

    expect(found.response!.coordinators[0]).toMatchObject({ key: 'g', nodeId: 2, host: 'broker-2', errorCode: 0 })
  })

  test('has no coordinator of transactions, nor of what does not exist', async () => {
    const { clock, connect } = await stage()
    const client = connect()
    const found = [1, 7].map(keyType => client.ask(findCoordinatorApi, 4, { keyType, coordinatorKeys: ['payments'] }))
    clock.runSoon()

    expect(found.map(({ response }) => response!.coordinators[0]!.errorCode)).toEqual([15, 42])
  })

  test('plays the same for the same seed', async () => {
    const play = async (seed: number): Promise<string> => {
      const { clock, cluster, connect } = await stage({ seed })
      cluster.network!.shape({ latencyMs: [1, 9], pieceBytes: [1, 40] })
      const client = connect()
      for (let asked = 0; asked < 5; asked++) askProduce(client, makeBatch({ values: [`${asked}`] }))
      clock.advance(1000)
      return JSON.stringify([cluster.clusterId, client.frames.map(frame => frame.toString('hex')), client.story])
    }

    expect(await play(3)).toBe(await play(3))
    expect(await play(3)).not.toBe(await play(4))
  })
})
