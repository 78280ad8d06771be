// Produce: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import { noUuid, type Reader, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface ProduceRequest {
  /** Null unless the producer is transactional. */
  readonly transactionalId: string | null
  /** 0: no answer; 1: the leader has it; -1: all in-sync replicas have it. */
  readonly acks: number
  /** How long the leader may wait for replicas, milliseconds. */
  readonly timeoutMs: number
  readonly topics: readonly ProduceRequestTopic[]
}

export interface ProduceRequestTopic {
  /** Until version 12. */
  readonly name: string
  /** From version 13 on. */
  readonly topicId: string
  readonly partitions: readonly ProduceRequestPartition[]
}

export interface ProduceRequestPartition {
  readonly index: number
  /** Exactly one record batch, magic 2. */
  readonly records: Uint8Array | null
}

export interface ProduceResponse {
  readonly responses: readonly ProduceResponseTopic[]
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  /** Addresses of the leaders that the partitions name. From version 10 on. */
  readonly nodeEndpoints?: readonly ProduceResponseNode[] | undefined
}

export interface ProduceResponseTopic {
  /** Until version 12. */
  readonly name?: string | undefined
  /** From version 13 on. */
  readonly topicId?: string | undefined
  readonly partitions: readonly ProduceResponsePartition[]
}

export interface ProduceResponsePartition {
  readonly index: number
  readonly errorCode: number
  /** The offset of the first record of the batch. */
  readonly baseOffset: bigint
  /** When the broker appended the batch, if the topic keeps that time; else -1. */
  readonly logAppendTimeMs?: bigint | undefined
  /** From version 5 on. */
  readonly logStartOffset?: bigint | undefined
  /** From version 8 on. */
  readonly recordErrors?: readonly ProduceResponseRecordError[] | undefined
  /** From version 8 on. */
  readonly errorMessage?: string | null | undefined
  /** Where to go instead (KIP-951). From version 10 on. */
  readonly currentLeader?: ProduceResponseLeader | undefined
}

export interface ProduceResponseRecordError {
  /** The place in the batch of a record that made the broker refuse all of it. */
  readonly batchIndex: number
  readonly batchIndexErrorMessage?: string | null | undefined
}

export interface ProduceResponseLeader {
  /** -1: not known. */
  readonly leaderId?: number | undefined
  readonly leaderEpoch?: number | undefined
}

export interface ProduceResponseNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null | undefined
}

export const produceServer: ServerApi<ProduceRequest, ProduceResponse> = {
  key: 0,
  name: 'Produce',
  versions: { min: 3, max: 13 },
  flexibleFrom: 9,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): ProduceRequest {
  const flexible = version >= 9
  const transactionalId = r.nullableString(flexible)
  const acks = r.int16()
  const timeoutMs = r.int32()
  const topics = new Array<ProduceRequestTopic>(r.count(3, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  if (flexible) r.skipTags()
  return { transactionalId, acks, timeoutMs, topics }
}

function readTopic(r: Reader, version: number): ProduceRequestTopic {
  const flexible = version >= 9
  const name = version <= 12 ? r.string(flexible) : ''
  const topicId = version >= 13 ? r.uuid() : noUuid
  const partitions = new Array<ProduceRequestPartition>(r.count(6, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { name, topicId, partitions }
}

function readPartition(r: Reader, version: number): ProduceRequestPartition {
  const flexible = version >= 9
  const index = r.int32()
  const records = r.records(flexible)
  if (flexible) r.skipTags()
  return { index, records }
}

function writeResponse(w: Writer, m: ProduceResponse, version: number): void {
  const flexible = version >= 9
  w.count(m.responses.length, flexible)
  for (const topic of m.responses) writeTopic(w, topic, version)
  w.int32(m.throttleTimeMs ?? 0)
  if (flexible) {
    const nodeEndpoints = m.nodeEndpoints ?? []
    const hasNodeEndpoints = version >= 10 && nodeEndpoints.length > 0
    w.uvarint(hasNodeEndpoints ? 1 : 0)
    if (hasNodeEndpoints) {
      const start = w.openTag(0)
      w.count(nodeEndpoints.length, true)
      for (const node of nodeEndpoints) writeNode(w, node, version)
      w.closeTag(start)
    }
  }
}

function writeTopic(w: Writer, m: ProduceResponseTopic, version: number): void {
  const flexible = version >= 9
  if (version <= 12) w.string(m.name ?? '', flexible)
  if (version >= 13) w.uuid(m.topicId ?? noUuid)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: ProduceResponsePartition, version: number): void {
  const flexible = version >= 9
  w.int32(m.index)
  w.int16(m.errorCode)
  w.int64(m.baseOffset)
  w.int64(m.logAppendTimeMs ?? -1n)
  if (version >= 5) w.int64(m.logStartOffset ?? -1n)
  if (version >= 8) {
    const recordErrors = m.recordErrors ?? []
    w.count(recordErrors.length, flexible)
    for (const recordError of recordErrors) writeRecordError(w, recordError, version)
    w.nullableString(m.errorMessage ?? null, flexible)
  }
  if (flexible) {
    const currentLeader = m.currentLeader
    const hasCurrentLeader =
      version >= 10 &&
      currentLeader !== undefined &&
      ((currentLeader.leaderId ?? -1) !== -1 || (currentLeader.leaderEpoch ?? -1) !== -1)
    w.uvarint(hasCurrentLeader ? 1 : 0)
    if (hasCurrentLeader) {
      const start = w.openTag(0)
      writeLeader(w, currentLeader, version)
      w.closeTag(start)
    }
  }
}

function writeRecordError(w: Writer, m: ProduceResponseRecordError, version: number): void {
  const flexible = version >= 9
  w.int32(m.batchIndex)
  w.nullableString(m.batchIndexErrorMessage ?? null, flexible)
  if (flexible) w.noTags()
}

function writeLeader(w: Writer, m: ProduceResponseLeader, _version: number): void {
  w.int32(m.leaderId ?? -1)
  w.int32(m.leaderEpoch ?? -1)
  w.noTags()
}

function writeNode(w: Writer, m: ProduceResponseNode, _version: number): void {
  w.int32(m.nodeId)
  w.string(m.host, true)
  w.int32(m.port)
  w.nullableString(m.rack ?? null, true)
  w.noTags()
}
