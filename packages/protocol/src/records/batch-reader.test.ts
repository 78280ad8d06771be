// Batches found in a section that nobody vouches for.
import { isKafkaError } from '@sluice/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyTimestamp,
  expected,
  readAll,
  recordArbitrary,
  writeBatch,
  type RecordModel
} from '../../test/record-model.ts'
import { readBatches, readBatchHeader, verifyBatch } from './batch-reader.ts'

const corrupt: unknown = expect.toSatisfy(error => isKafkaError(error, 'KAFKA_CORRUPT_FRAME'))
const plain = (value: string): RecordModel => ({ timestamp: 0, key: null, value, headers: [] })

describe('readBatches', () => {
  it('finds batches back to back', () => {
    const record = recordArbitrary(anyTimestamp)
    const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(batches, all => {
        const section = Buffer.concat(all.map(records => writeBatch(records)))
        expect(readAll(section)).toEqual(all.flatMap(records => expected(records)))
      })
    )
  })

  it('gives views that lie where the batch is', () => {
    const section = Buffer.concat([Buffer.alloc(7), writeBatch([plain('a')]), writeBatch([plain('b')])]).subarray(7)
    const [first, second] = [...readBatches(section)]
    expect(first?.bytes.byteOffset).toBe(section.byteOffset)
    expect(second?.records.byteOffset).toBe(section.byteOffset + (first?.header.byteLength ?? 0) + 61)
  })

  it('leaves out a batch that is cut off only when that is asked for', () => {
    const whole = writeBatch([plain('whole')])
    const section = Buffer.concat([whole, writeBatch([plain('cut off')])])
    for (let length = whole.length + 1; length < section.length; length++) {
      const cut = section.subarray(0, length)
      expect(() => [...readBatches(cut)]).toThrow(corrupt)
      expect([...readBatches(cut, { partialTail: true })]).toHaveLength(1)
    }
    expect([...readBatches(section, { partialTail: true })]).toHaveLength(2)
  })

  it('ends with a section that claims a negative length', () => {
    const section = writeBatch([plain('a')])
    for (const length of [-1, -12, -13, -(2 ** 31), 0, 48]) {
      section.writeInt32BE(length, 8)
      expect(() => [...readBatches(section)]).toThrow(corrupt)
      expect(() => [...readBatches(section, { partialTail: true })]).toThrow(corrupt)
    }
  })
})

describe('readBatchHeader', () => {
  it('reads the flags', () => {
    const batch = writeBatch([plain('a')])
    batch.writeInt16BE(0b10_1010, 21)
    expect(readBatchHeader(batch, 0)).toMatchObject({
      codecId: 2,
      logAppendTime: true,
      transactional: false,
      control: true
    })
    batch.writeInt16BE(0b01_0001, 21)
    expect(readBatchHeader(batch, 0)).toMatchObject({
      codecId: 1,
      logAppendTime: false,
      transactional: true,
      control: false
    })
  })

  it('reads what a broker filled in', () => {
    const batch = Buffer.concat([Buffer.alloc(3), writeBatch([plain('a')])])
    batch.writeBigInt64BE(2n ** 62n, 3)
    batch.writeInt32BE(77, 15)
    expect(readBatchHeader(batch, 3)).toMatchObject({ baseOffset: 2n ** 62n, partitionLeaderEpoch: 77 })
  })

  it.each<[what: string, spoil: (batch: Buffer) => void]>([
    ['an older format', batch => batch.writeInt8(1, 16)],
    ['a negative number of records', batch => batch.writeInt32BE(-1, 57)],
    ['a timestamp that no number holds', batch => batch.writeBigInt64BE(2n ** 53n, 27)]
  ])('refuses %s', (_what, spoil) => {
    const batch = writeBatch([plain('a')])
    spoil(batch)
    expect(() => readBatchHeader(batch, 0)).toThrow(corrupt)
  })

  it('refuses less than a header', () => {
    expect(() => readBatchHeader(writeBatch([plain('a')]).subarray(0, 60), 0)).toThrow(corrupt)
  })
})

describe('verifyBatch', () => {
  it('notices every changed bit behind the checksum', () => {
    const batch = writeBatch([plain('some value')])
    for (let bit = 21 * 8; bit < batch.length * 8; bit++) {
      const changed = Buffer.from(batch)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(() => verifyBatch({ header: { ...readBatchHeader(batch, 0) }, bytes: changed })).toThrow(corrupt)
    }
  })

  it('does not look at what a broker writes', () => {
    const batch = writeBatch([plain('a')])
    batch.writeBigInt64BE(1234n, 0)
    batch.writeInt32BE(5, 12)
    expect(() => verifyBatch({ header: readBatchHeader(batch, 0), bytes: batch })).not.toThrow()
  })
})
