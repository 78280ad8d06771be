// Produce: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { RecordBytes, Writer } from '../wire/writer.ts'
import { noUuid } from '../wire/uuid.ts'

export interface ProduceRequest {
  /** Null unless the producer is transactional. */
  readonly transactionalId?: string | null | undefined
  /** 0: no answer; 1: the leader has it; -1: all in-sync replicas have it. */
  readonly acks: number
  /** How long the leader may wait for replicas, milliseconds. */
  readonly timeoutMs: number
  readonly topics: readonly ProduceRequestTopic[]
}

export interface ProduceRequestTopic {
  /** Until version 12. */
  readonly name?: string | undefined
  /** From version 13 on. */
  readonly topicId?: string | undefined
  readonly partitions: readonly ProduceRequestPartition[]
}

export interface ProduceRequestPartition {
  readonly index: number
  /** Exactly one record batch, magic 2. */
  readonly records: RecordBytes | null
}

export interface ProduceResponse {
  readonly responses: readonly ProduceResponseTopic[]
  /** Milliseconds. */
  readonly throttleTimeMs: number
  /** Addresses of the leaders that the partitions name. From version 10 on. */
  readonly nodeEndpoints: readonly ProduceResponseNode[]
}

export interface ProduceResponseTopic {
  /** Until version 12. */
  readonly name: string
  /** From version 13 on. */
  readonly topicId: string
  readonly partitions: readonly ProduceResponsePartition[]
}

export interface ProduceResponsePartition {
  readonly index: number
  readonly errorCode: number
  /** The offset of the first record of the batch. */
  readonly baseOffset: bigint
  /** When the broker appended the batch, if the topic keeps that time; else -1. */
  readonly logAppendTimeMs: bigint
  readonly logStartOffset: bigint
  /** From version 8 on. */
  readonly recordErrors: readonly ProduceResponseRecordError[]
  /** From version 8 on. */
  readonly errorMessage: string | null
  /** Where to go instead (KIP-951). From version 10 on. */
  readonly currentLeader: ProduceResponseLeader
}

export interface ProduceResponseRecordError {
  /** The place in the batch of a record that made the broker refuse all of it. */
  readonly batchIndex: number
  readonly batchIndexErrorMessage: string | null
}

export interface ProduceResponseLeader {
  /** -1: not known. */
  readonly leaderId: number
  readonly leaderEpoch: number
}

export interface ProduceResponseNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export const produceApi: Api<ProduceRequest, ProduceResponse> = {
  key: 0,
  name: 'Produce',
  versions: { min: 7, max: 13 },
  flexibleFrom: 9,
  throttleFrom: 6,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: ProduceRequest, version: number): void {
  const flexible = version >= 9
  w.nullableString(m.transactionalId ?? null, flexible)
  w.int16(m.acks)
  w.int32(m.timeoutMs)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: ProduceRequestTopic, version: number): void {
  const flexible = version >= 9
  if (version <= 12) w.string(m.name ?? '', flexible)
  if (version >= 13) w.uuid(m.topicId ?? noUuid)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: ProduceRequestPartition, version: number): void {
  const flexible = version >= 9
  w.int32(m.index)
  w.records(m.records, flexible)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): ProduceResponse {
  const flexible = version >= 9
  const responses = new Array<ProduceResponseTopic>(r.count(3, flexible))
  for (let i = 0; i < responses.length; i++) responses[i] = readTopic(r, version)
  const throttleTimeMs = r.int32()
  let nodeEndpoints: ProduceResponseNode[] = []
  if (flexible) {
    for (let tags = r.uvarint(); tags > 0; tags--) {
      const tag = r.uvarint()
      const end = r.openTag()
      if (tag === 0 && version >= 10) {
        nodeEndpoints = []
        for (let n = r.count(11, true); n > 0; n--) nodeEndpoints.push(readNode(r, version))
      }
      r.closeTag(end)
    }
  }
  return { responses, throttleTimeMs, nodeEndpoints }
}

function readTopic(r: Reader, version: number): ProduceResponseTopic {
  const flexible = version >= 9
  const name = version <= 12 ? r.string(flexible) : ''
  const topicId = version >= 13 ? r.uuid() : noUuid
  const partitions = new Array<ProduceResponsePartition>(r.count(30, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { name, topicId, partitions }
}

function readPartition(r: Reader, version: number): ProduceResponsePartition {
  const flexible = version >= 9
  const index = r.int32()
  const errorCode = r.int16()
  const baseOffset = r.int64()
  const logAppendTimeMs = r.int64()
  const logStartOffset = r.int64()
  const recordErrors = new Array<ProduceResponseRecordError>(version >= 8 ? r.count(6, flexible) : 0)
  for (let i = 0; i < recordErrors.length; i++) recordErrors[i] = readRecordError(r, version)
  const errorMessage = version >= 8 ? r.nullableString(flexible) : null
  let currentLeader: ProduceResponseLeader = { leaderId: -1, leaderEpoch: -1 }
  if (flexible) {
    for (let tags = r.uvarint(); tags > 0; tags--) {
      const tag = r.uvarint()
      const end = r.openTag()
      if (tag === 0 && version >= 10) {
        currentLeader = readLeader(r, version)
      }
      r.closeTag(end)
    }
  }
  return { index, errorCode, baseOffset, logAppendTimeMs, logStartOffset, recordErrors, errorMessage, currentLeader }
}

function readRecordError(r: Reader, version: number): ProduceResponseRecordError {
  const flexible = version >= 9
  const batchIndex = r.int32()
  const batchIndexErrorMessage = r.nullableString(flexible)
  if (flexible) r.skipTags()
  return { batchIndex, batchIndexErrorMessage }
}

function readLeader(r: Reader, _version: number): ProduceResponseLeader {
  const leaderId = r.int32()
  const leaderEpoch = r.int32()
  r.skipTags()
  return { leaderId, leaderEpoch }
}

function readNode(r: Reader, _version: number): ProduceResponseNode {
  const nodeId = r.int32()
  const host = r.string(true)
  const port = r.int32()
  const rack = r.nullableString(true)
  r.skipTags()
  return { nodeId, host, port, rack }
}
