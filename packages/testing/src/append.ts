// What a leader checks before it appends a batch, in the order in which it checks, and the append itself.
import { crc32c, BATCH_HEADER_BYTES, readBatchHeader, type BatchHeader } from '@sluice/protocol'
import type { Codecs } from './codecs.ts'
import { errorCodes } from './error-codes.ts'
import { judgeSequence, type SequenceRules } from './producer-state.ts'
import { checkRecords, type BadRecord } from './record-check.ts'
import type { Partition, TopicConfig } from './topic.ts'

export interface AppendRules extends SequenceRules {
  readonly codecs: Codecs
  /** Whether the records themselves are looked at, as brokers do. Batches of codecs that are not at hand never are. */
  readonly checkRecords: boolean
}

export interface AppendRequest {
  readonly records: Uint8Array | null
  readonly acks: number
  /** Of Produce: before 7 there is no zstd. */
  readonly version: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number
}

export interface Refusal {
  readonly kind: 'refused'
  readonly errorCode: number
  readonly message: string
  readonly badRecords: readonly BadRecord[]
}

export interface Appended {
  readonly kind: 'appended' | 'duplicate'
  readonly baseOffset: bigint
  /** -1 when the records carry the producer's time. */
  readonly logAppendTimeMs: bigint
}

const magicAt = 16
const crcAt = 17
const attributesAt = 21
const maxTimestampAt = 35
const logAppendTimeBit = 8
const zstd = 4
const zstdSince = 7
const longestBatchBytes = 1_073_741_824

/** @see apache/kafka storage/src/main/java/org/apache/kafka/storage/internals/log/LogValidator.java@4.0.0 */
export function appendBatch(partition: Partition, request: AppendRequest, rules: AppendRules): Appended | Refusal {
  const { config } = partition.topic
  const batch = readOneBatch(request.records)
  if ('kind' in batch) return batch
  const refusal =
    checkReplicas(partition, request) ??
    checkBatch(batch, request, config) ??
    checkContent(batch, request, config, rules)
  if (refusal !== null) return refusal
  const { header } = batch
  if (header.producerId >= 0n) {
    const verdict = judgeSequence(partition.knownOf(header.producerId), header, rules)
    if (verdict.kind === 'reject') return refuse(verdict.errorCode, verdict.reason)
    if (verdict.kind === 'duplicate') return { kind: 'duplicate', ...verdict.batch }
  }
  return append(partition, batch, request.epochMs)
}

interface Batch {
  readonly header: BatchHeader
  readonly bytes: Uint8Array
}

function refuse(errorCode: number, message: string, badRecords: readonly BadRecord[] = []): Refusal {
  return { kind: 'refused', errorCode, message, badRecords }
}

function readOneBatch(records: Uint8Array | null): Batch | Refusal {
  if (records === null || records.length === 0) return refuse(errorCodes.INVALID_RECORD, 'No record batch was sent')
  if (records.length < BATCH_HEADER_BYTES)
    return refuse(errorCodes.CORRUPT_MESSAGE, 'The batch is shorter than a header')
  if (records[magicAt] !== 2) return refuse(errorCodes.INVALID_RECORD, `Magic ${records[magicAt]} is not 2`)
  let header: BatchHeader
  try {
    header = readBatchHeader(records, 0)
  } catch (error) {
    return refuse(errorCodes.CORRUPT_MESSAGE, error instanceof Error ? error.message : 'The header cannot be read')
  }
  if (header.byteLength > records.length) return refuse(errorCodes.CORRUPT_MESSAGE, 'The batch is cut off')
  if (header.byteLength < records.length) return refuse(errorCodes.INVALID_RECORD, 'More than one batch was sent')
  return { header, bytes: records }
}

function checkReplicas(partition: Partition, request: AppendRequest): Refusal | null {
  const { isr, replicas } = partition.leadership
  // More than there are replicas cannot be in sync.
  const needed = Math.min(partition.topic.config.minInsyncReplicas, replicas.length)
  if (request.acks !== -1 || isr.length >= needed) return null
  return refuse(errorCodes.NOT_ENOUGH_REPLICAS, `${isr.length} replicas are in sync, ${needed} are needed`)
}

function checkBatch(batch: Batch, request: AppendRequest, config: TopicConfig): Refusal | null {
  const { header, bytes } = batch
  if (bytes.length > config.maxMessageBytes) {
    return refuse(errorCodes.MESSAGE_TOO_LARGE, `${bytes.length} bytes are more than ${config.maxMessageBytes}`)
  }
  if (crc32c(bytes, attributesAt, bytes.length) !== header.crc) {
    return refuse(errorCodes.CORRUPT_MESSAGE, 'The checksum does not match')
  }
  const invalid = whatIsInvalid(header)
  if (invalid !== null) return refuse(errorCodes.INVALID_RECORD, invalid)
  if (header.codecId > zstd || (header.codecId === zstd && request.version < zstdSince)) {
    return refuse(errorCodes.UNSUPPORTED_COMPRESSION_TYPE, `Codec ${header.codecId} in Produce ${request.version}`)
  }
  return null
}

function whatIsInvalid(header: BatchHeader): string | null {
  const { baseOffset, recordCount, lastOffsetDelta } = header
  if (baseOffset !== 0n) return `The batch begins at offset ${baseOffset} and not at 0`
  if (recordCount <= 0) return `The batch claims ${recordCount} records`
  if (recordCount !== lastOffsetDelta + 1) return `${recordCount} records end at offset delta ${lastOffsetDelta}`
  if (header.control) return 'Only brokers write control batches'
  if (header.producerId >= 0n && header.baseSequence < 0)
    return `Sequence ${header.baseSequence} of a producer with an id`
  if (header.transactional && header.producerId < 0n) return 'A transactional batch without a producer id'
  return null
}

function checkContent(batch: Batch, request: AppendRequest, config: TopicConfig, rules: AppendRules): Refusal | null {
  const { header } = batch
  if (!rules.checkRecords || !rules.codecs.has(header.codecId)) return null
  const records = unpack(batch, rules)
  if (records === null) return null
  if (!(records instanceof Uint8Array)) return records
  const findings = checkRecords(records, {
    recordCount: header.recordCount,
    baseTimestamp: header.baseTimestamp,
    keyed: config.compacted,
    oldestMs: config.timestampType === 'append' ? -Infinity : request.epochMs - config.timestampBeforeMaxMs,
    newestMs: config.timestampType === 'append' ? Infinity : request.epochMs + config.timestampAfterMaxMs
  })
  if (findings.kind === 'fine') return null
  if (findings.kind === 'malformed') return refuse(errorCodes.INVALID_RECORD, findings.reason)
  return findings.records.some(record => record.kind === 'no-key')
    ? refuse(errorCodes.INVALID_RECORD, 'A compacted topic takes no record without a key', findings.records)
    : refuse(errorCodes.INVALID_TIMESTAMP, 'A timestamp is out of the range of the topic', findings.records)
}

/** Null when the codec answers with a promise: a broker that waits would change the order of things. */
function unpack(batch: Batch, rules: AppendRules): Uint8Array | Refusal | null {
  try {
    const packed = batch.bytes.subarray(BATCH_HEADER_BYTES)
    const records = rules.codecs.decompress(batch.header.codecId, packed, longestBatchBytes)
    if (!(records instanceof Promise)) return records
    records.catch(() => {})
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason'
    return refuse(errorCodes.CORRUPT_MESSAGE, `The batch cannot be decompressed: ${reason}`)
  }
}

function append(partition: Partition, batch: Batch, epochMs: number): Appended {
  const stamped = partition.topic.config.timestampType === 'append'
  const header = stamped ? stampTime(batch, epochMs) : batch.header
  const { baseOffset } = partition.append(batch.bytes, header, epochMs)
  return { kind: 'appended', baseOffset, logAppendTimeMs: stamped ? BigInt(epochMs) : -1n }
}

function stampTime(batch: Batch, epochMs: number): BatchHeader {
  const { bytes, header } = batch
  const attributes = header.attributes | logAppendTimeBit
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  view.setInt16(attributesAt, attributes)
  view.setBigInt64(maxTimestampAt, BigInt(epochMs))
  const crc = crc32c(bytes, attributesAt, bytes.length)
  view.setUint32(crcAt, crc)
  return { ...header, attributes, logAppendTime: true, maxTimestamp: epochMs, crc }
}
