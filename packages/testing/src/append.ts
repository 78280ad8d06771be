// What a leader checks before it appends a batch, in the order in which it checks, and the append itself.
import { BATCH_HEADER_BYTES, crc32c, errorCodes, readBatchHeader, type BatchHeader } from '@sluice/protocol'
import type { Codecs } from './codecs.ts'
import { judgeSequence, type SequenceRules } from './producer-state.ts'
import { checkRecords, type BadRecord } from './record-check.ts'
import { soleBatch } from './sole-batch.ts'
import type { Partition, TopicConfig } from './topic.ts'

export interface AppendRules extends SequenceRules {
  readonly codecs: Codecs
  /** Whether the records themselves are looked at, as brokers do. Batches of codecs that are not at hand never are. */
  readonly checkRecords: boolean
}

export interface AppendRequest {
  readonly records: Uint8Array | null
  readonly acks: number
  readonly transactionalId: string | null
  /** Of Produce: before 7 there is no zstd. */
  readonly version: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number
}

export interface Refusal {
  readonly kind: 'refused'
  readonly errorCode: number
  readonly message: string
  /** Whether the batch came as far as the log, whose beginning is then in the answer. */
  readonly byLog: boolean
  readonly badRecords: readonly BadRecord[]
}

export interface Appended {
  readonly kind: 'appended' | 'duplicate'
  readonly baseOffset: bigint
  /** -1 when the records carry the producer's time. */
  readonly logAppendTimeMs: bigint
}

const crcAt = 17
const attributesAt = 21
const maxTimestampAt = 35
const producerIdAt = 43
const recordCountAt = 57
const logAppendTimeBit = 8
const codecBits = 7
const transactionalBit = 16
const zstd = 4
const zstdSince = 7
const longestBatchBytes = 1_073_741_824

/**
 * In the order of a broker, and with its errors, as seen at Kafka 4.3.1.
 *
 * @see apache/kafka storage/src/main/java/org/apache/kafka/storage/internals/log/{UnifiedLog,LogValidator}.java@4.3.1
 */
export function appendBatch(partition: Partition, request: AppendRequest, rules: AppendRules): Appended | Refusal {
  const { config } = partition.topic
  const bytes = readOneBatch(request)
  if ('kind' in bytes) return bytes
  const refusal = checkTransaction(bytes, request) ?? checkReplicas(partition, request) ?? checkBytes(bytes, config)
  if (refusal !== null) return refusal
  const batch = { bytes, header: readBatchHeader(bytes, 0) }
  const invalid = checkBatch(batch) ?? checkContent(batch, request, config, rules)
  if (invalid !== null) return invalid
  const { header } = batch
  if (header.producerId >= 0n) {
    const verdict = judgeSequence(partition.knownOf(header.producerId), header, rules)
    if (verdict.kind === 'reject') return refuseByLog(verdict.errorCode, verdict.reason)
    if (verdict.kind === 'duplicate') return { kind: 'duplicate', ...verdict.batch }
  }
  return append(partition, batch, request.epochMs)
}

interface Batch {
  readonly header: BatchHeader
  readonly bytes: Uint8Array
}

function refuse(errorCode: number, message: string): Refusal {
  return { kind: 'refused', errorCode, message, byLog: false, badRecords: [] }
}

function refuseByLog(errorCode: number, message: string, badRecords: readonly BadRecord[] = []): Refusal {
  return { kind: 'refused', errorCode, message, byLog: true, badRecords }
}

function readOneBatch({ records, version }: AppendRequest): Uint8Array | Refusal {
  const found = soleBatch(records ?? new Uint8Array(0))
  if (found.kind === 'nothing') return refuse(errorCodes.INVALID_RECORD, 'No whole batch was sent')
  if (found.kind === 'corrupt') return refuse(errorCodes.CORRUPT_MESSAGE, found.reason)
  if (found.kind === 'invalid') return refuse(errorCodes.INVALID_RECORD, found.reason)
  const { bytes } = found
  if (bytes.length < BATCH_HEADER_BYTES)
    return refuse(errorCodes.CORRUPT_MESSAGE, 'The batch is shorter than its header')
  const codecId = viewOf(bytes).getInt16(attributesAt) & codecBits
  if (codecId === zstd && version < zstdSince)
    return refuse(errorCodes.UNSUPPORTED_COMPRESSION_TYPE, `Codec ${codecId} in Produce ${version}`)
  return bytes
}

export function isTransactional(records: Uint8Array | null): boolean {
  if (records === null || records.length < BATCH_HEADER_BYTES) return false
  return (viewOf(records).getInt16(attributesAt) & transactionalBit) !== 0
}

/** Nobody coordinates transactions here, so no transactional id has the producer's id. */
function checkTransaction(bytes: Uint8Array, { transactionalId }: AppendRequest): Refusal | null {
  if (!isTransactional(bytes) || viewOf(bytes).getBigInt64(producerIdAt) < 0n) return null
  return transactionalId === ''
    ? refuse(errorCodes.INVALID_REQUEST, 'The transactional id is empty')
    : refuse(errorCodes.INVALID_PRODUCER_ID_MAPPING, `Transactional id ${transactionalId} has no producer id`)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function checkReplicas(partition: Partition, request: AppendRequest): Refusal | null {
  const { isr, replicas } = partition.leadership
  // More than there are replicas cannot be in sync.
  const needed = Math.min(partition.topic.config.minInsyncReplicas, replicas.length)
  if (request.acks !== -1 || isr.length >= needed) return null
  return refuseByLog(errorCodes.NOT_ENOUGH_REPLICAS, `${isr.length} replicas are in sync, ${needed} are needed`)
}

/** What can be said before the header is read: it may be nonsense, and then so may the bytes be. */
function checkBytes(bytes: Uint8Array, config: TopicConfig): Refusal | null {
  const view = viewOf(bytes)
  const baseOffset = view.getBigInt64(0)
  if (baseOffset !== 0n)
    return refuseByLog(errorCodes.INVALID_RECORD, `The batch begins at offset ${baseOffset} and not at 0`)
  if (bytes.length > config.maxMessageBytes)
    return refuse(errorCodes.MESSAGE_TOO_LARGE, `${bytes.length} bytes are more than ${config.maxMessageBytes}`)
  if (crc32c(bytes, attributesAt, bytes.length) !== view.getUint32(crcAt))
    return refuse(errorCodes.CORRUPT_MESSAGE, 'The checksum does not match')
  const recordCount = view.getInt32(recordCountAt)
  return recordCount > 0 ? null : refuseByLog(errorCodes.INVALID_RECORD, `The batch claims ${recordCount} records`)
}

function checkBatch({ header }: Batch): Refusal | null {
  if (header.codecId > zstd) return refuseByLog(errorCodes.UNKNOWN_SERVER_ERROR, `There is no codec ${header.codecId}`)
  const invalid = whatIsInvalid(header)
  return invalid === null ? null : refuseByLog(errorCodes.INVALID_RECORD, invalid)
}

function whatIsInvalid(header: BatchHeader): string | null {
  const { recordCount, lastOffsetDelta } = header
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
  if (findings.kind === 'malformed') return refuseByLog(errorCodes.INVALID_RECORD, findings.reason)
  return findings.records.some(record => record.kind === 'no-key')
    ? refuseByLog(errorCodes.INVALID_RECORD, 'A compacted topic takes no record without a key', findings.records)
    : refuseByLog(errorCodes.INVALID_TIMESTAMP, 'A timestamp is out of the range of the topic', findings.records)
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
    return refuseByLog(errorCodes.UNKNOWN_SERVER_ERROR, `The batch cannot be decompressed: ${reason}`)
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
  const view = viewOf(bytes)
  view.setInt16(attributesAt, attributes)
  view.setBigInt64(maxTimestampAt, BigInt(epochMs))
  const crc = crc32c(bytes, attributesAt, bytes.length)
  view.setUint32(crcAt, crc)
  return { ...header, attributes, logAppendTime: true, maxTimestamp: epochMs, crc }
}
