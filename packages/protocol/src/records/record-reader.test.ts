// Records read from bytes that may be anything, and copied from batch to batch.
import { isKafkaError } from '@sluice/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyTimestamp,
  expected,
  finish,
  readAll,
  recordArbitrary,
  TrackedMemory,
  writeBatch,
  type RecordModel
} from '../../test/record-model.ts'
import { readBatches } from './batch-reader.ts'
import { BatchWriter } from './batch-writer.ts'
import { stampBatch } from './stamp-batch.ts'
import { copyRecords, readRecords } from './record-reader.ts'

const corrupt: unknown = expect.toSatisfy(error => isKafkaError(error, 'KAFKA_CORRUPT_FRAME'))
const header = { baseOffset: 0n, baseTimestamp: 0, maxTimestamp: 0, logAppendTime: false, recordCount: 1 }
const someBatch = fc.array(recordArbitrary(anyTimestamp), { minLength: 1, maxLength: 5 })

function recordsOf(batch: Uint8Array): Uint8Array {
  return batch.subarray(61)
}

/** Null when everything can be read. */
function failureOf(section: Uint8Array): unknown {
  try {
    for (const batch of readBatches(section)) for (const record of readRecords(batch.header, batch.records)) void record
    return null
  } catch (error) {
    return error
  }
}

const nullOrCorrupt: unknown = expect.toSatisfy(error => error === null || isKafkaError(error, 'KAFKA_CORRUPT_FRAME'))

function copied(records: readonly RecordModel[], from: number, to: number): BatchWriter {
  const source = writeBatch(records)
  const into = new BatchWriter(new TrackedMemory(), 128)
  copyRecords(recordsOf(source), records.length, records[0]?.timestamp ?? 0, from, to, into)
  return into
}

describe('readRecords', () => {
  it('counts offsets from the base of the batch', () => {
    const batch = writeBatch([1, 2, 3].map(timestamp => ({ timestamp, key: null, value: '', headers: [] })))
    batch.writeBigInt64BE(2n ** 60n, 0)
    expect(readAll(batch).map(record => record.offset)).toEqual([2n ** 60n, 2n ** 60n + 1n, 2n ** 60n + 2n])
  })

  it('gives every record the time of the broker where that is what the batch says', () => {
    const batch = writeBatch([1, 2].map(timestamp => ({ timestamp, key: null, value: '', headers: [] })))
    const read = [
      ...readRecords({ ...header, recordCount: 2, logAppendTime: true, maxTimestamp: 99 }, recordsOf(batch))
    ]
    expect(read.map(record => record.timestamp)).toEqual([99, 99])
  })

  it.each([
    ['a key longer than what is left', '0e00000006ffff'],
    ['a key of length -2', '0c000000030100'],
    ['a header count of -1', '0c000000010101'],
    ['more headers than can be', '0c00000001017e'],
    ['a null header key', '100000000101020101'],
    ['a length that no 32 bits hold', 'ffffffff1f0000000000'],
    ['a length that is right in its low 32 bits', '8c80808010000000010100'],
    ['a length without an end', 'ffffffffffffff'],
    ['a timestamp delta that no 64 bits hold', '2000ffffffffffffffffff0200010100'],
    ['a timestamp that no number holds', '1e00ffffffffffffffffff0100010100'],
    ['a record that ends before its length', '0e00000001010000'],
    ['a record that ends behind its length', '0a000000010100'],
    ['bytes behind the last record', '0c00000001010000'],
    ['no bytes at all', ''],
    ['less than a record', '0c0000']
  ])('refuses %s', (_what, hex) => {
    expect(() => [...readRecords(header, Buffer.from(hex, 'hex'))]).toThrow(corrupt)
  })

  it('refuses more records than can be before it reads one', () => {
    const count = 2 ** 31 - 1
    const first = (): unknown => readRecords({ ...header, recordCount: count }, Buffer.alloc(70)).next()
    expect(first).toThrow(/2147483647 records cannot be in 70 bytes/)
  })

  it('fails as it may or not at all when bytes are changed', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(someBatch, fc.array(change, { minLength: 1, maxLength: 4 }), (records, changes) => {
        const batch = writeBatch(records)
        for (const [place, by] of changes) {
          const at = place % batch.length
          batch.writeUInt8(batch.readUInt8(at) ^ by, at)
        }
        expect(failureOf(batch)).toEqual(nullOrCorrupt)
      }),
      { numRuns: 500 }
    )
  })

  it('never takes a batch that was cut short for a whole one', () => {
    fc.assert(
      fc.property(someBatch, fc.nat(), (records, place) => {
        const batch = writeBatch(records)
        const cut = batch.subarray(0, Math.max(1, place % batch.length))
        expect(() => readAll(cut)).toThrow(corrupt)
        const kept = recordsOf(batch).subarray(0, place % (batch.length - 61))
        expect(() => [...readRecords({ ...header, recordCount: records.length }, kept)]).toThrow(corrupt)
      })
    )
  })

  it('fails as it may or not at all on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), (bytes, recordCount) => {
        const section = Buffer.concat([Buffer.alloc(61), bytes])
        const stamp = { codecId: 0, recordCount, baseTimestamp: 0, maxTimestamp: 0, transactional: false } as const
        stampBatch(section, section.length, { ...stamp, producerId: -1n, producerEpoch: -1, baseSequence: -1 })
        expect([failureOf(section), failureOf(bytes)]).toEqual([nullOrCorrupt, nullOrCorrupt])
      }),
      { numRuns: 500 }
    )
  })
})

describe('copyRecords', () => {
  it('splits a batch into two that together are what it was', () => {
    const records = fc.array(recordArbitrary(anyTimestamp), { minLength: 2, maxLength: 10 })
    fc.assert(
      fc.property(records, fc.nat(), (all, place) => {
        const half = 1 + (place % (all.length - 1))
        for (const [from, to] of [
          [0, half],
          [half, all.length]
        ] as const) {
          const part = copied(all, from, to)
          expect(readAll(finish(part))).toEqual(expected(all.slice(from, to)))
          expect(part.maxTimestamp).toBe(Math.max(...all.slice(from, to).map(record => record.timestamp)))
        }
      })
    )
  })

  it('copies nothing from an empty range', () => {
    const records = [1, 2].map(timestamp => ({ timestamp, key: null, value: '', headers: [] }))
    expect(copied(records, 1, 1).recordCount).toBe(0)
    expect(copied(records, 2, 9).recordCount).toBe(0)
  })

  it.each([
    ['a negative length', '05000000010100'],
    ['a length that ends before the deltas', '04000000010100'],
    ['a length of more than is left', '0e000000010100']
  ])('refuses %s', (_what, hex) => {
    const into = new BatchWriter(new TrackedMemory(), 128)
    expect(() => copyRecords(Buffer.from(hex, 'hex'), 1, 0, 0, 1, into)).toThrow(corrupt)
    expect(into.recordCount).toBe(0)
  })

  it('refuses records that are cut short', () => {
    const into = new BatchWriter(new TrackedMemory(), 128)
    const batch = writeBatch([{ timestamp: 0, key: null, value: 'value', headers: [] }])
    expect(() => copyRecords(recordsOf(batch).subarray(0, 9), 1, 0, 0, 1, into)).toThrow(corrupt)
    expect(into.recordCount).toBe(0)
  })
})
