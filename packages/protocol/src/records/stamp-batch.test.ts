// The header in front of a batch's records.
import { describe, expect, it } from 'vitest'
import { writeBatch } from '../../test/record-model.ts'
import { readBatchHeader, verifyBatch } from './batch-reader.ts'
import { stampBatch, type BatchStamp } from './stamp-batch.ts'

const stamp: BatchStamp = {
  codecId: 3,
  recordCount: 2,
  baseTimestamp: 1_700_000_000_123,
  maxTimestamp: 1_700_000_000_456,
  producerId: 0x0102_0304_0506_0708n,
  producerEpoch: 0x1112,
  baseSequence: 0x2122_2324,
  transactional: true
}

describe('stampBatch', () => {
  it('puts every field where the protocol has it', () => {
    const buffer = Buffer.alloc(80, 0xee)
    stampBatch(buffer, 70, stamp)
    expect(buffer.toString('hex')).toBe(
      '0000000000000000' + // base offset
        '0000003a' + // 58 bytes follow
        'ffffffff' + // leader epoch
        '02' +
        '02efcb36' + // CRC-32C of what follows
        '0013' + // lz4, transactional
        '00000001' + // last offset delta
        '0000018bcfe5687b' +
        '0000018bcfe569c8' +
        '0102030405060708' +
        '1112' +
        '21222324' +
        '00000002' +
        'ee'.repeat(19) // neither records nor what is behind the batch are touched
    )
  })

  it.each([
    ['none', -1n, -1, -1],
    ['the first', 0n, 0, 0],
    ['the last', 2n ** 63n - 1n, 32_767, 2 ** 31 - 1]
  ])('says %s identity', (_which, producerId, producerEpoch, baseSequence) => {
    const buffer = Buffer.alloc(61)
    stampBatch(buffer, 61, { ...stamp, producerId, producerEpoch, baseSequence })
    expect(readBatchHeader(buffer, 0)).toMatchObject({ producerId, producerEpoch, baseSequence })
  })

  it.each([0, -1, -(2 ** 32), 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
    'says timestamp %i',
    timestamp => {
      const buffer = Buffer.alloc(61)
      stampBatch(buffer, 61, { ...stamp, baseTimestamp: timestamp, maxTimestamp: timestamp })
      expect(readBatchHeader(buffer, 0)).toMatchObject({ baseTimestamp: timestamp, maxTimestamp: timestamp })
    }
  )

  it('gives a batch another identity and leaves its records alone', () => {
    const batch = writeBatch([{ timestamp: 5, key: 'k', value: 'v', headers: [] }])
    const records = batch.toString('hex', 61)
    const header = { codecId: 0, recordCount: 1, baseTimestamp: 5, maxTimestamp: 5, transactional: false } as const
    stampBatch(batch, batch.length, { ...header, producerId: 9n, producerEpoch: 2, baseSequence: 40 })
    const first = Buffer.from(batch)
    stampBatch(batch, batch.length, { ...header, producerId: 9n, producerEpoch: 3, baseSequence: 0 })
    expect(readBatchHeader(batch, 0)).toMatchObject({ ...header, producerId: 9n, producerEpoch: 3, baseSequence: 0 })
    expect(() => verifyBatch({ header: readBatchHeader(batch, 0), bytes: batch })).not.toThrow()
    expect(batch.toString('hex', 61)).toBe(records)
    stampBatch(batch, batch.length, { ...header, producerId: 9n, producerEpoch: 2, baseSequence: 40 })
    expect(batch).toEqual(first)
  })
})
