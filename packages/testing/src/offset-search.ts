// Where a time is in a log: the first record that is as new, looked for in the batches that can have one.
import { readRecords } from '@sluice/protocol'
import type { Codecs } from './codecs.ts'
import type { PartitionLog, StoredBatch } from './log.ts'
import { unpackNow } from './log-reader.ts'

export interface FoundRecord {
  readonly offset: bigint
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: number
  readonly leaderEpoch: number
}

/** The first record of this time or later; null: all are older. */
export function findTime(log: PartitionLog, codecs: Codecs, timestampMs: number): FoundRecord | null {
  const { startOffset, batches } = log
  for (const batch of batches) {
    if (batch.header.maxTimestamp < timestampMs) continue
    const found = findIn(batch, codecs, ({ offset, timestamp }) => offset >= startOffset && timestamp >= timestampMs)
    if (found !== null) return found
  }
  return null
}

/** The first record with the newest time; null: none has a time. */
export function findNewest(log: PartitionLog, codecs: Codecs): FoundRecord | null {
  const newestMs = log.batches.reduce((most, batch) => Math.max(most, batch.header.maxTimestamp), -1)
  return newestMs < 0 ? null : findTime(log, codecs, newestMs)
}

/** Of a batch that cannot be read at once, for want of its codec or because that takes its time, the first record is taken. */
function findIn(
  batch: StoredBatch,
  codecs: Codecs,
  fits: (record: { readonly offset: bigint; readonly timestamp: number }) => boolean
): FoundRecord | null {
  const { header, baseOffset, leaderEpoch } = batch
  const records = codecs.has(header.codecId) ? unpackNow(batch, codecs) : null
  if (records === null) return { offset: baseOffset, timestamp: header.maxTimestamp, leaderEpoch }
  for (const { offset, timestamp } of readRecords({ ...header, baseOffset }, records))
    if (fits({ offset, timestamp })) return { offset, timestamp, leaderEpoch }
  return null
}
