// The oracle's decoder against batches that Kafka's own classes made.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { UnreadableError } from './byte-reader.ts'
import { checksum } from './checksum.ts'
import { decodeBatch } from './record-batch.ts'

interface Vector {
  readonly name: string
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly baseOffset?: number
  readonly logAppendTimestamp?: number
  readonly records: readonly {
    readonly timestamp: number
    readonly key: string | null
    readonly value: string | null
    readonly headers: readonly unknown[]
  }[]
  readonly bytes: string
}

const file = new URL('../../../../packages/protocol/test/vectors/record-batches.json', import.meta.url)
// Written by the command that made them, in this shape.
const vectors = JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[]
const textOf = (hex: string | null): string | null => (hex === null ? null : Buffer.from(hex, 'hex').toString('utf8'))

describe('record batch', () => {
  test.each(vectors)('$name', vector => {
    const batch = decodeBatch(Buffer.from(vector.bytes, 'hex'))
    expect(batch).toMatchObject({
      baseOffset: vector.baseOffset ?? 0,
      producerId: vector.producerId ?? -1,
      epoch: vector.producerEpoch ?? -1,
      sequence: vector.baseSequence ?? -1,
      count: vector.records.length,
      intact: true,
      bytes: vector.bytes.length / 2,
      appendTimeMs: vector.logAppendTimestamp ?? null
    })
    const expected = vector.records.map((record, place) => ({
      offsetDelta: place,
      timestamp: record.timestamp,
      key: textOf(record.key),
      value: textOf(record.value),
      headers: record.headers.length
    }))
    expect(batch.records).toEqual(expected)
  })

  test('a turned bit is noticed, be it in the head or in a record', () => {
    const bytes = Buffer.from(vectors[0]!.bytes, 'hex')
    for (const at of [30, 65]) {
      const turned = Buffer.from(bytes)
      turned[at]! ^= 0x01
      let isNoticed = false
      try {
        isNoticed = !decodeBatch(turned).intact
      } catch (error) {
        isNoticed = error instanceof UnreadableError
      }
      expect(isNoticed).toBe(true)
    }
  })

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['too long', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ['of another magic', (bytes: Buffer) => bytes.fill(1, 16, 17)],
    ['of another count than it says', (bytes: Buffer) => bytes.fill(9, 60, 61)]
  ])('a batch that is %s is not read', (_, spoil) => {
    expect(() => decodeBatch(spoil(Buffer.from(vectors[0]!.bytes, 'hex')))).toThrow(UnreadableError)
  })
})

test('the checksum is CRC-32C', () => {
  // The check value of its definition.
  expect(checksum(Buffer.from('123456789'))).toBe(0xe3069283)
})
