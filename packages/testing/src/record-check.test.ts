import { BATCH_HEADER_BYTES, BatchWriter } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { checkRecords, type RecordRules } from './record-check.ts'

const rules: RecordRules = {
  recordCount: 3,
  baseTimestamp: 1000,
  keyed: false,
  oldestMs: -Infinity,
  newestMs: Infinity
}

/** Three records at 1000, 900 and 1100, the second one without a key. */
function records(): Buffer {
  const writer = new BatchWriter({ take: bytes => Buffer.alloc(bytes), give: () => {} }, 512)
  for (const [timestamp, key] of [
    [1000, 'a'],
    [900, null],
    [1100, '']
  ] as const) {
    writer.beginRecord(timestamp)
    writer.part(key)
    writer.part('value')
    writer.headerCount(1)
    writer.part('name')
    writer.part(null)
    writer.endRecord()
  }
  return Buffer.from(writer.buffer.subarray(BATCH_HEADER_BYTES, writer.byteLength))
}

describe('record check', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(checkRecords(records(), rules)).toEqual({ kind: 'fine' })
  })

  test('names the records without a key and those outside the range of time', () => {
    expect(checkRecords(records(), { ...rules, keyed: true })).toEqual({
      kind: 'bad',
      records: [{ index: 1, kind: 'no-key' }]
    })
    expect(checkRecords(records(), { ...rules, oldestMs: 950, newestMs: 1050 })).toEqual({
      kind: 'bad',
      records: [
        { index: 1, kind: 'timestamp' },
        { index: 2, kind: 'timestamp' }
      ]
    })
  })

  test.each([
    ['fewer records than were counted', records(), { ...rules, recordCount: 4 }],
    ['more records than were counted', records(), { ...rules, recordCount: 2 }],
    ['bytes behind the last record', Buffer.concat([records(), Buffer.alloc(1)]), rules],
    ['a record that is cut off', records().subarray(0, -1), rules],
    ['no bytes at all', Buffer.alloc(0), rules],
    ['lengths without an end', Buffer.alloc(64, 0xff), rules],
    ['offsets that do not count up', Buffer.from(records()).fill(4, 3, 4), rules],
    ['a value that is shorter than it says', Buffer.from(records()).fill(12, 6, 7), rules],
    ['a value that is longer than it says', Buffer.from(records()).fill(8, 6, 7), rules],
    ['more headers than there are', Buffer.from(records()).fill(10, 12, 13), rules],
    ['fewer headers than there are', Buffer.from(records()).fill(0, 12, 13), rules],
    ['fewer headers than none', Buffer.from(records()).fill(1, 12, 13), rules],
    ['a header without a name', Buffer.from(records()).fill(1, 13, 14), rules]
  ])('refuses %s', (_name, bytes, wanted) => {
    expect(checkRecords(bytes, wanted).kind).toBe('malformed')
  })
})
