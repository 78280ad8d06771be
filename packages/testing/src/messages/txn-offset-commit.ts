// TxnOffsetCommit: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import { noUuid, type Reader, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface TxnOffsetCommitRequest {
  readonly transactionalId: string
  readonly groupId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The generation of the group, so that a member that was left behind is refused (KIP-447); -1: not checked. From version 3 on. */
  readonly generationId: number
  /** From version 3 on. */
  readonly memberId: string
  /** From version 3 on. */
  readonly groupInstanceId: string | null
  readonly topics: readonly TxnOffsetCommitRequestTopic[]
}

export interface TxnOffsetCommitRequestTopic {
  /** Until version 5. */
  readonly name: string
  /** In place of the name (KIP-1319). From version 6 on. */
  readonly topicId: string
  readonly partitions: readonly TxnOffsetCommitRequestPartition[]
}

export interface TxnOffsetCommitRequestPartition {
  readonly partitionIndex: number
  readonly committedOffset: bigint
  /** From version 2 on. */
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

export interface TxnOffsetCommitResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly TxnOffsetCommitResponseTopic[]
}

export interface TxnOffsetCommitResponseTopic {
  /** Until version 5. */
  readonly name?: string | undefined
  /** From version 6 on. */
  readonly topicId?: string | undefined
  readonly partitions: readonly TxnOffsetCommitResponsePartition[]
}

export interface TxnOffsetCommitResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

export const txnOffsetCommitServer: ServerApi<TxnOffsetCommitRequest, TxnOffsetCommitResponse> = {
  key: 28,
  name: 'TxnOffsetCommit',
  versions: { min: 0, max: 6 },
  flexibleFrom: 3,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): TxnOffsetCommitRequest {
  const flexible = version >= 3
  const transactionalId = r.string(flexible)
  const groupId = r.string(flexible)
  const producerId = r.int64()
  const producerEpoch = r.int16()
  const generationId = version >= 3 ? r.int32() : -1
  const memberId = version >= 3 ? r.string(flexible) : ''
  const groupInstanceId = version >= 3 ? r.nullableString(flexible) : null
  const topics = new Array<TxnOffsetCommitRequestTopic>(r.count(3, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  if (flexible) r.skipTags()
  return { transactionalId, groupId, producerId, producerEpoch, generationId, memberId, groupInstanceId, topics }
}

function readTopic(r: Reader, version: number): TxnOffsetCommitRequestTopic {
  const flexible = version >= 3
  const name = version <= 5 ? r.string(flexible) : ''
  const topicId = version >= 6 ? r.uuid() : noUuid
  const partitions = new Array<TxnOffsetCommitRequestPartition>(r.count(14, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { name, topicId, partitions }
}

function readPartition(r: Reader, version: number): TxnOffsetCommitRequestPartition {
  const flexible = version >= 3
  const partitionIndex = r.int32()
  const committedOffset = r.int64()
  const committedLeaderEpoch = version >= 2 ? r.int32() : -1
  const committedMetadata = r.nullableString(flexible)
  if (flexible) r.skipTags()
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }
}

function writeResponse(w: Writer, m: TxnOffsetCommitResponse, version: number): void {
  const flexible = version >= 3
  w.int32(m.throttleTimeMs ?? 0)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: TxnOffsetCommitResponseTopic, version: number): void {
  const flexible = version >= 3
  if (version <= 5) w.string(m.name ?? '', flexible)
  if (version >= 6) w.uuid(m.topicId ?? noUuid)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: TxnOffsetCommitResponsePartition, version: number): void {
  const flexible = version >= 3
  w.int32(m.partitionIndex)
  w.int16(m.errorCode)
  if (flexible) w.noTags()
}
