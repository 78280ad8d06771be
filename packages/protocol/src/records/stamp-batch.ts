// Writes the 61-byte header in front of a batch's records: again with another identity, if need be.
import { crc32c } from './crc32c.ts'
import {
  ATTRIBUTES,
  BASE_OFFSET,
  BASE_SEQUENCE,
  BASE_TIMESTAMP,
  BATCH_LENGTH,
  BATCH_OVERHEAD_BYTES,
  CRC,
  LAST_OFFSET_DELTA,
  MAGIC,
  MAX_TIMESTAMP,
  PARTITION_LEADER_EPOCH,
  PRODUCER_EPOCH,
  PRODUCER_ID,
  RECORD_COUNT,
  TRANSACTIONAL_BIT
} from './layout.ts'

/** What a batch's header says. */
export interface BatchStamp {
  readonly codecId: 0 | 1 | 2 | 3 | 4
  readonly recordCount: number
  /** Milliseconds, a safe integer. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1, -1 and -1 without an identity. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly transactional: boolean
}

/**
 * Writes the header of a batch that is the first `bytes` bytes of `buffer`, the checksum last.
 *
 * @param bytes the size of the whole batch, header included
 */
export function stampBatch(buffer: Uint8Array, bytes: number, stamp: BatchStamp): void {
  writeInt64(buffer, BASE_OFFSET, 0)
  writeInt32(buffer, BATCH_LENGTH, bytes - BATCH_OVERHEAD_BYTES)
  writeInt32(buffer, PARTITION_LEADER_EPOCH, -1)
  buffer[MAGIC] = 2
  writeInt16(buffer, ATTRIBUTES, stamp.transactional ? stamp.codecId | TRANSACTIONAL_BIT : stamp.codecId)
  writeInt32(buffer, LAST_OFFSET_DELTA, stamp.recordCount - 1)
  writeInt64(buffer, BASE_TIMESTAMP, stamp.baseTimestamp)
  writeInt64(buffer, MAX_TIMESTAMP, stamp.maxTimestamp)
  writeId(buffer, PRODUCER_ID, stamp.producerId)
  writeInt16(buffer, PRODUCER_EPOCH, stamp.producerEpoch)
  writeInt32(buffer, BASE_SEQUENCE, stamp.baseSequence)
  writeInt32(buffer, RECORD_COUNT, stamp.recordCount)
  writeInt32(buffer, CRC, crc32c(buffer, ATTRIBUTES, bytes))
}

function writeId(buffer: Uint8Array, at: number, id: bigint): void {
  const exact = Number(id)
  // Parts of a bigint are bigints, which are slow to make.
  if (Number.isSafeInteger(exact)) return writeInt64(buffer, at, exact)
  writeInt32(buffer, at, Number(id >> 32n))
  writeInt32(buffer, at + 4, Number(id & 0xffff_ffffn))
}

function writeInt16(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 8
  buffer[at + 1] = value
}

function writeInt32(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value >>> 24
  buffer[at + 1] = value >>> 16
  buffer[at + 2] = value >>> 8
  buffer[at + 3] = value
}

function writeInt64(buffer: Uint8Array, at: number, value: number): void {
  writeInt32(buffer, at, Math.floor(value / 0x1_0000_0000))
  writeInt32(buffer, at + 4, value >>> 0)
}
