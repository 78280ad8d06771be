// Reads the batches of a records section: headers, checksums, and where the records of each are.
import { CorruptFrameError } from '@sluice/core'
import { crc32c } from './crc32c.ts'
import {
  ATTRIBUTES,
  BASE_OFFSET,
  BASE_SEQUENCE,
  BASE_TIMESTAMP,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH,
  BATCH_OVERHEAD_BYTES,
  CODEC_MASK,
  CONTROL_BIT,
  CRC,
  LAST_OFFSET_DELTA,
  LOG_APPEND_TIME_BIT,
  MAGIC,
  MAX_TIMESTAMP,
  PARTITION_LEADER_EPOCH,
  PRODUCER_EPOCH,
  PRODUCER_ID,
  RECORD_COUNT,
  TRANSACTIONAL_BIT
} from './layout.ts'

export interface BatchHeader {
  readonly baseOffset: bigint
  /** The whole batch, these 61 bytes included. */
  readonly byteLength: number
  readonly partitionLeaderEpoch: number
  /** As written; `verifyBatch` tells whether it is true. */
  readonly crc: number
  readonly attributes: number
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5 to 7 mean nothing. */
  readonly codecId: number
  /** The broker's clock at append stands in `maxTimestamp`, and the records' own timestamps do not count. */
  readonly logAppendTime: boolean
  readonly transactional: boolean
  readonly control: boolean
  readonly lastOffsetDelta: number
  /** Milliseconds. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1 without an identity, as `producerEpoch` and `baseSequence`. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** A batch in place: views of the section it was read from. */
export interface BatchView {
  readonly header: BatchHeader
  /** The whole batch. */
  readonly bytes: Uint8Array
  /** What follows the header, compressed where `header.codecId` is not 0. */
  readonly records: Uint8Array
}

export interface ReadBatchesOptions {
  /** A batch that is cut off at the end is left out, as in answers to Fetch, instead of being an error. */
  readonly partialTail?: boolean | undefined
}

/** @throws CorruptFrameError when what is at `at` cannot be the header of a batch */
export function readBatchHeader(buffer: Uint8Array, at: number): BatchHeader {
  if (buffer.length - at < BATCH_HEADER_BYTES) {
    throw new CorruptFrameError(`A batch header takes ${BATCH_HEADER_BYTES} bytes, ${buffer.length - at} are left`)
  }
  const view = new DataView(buffer.buffer, buffer.byteOffset + at, BATCH_HEADER_BYTES)
  const magic = view.getInt8(MAGIC)
  if (magic !== 2) throw new CorruptFrameError(`Record batch of magic ${magic} is not supported, only 2`)
  const byteLength = BATCH_OVERHEAD_BYTES + view.getInt32(BATCH_LENGTH)
  if (byteLength < BATCH_HEADER_BYTES)
    throw new CorruptFrameError(`Record batch of ${byteLength} bytes is shorter than its header`)
  const recordCount = view.getInt32(RECORD_COUNT)
  if (recordCount < 0) throw new CorruptFrameError(`Record batch claims ${recordCount} records`)
  const attributes = view.getInt16(ATTRIBUTES)
  return {
    baseOffset: view.getBigInt64(BASE_OFFSET),
    byteLength,
    partitionLeaderEpoch: view.getInt32(PARTITION_LEADER_EPOCH),
    crc: view.getUint32(CRC),
    attributes,
    codecId: attributes & CODEC_MASK,
    logAppendTime: (attributes & LOG_APPEND_TIME_BIT) !== 0,
    transactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    control: (attributes & CONTROL_BIT) !== 0,
    lastOffsetDelta: view.getInt32(LAST_OFFSET_DELTA),
    baseTimestamp: timestampOf(view.getBigInt64(BASE_TIMESTAMP)),
    maxTimestamp: timestampOf(view.getBigInt64(MAX_TIMESTAMP)),
    producerId: view.getBigInt64(PRODUCER_ID),
    producerEpoch: view.getInt16(PRODUCER_EPOCH),
    baseSequence: view.getInt32(BASE_SEQUENCE),
    recordCount
  }
}

/**
 * The batches of a section, in order, as views of it. Checksums are not looked at: that is `verifyBatch`.
 *
 * @throws CorruptFrameError at the first batch that cannot be one
 */
export function* readBatches(
  section: Uint8Array,
  options: ReadBatchesOptions = {}
): Generator<BatchView, void, undefined> {
  let at = 0
  while (at < section.length) {
    if (options.partialTail === true && isCutOff(section, at)) return
    const header = readBatchHeader(section, at)
    if (header.byteLength > section.length - at) {
      throw new CorruptFrameError(
        `Record batch of ${header.byteLength} bytes does not fit the ${section.length - at} that are left`
      )
    }
    const bytes = section.subarray(at, at + header.byteLength)
    yield { header, bytes, records: bytes.subarray(BATCH_HEADER_BYTES) }
    at += header.byteLength
  }
}

/** @throws CorruptFrameError when the checksum of a whole batch does not match its bytes */
export function verifyBatch(batch: Pick<BatchView, 'header' | 'bytes'>): void {
  const computed = crc32c(batch.bytes, ATTRIBUTES, batch.bytes.length)
  if (computed === batch.header.crc) return
  throw new CorruptFrameError(`Record batch has CRC ${hex(computed)} where its header says ${hex(batch.header.crc)}`)
}

function isCutOff(section: Uint8Array, at: number): boolean {
  const left = section.length - at
  if (left < BATCH_HEADER_BYTES) return true
  const length = new DataView(section.buffer, section.byteOffset + at, BATCH_OVERHEAD_BYTES).getInt32(BATCH_LENGTH)
  return left < BATCH_OVERHEAD_BYTES + length
}

function timestampOf(value: bigint): number {
  const timestamp = Number(value)
  if (Number.isSafeInteger(timestamp)) return timestamp
  throw new CorruptFrameError(`Timestamp ${value} is outside the range of exact numbers`)
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
