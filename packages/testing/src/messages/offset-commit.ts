// OffsetCommit: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import { noUuid, type Reader, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface OffsetCommitRequest {
  readonly groupId: string
  /** -1: a consumer that is in no group. */
  readonly generationIdOrMemberEpoch: number
  readonly memberId: string
  /** From version 7 on. */
  readonly groupInstanceId: string | null
  /** Milliseconds; -1: as the broker is configured. Until version 4. */
  readonly retentionTimeMs: bigint
  readonly topics: readonly OffsetCommitRequestTopic[]
}

export interface OffsetCommitRequestTopic {
  /** Until version 9. */
  readonly name: string
  /** From version 10 on. */
  readonly topicId: string
  readonly partitions: readonly OffsetCommitRequestPartition[]
}

export interface OffsetCommitRequestPartition {
  readonly partitionIndex: number
  readonly committedOffset: bigint
  /** From version 6 on. */
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

export interface OffsetCommitResponse {
  /** Milliseconds. From version 3 on. */
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly OffsetCommitResponseTopic[]
}

export interface OffsetCommitResponseTopic {
  /** Until version 9. */
  readonly name?: string | undefined
  /** From version 10 on. */
  readonly topicId?: string | undefined
  readonly partitions: readonly OffsetCommitResponsePartition[]
}

export interface OffsetCommitResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

export const offsetCommitServer: ServerApi<OffsetCommitRequest, OffsetCommitResponse> = {
  key: 8,
  name: 'OffsetCommit',
  versions: { min: 2, max: 10 },
  flexibleFrom: 8,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): OffsetCommitRequest {
  const flexible = version >= 8
  const groupId = r.string(flexible)
  const generationIdOrMemberEpoch = r.int32()
  const memberId = r.string(flexible)
  const groupInstanceId = version >= 7 ? r.nullableString(flexible) : null
  const retentionTimeMs = version <= 4 ? r.int64() : -1n
  const topics = new Array<OffsetCommitRequestTopic>(r.count(3, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  if (flexible) r.skipTags()
  return { groupId, generationIdOrMemberEpoch, memberId, groupInstanceId, retentionTimeMs, topics }
}

function readTopic(r: Reader, version: number): OffsetCommitRequestTopic {
  const flexible = version >= 8
  const name = version <= 9 ? r.string(flexible) : ''
  const topicId = version >= 10 ? r.uuid() : noUuid
  const partitions = new Array<OffsetCommitRequestPartition>(r.count(14, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { name, topicId, partitions }
}

function readPartition(r: Reader, version: number): OffsetCommitRequestPartition {
  const flexible = version >= 8
  const partitionIndex = r.int32()
  const committedOffset = r.int64()
  const committedLeaderEpoch = version >= 6 ? r.int32() : -1
  const committedMetadata = r.nullableString(flexible)
  if (flexible) r.skipTags()
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }
}

function writeResponse(w: Writer, m: OffsetCommitResponse, version: number): void {
  const flexible = version >= 8
  if (version >= 3) w.int32(m.throttleTimeMs ?? 0)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: OffsetCommitResponseTopic, version: number): void {
  const flexible = version >= 8
  if (version <= 9) w.string(m.name ?? '', flexible)
  if (version >= 10) w.uuid(m.topicId ?? noUuid)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: OffsetCommitResponsePartition, version: number): void {
  const flexible = version >= 8
  w.int32(m.partitionIndex)
  w.int16(m.errorCode)
  if (flexible) w.noTags()
}
