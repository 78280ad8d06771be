// ListOffsets: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface ListOffsetsRequest {
  /** -1 for a consumer. */
  readonly replicaId: number
  /** 0: everything, 1: what is committed. From version 2 on. */
  readonly isolationLevel: number
  readonly topics: readonly ListOffsetsRequestTopic[]
  /** How long to wait for a remote log, milliseconds. From version 10 on. */
  readonly timeoutMs: number
}

export interface ListOffsetsRequestTopic {
  readonly name: string
  readonly partitions: readonly ListOffsetsRequestPartition[]
}

export interface ListOffsetsRequestPartition {
  readonly partitionIndex: number
  /** From version 4 on. */
  readonly currentLeaderEpoch: number
  /** Milliseconds since 1970-01-01 UTC; -1: the end, -2: the beginning, -3: where the newest timestamp is. */
  readonly timestamp: bigint
}

export interface ListOffsetsResponse {
  /** Milliseconds. From version 2 on. */
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly ListOffsetsResponseTopic[]
}

export interface ListOffsetsResponseTopic {
  readonly name: string
  readonly partitions: readonly ListOffsetsResponsePartition[]
}

export interface ListOffsetsResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly timestamp?: bigint | undefined
  readonly offset?: bigint | undefined
  /** From version 4 on. */
  readonly leaderEpoch?: number | undefined
}

export const listOffsetsServer: ServerApi<ListOffsetsRequest, ListOffsetsResponse> = {
  key: 2,
  name: 'ListOffsets',
  versions: { min: 1, max: 11 },
  flexibleFrom: 6,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): ListOffsetsRequest {
  const flexible = version >= 6
  const replicaId = r.int32()
  const isolationLevel = version >= 2 ? r.int8() : 0
  const topics = new Array<ListOffsetsRequestTopic>(r.count(3, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  const timeoutMs = version >= 10 ? r.int32() : 0
  if (flexible) r.skipTags()
  return { replicaId, isolationLevel, topics, timeoutMs }
}

function readTopic(r: Reader, version: number): ListOffsetsRequestTopic {
  const flexible = version >= 6
  const name = r.string(flexible)
  const partitions = new Array<ListOffsetsRequestPartition>(r.count(12, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { name, partitions }
}

function readPartition(r: Reader, version: number): ListOffsetsRequestPartition {
  const flexible = version >= 6
  const partitionIndex = r.int32()
  const currentLeaderEpoch = version >= 4 ? r.int32() : -1
  const timestamp = r.int64()
  if (flexible) r.skipTags()
  return { partitionIndex, currentLeaderEpoch, timestamp }
}

function writeResponse(w: Writer, m: ListOffsetsResponse, version: number): void {
  const flexible = version >= 6
  if (version >= 2) w.int32(m.throttleTimeMs ?? 0)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: ListOffsetsResponseTopic, version: number): void {
  const flexible = version >= 6
  w.string(m.name, flexible)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: ListOffsetsResponsePartition, version: number): void {
  const flexible = version >= 6
  w.int32(m.partitionIndex)
  w.int16(m.errorCode)
  w.int64(m.timestamp ?? -1n)
  w.int64(m.offset ?? -1n)
  if (version >= 4) w.int32(m.leaderEpoch ?? -1)
  if (flexible) w.noTags()
}
