// Decodes what is in a log, for people who look at it.
import type { MaybePromise } from '@sluice/core'
import { readRecords } from '@sluice/protocol'
import type { Codecs } from './codecs.ts'
import type { StoredBatch } from './log.ts'
import { sequenceAfter } from './producer-state.ts'
import type { Partition } from './topic.ts'

export interface LogRecord {
  readonly partition: number
  readonly offset: bigint
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** In order, names may repeat. */
  readonly headers: readonly (readonly [key: Buffer, value: Buffer | null])[]
  /** -1 without an identity, as `producerEpoch` and `sequence`. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly sequence: number
}

const longestBatchBytes = 1_073_741_824

/** @throws CompressionError when the codec of a batch is not there */
export async function readLog(partition: Partition, codecs: Codecs): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (const batch of partition.log.batches) {
    // One batch after the other keeps the order and the memory small.
    // oxlint-disable-next-line no-await-in-loop
    collect(partition, batch, await unpack(batch, codecs), records)
  }
  return records
}

/** The same at once, for codecs that answer at once. */
export function readLogNow(partition: Partition, codecs: Codecs): LogRecord[] {
  const records: LogRecord[] = []
  for (const batch of partition.log.batches) {
    const unpacked = unpackNow(batch, codecs)
    if (unpacked === null)
      throw new TypeError('The codec of a batch answers with a promise: read the log with log() instead')
    collect(partition, batch, unpacked, records)
  }
  return records
}

/** Null when the codec answers with a promise. */
export function unpackNow(batch: StoredBatch, codecs: Codecs): Uint8Array | null {
  const unpacked = unpack(batch, codecs)
  if (!(unpacked instanceof Promise)) return unpacked
  // The promise is given up; its failure is nobody's business any more.
  unpacked.catch(() => {})
  return null
}

function unpack(batch: StoredBatch, codecs: Codecs): MaybePromise<Uint8Array> {
  return codecs.decompress(batch.header.codecId, recordBytes(batch), longestBatchBytes)
}

function recordBytes(batch: StoredBatch): Uint8Array {
  const headerBytes = 61
  return batch.bytes.subarray(headerBytes)
}

function collect(partition: Partition, batch: StoredBatch, unpacked: Uint8Array, into: LogRecord[]): void {
  const { header } = batch
  const { producerId, producerEpoch, baseSequence } = header
  if (header.control) return
  for (const record of readRecords({ ...header, baseOffset: batch.baseOffset }, unpacked)) {
    if (record.offset < partition.log.startOffset) continue
    const place = Number(record.offset - batch.baseOffset)
    into.push({
      partition: partition.index,
      offset: record.offset,
      timestamp: record.timestamp,
      key: asBuffer(record.key),
      value: asBuffer(record.value),
      headers: record.headers.map(([key, value]) => [asBuffer(key)!, asBuffer(value)] as const),
      producerId,
      producerEpoch,
      sequence: baseSequence < 0 ? -1 : sequenceAfter(baseSequence, place)
    })
  }
}

function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
