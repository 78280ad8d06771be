// OffsetFetch: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import { noUuid, type Reader, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface OffsetFetchRequest {
  /** Until version 7. */
  readonly groupId: string
  /** Null: all that have offsets. Until version 7. */
  readonly topics: readonly OffsetFetchRequestTopic[] | null
  /** From version 8 on. */
  readonly groups: readonly OffsetFetchRequestGroup[]
  /** Whether offsets of open transactions must be waited for. From version 7 on. */
  readonly requireStable: boolean
}

export interface OffsetFetchRequestTopic {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

export interface OffsetFetchRequestGroup {
  readonly groupId: string
  /** From version 9 on. */
  readonly memberId: string | null
  /** From version 9 on. */
  readonly memberEpoch: number
  /** Null: all that have offsets. */
  readonly topics: readonly OffsetFetchRequestGroupTopic[] | null
}

export interface OffsetFetchRequestGroupTopic {
  /** Until version 9. */
  readonly name: string
  /** From version 10 on. */
  readonly topicId: string
  readonly partitionIndexes: readonly number[]
}

export interface OffsetFetchResponse {
  /** Milliseconds. From version 3 on. */
  readonly throttleTimeMs?: number | undefined
  /** Until version 7. */
  readonly topics?: readonly OffsetFetchResponseTopic[] | undefined
  /** Versions 2 to 7. */
  readonly errorCode?: number | undefined
  /** From version 8 on. */
  readonly groups?: readonly OffsetFetchResponseGroup[] | undefined
}

export interface OffsetFetchResponseTopic {
  readonly name: string
  readonly partitions: readonly OffsetFetchResponsePartition[]
}

export interface OffsetFetchResponsePartition {
  readonly partitionIndex: number
  /** -1: none. */
  readonly committedOffset: bigint
  /** From version 5 on. */
  readonly committedLeaderEpoch?: number | undefined
  readonly metadata: string | null
  readonly errorCode: number
}

export interface OffsetFetchResponseGroup {
  readonly groupId: string
  readonly topics: readonly OffsetFetchResponseGroupTopic[]
  readonly errorCode?: number | undefined
}

export interface OffsetFetchResponseGroupTopic {
  /** Until version 9. */
  readonly name?: string | undefined
  /** From version 10 on. */
  readonly topicId?: string | undefined
  readonly partitions: readonly OffsetFetchResponseGroupPartition[]
}

export interface OffsetFetchResponseGroupPartition {
  readonly partitionIndex: number
  /** -1: none. */
  readonly committedOffset: bigint
  readonly committedLeaderEpoch?: number | undefined
  readonly metadata: string | null
  readonly errorCode: number
}

export const offsetFetchServer: ServerApi<OffsetFetchRequest, OffsetFetchResponse> = {
  key: 9,
  name: 'OffsetFetch',
  versions: { min: 1, max: 10 },
  flexibleFrom: 6,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): OffsetFetchRequest {
  const flexible = version >= 6
  const groupId = version <= 7 ? r.string(flexible) : ''
  const topicsCount = version <= 7 ? (version >= 2 ? r.nullableCount(3, flexible) : r.count(3, flexible)) : 0
  const topics: OffsetFetchRequestTopic[] | null = topicsCount < 0 ? null : []
  for (let n = topicsCount; n > 0; n--) topics?.push(readTopic(r, version))
  const groups = new Array<OffsetFetchRequestGroup>(version >= 8 ? r.count(3, flexible) : 0)
  for (let i = 0; i < groups.length; i++) groups[i] = readGroup(r, version)
  const requireStable = version >= 7 ? r.bool() : false
  if (flexible) r.skipTags()
  return { groupId, topics, groups, requireStable }
}

function readTopic(r: Reader, version: number): OffsetFetchRequestTopic {
  const flexible = version >= 6
  const name = r.string(flexible)
  const partitionIndexes = new Array<number>(r.count(4, flexible))
  for (let i = 0; i < partitionIndexes.length; i++) partitionIndexes[i] = r.int32()
  if (flexible) r.skipTags()
  return { name, partitionIndexes }
}

function readGroup(r: Reader, version: number): OffsetFetchRequestGroup {
  const groupId = r.string(true)
  const memberId = version >= 9 ? r.nullableString(true) : null
  const memberEpoch = version >= 9 ? r.int32() : -1
  const topicsCount = r.nullableCount(3, true)
  const topics: OffsetFetchRequestGroupTopic[] | null = topicsCount < 0 ? null : []
  for (let n = topicsCount; n > 0; n--) topics?.push(readGroupTopic(r, version))
  r.skipTags()
  return { groupId, memberId, memberEpoch, topics }
}

function readGroupTopic(r: Reader, version: number): OffsetFetchRequestGroupTopic {
  const name = version <= 9 ? r.string(true) : ''
  const topicId = version >= 10 ? r.uuid() : noUuid
  const partitionIndexes = new Array<number>(r.count(4, true))
  for (let i = 0; i < partitionIndexes.length; i++) partitionIndexes[i] = r.int32()
  r.skipTags()
  return { name, topicId, partitionIndexes }
}

function writeResponse(w: Writer, m: OffsetFetchResponse, version: number): void {
  const flexible = version >= 6
  if (version >= 3) w.int32(m.throttleTimeMs ?? 0)
  if (version <= 7) {
    const topics = m.topics ?? []
    w.count(topics.length, flexible)
    for (const topic of topics) writeTopic(w, topic, version)
  }
  if (version >= 2 && version <= 7) w.int16(m.errorCode ?? 0)
  if (version >= 8) {
    const groups = m.groups ?? []
    w.count(groups.length, flexible)
    for (const group of groups) writeGroup(w, group, version)
  }
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: OffsetFetchResponseTopic, version: number): void {
  const flexible = version >= 6
  w.string(m.name, flexible)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: OffsetFetchResponsePartition, version: number): void {
  const flexible = version >= 6
  w.int32(m.partitionIndex)
  w.int64(m.committedOffset)
  if (version >= 5) w.int32(m.committedLeaderEpoch ?? -1)
  w.nullableString(m.metadata, flexible)
  w.int16(m.errorCode)
  if (flexible) w.noTags()
}

function writeGroup(w: Writer, m: OffsetFetchResponseGroup, version: number): void {
  w.string(m.groupId, true)
  w.count(m.topics.length, true)
  for (const groupTopic of m.topics) writeGroupTopic(w, groupTopic, version)
  w.int16(m.errorCode ?? 0)
  w.noTags()
}

function writeGroupTopic(w: Writer, m: OffsetFetchResponseGroupTopic, version: number): void {
  if (version <= 9) w.string(m.name ?? '', true)
  if (version >= 10) w.uuid(m.topicId ?? noUuid)
  w.count(m.partitions.length, true)
  for (const groupPartition of m.partitions) writeGroupPartition(w, groupPartition, version)
  w.noTags()
}

function writeGroupPartition(w: Writer, m: OffsetFetchResponseGroupPartition, _version: number): void {
  w.int32(m.partitionIndex)
  w.int64(m.committedOffset)
  w.int32(m.committedLeaderEpoch ?? -1)
  w.nullableString(m.metadata, true)
  w.int16(m.errorCode)
  w.noTags()
}
