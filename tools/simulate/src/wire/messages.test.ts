// The oracle's readers of Produce against bytes that Kafka's own classes made.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ByteReader } from './byte-reader.ts'
import { readProduce, readProduceAnswer, readRequestHead } from './messages.ts'

interface Sample {
  readonly sample: string
  readonly value: {
    readonly throttleTimeMs?: number
    readonly responses?: readonly {
      readonly name: string
      readonly partitions: readonly {
        readonly index: number
        readonly errorCode: number
        readonly baseOffset: unknown
      }[]
    }[]
  }
  readonly bytes: Readonly<Record<string, string>>
}

function vectors(path: string): unknown {
  const url = new URL(`../../../../packages/protocol/test/vectors/${path}`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8'))
}

// Written by the command that made them, in these shapes.
const { response } = vectors('messages/produce.json') as { readonly response: readonly Sample[] }
const batches = vectors('record-batches.json') as readonly { readonly name: string; readonly bytes: string }[]
const correlation = Buffer.from('0000002a', 'hex')

describe('answers to Produce', () => {
  const cases = response.flatMap(sample =>
    Object.keys(sample.bytes)
      .map(Number)
      .filter(version => version >= 7)
      .map(version => ({ ...sample, version }))
  )
  test.each(cases)('$sample, version $version', ({ value, bytes, version }) => {
    const tags = version >= 9 ? Buffer.from([0]) : Buffer.alloc(0)
    const frame = Buffer.concat([correlation, tags, Buffer.from(bytes[version]!, 'hex')])
    const answer = readProduceAnswer(new ByteReader(frame), version)
    const parts = value.responses!.flatMap(({ name, partitions }) =>
      partitions.map(({ index, errorCode, baseOffset }) => ({
        ...(version >= 13 ? {} : { topic: name }),
        partition: index,
        errorCode,
        baseOffset: numberIn(baseOffset)
      }))
    )
    expect(answer.throttleMs).toBe(value.throttleTimeMs)
    expect(answer.parts).toHaveLength(parts.length)
    expect(answer.parts).toMatchObject(parts)
  })
})

/** 64-bit numbers are written as text there. */
function numberIn(value: unknown): number {
  return Number(String(value).replace(/[^-0-9]/g, ''))
}

describe('requests', () => {
  const batch = Buffer.from(batches[0]!.bytes, 'hex')
  const int16 = (...values: number[]): Buffer =>
    Buffer.concat(values.map(value => Buffer.from([value >> 8, value & 0xff])))
  const int32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  const head = (version: number): Buffer => Buffer.concat([int16(0, version), correlation, int16(2), Buffer.from('me')])

  test('before version 9: lengths of two and four bytes', () => {
    const body = [int16(-1), int16(-1), int32(1_500), int32(1), int16(6), Buffer.from('orders'), int32(1), int32(2)]
    const reader = new ByteReader(Buffer.concat([head(7), ...body, int32(batch.length), batch]))
    expect(readRequestHead(reader)).toEqual({ api: 0, version: 7, correlationId: 42, clientId: 'me' })
    const read = readProduce(reader, 7)
    expect(read).toMatchObject({ acks: -1, timeoutMs: 1_500, parts: [{ topic: 'orders', partition: 2 }] })
    expect(read.parts[0]!.batch).toMatchObject({ count: 1, intact: true })
  })

  test('from version 13 on: topics by their ids, tags behind everything', () => {
    const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
    const none = Buffer.from([0])
    const body = [none, none, int16(1), int32(9), Buffer.from([2]), id, Buffer.from([2]), int32(5)]
    const ends = [Buffer.from([batch.length + 1]), batch, none, none, none]
    const reader = new ByteReader(Buffer.concat([head(13), ...body, ...ends]))
    readRequestHead(reader)
    expect(readProduce(reader, 13)).toMatchObject({
      acks: 1,
      parts: [{ topic: '00112233-4455-6677-8899-aabbccddeeff', partition: 5 }]
    })
  })
})
