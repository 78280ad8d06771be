// OffsetForLeaderEpoch: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface OffsetForLeaderEpochRequest {
  /** -1 for a consumer. From version 3 on. */
  readonly replicaId: number
  readonly topics: readonly OffsetForLeaderEpochRequestTopic[]
}

export interface OffsetForLeaderEpochRequestTopic {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderEpochRequestPartition[]
}

export interface OffsetForLeaderEpochRequestPartition {
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly leaderEpoch: number
}

export interface OffsetForLeaderEpochResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly OffsetForLeaderEpochResponseTopic[]
}

export interface OffsetForLeaderEpochResponseTopic {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderEpochResponsePartition[]
}

export interface OffsetForLeaderEpochResponsePartition {
  readonly errorCode: number
  readonly partition: number
  readonly leaderEpoch?: number | undefined
  readonly endOffset?: bigint | undefined
}

export const offsetForLeaderEpochServer: ServerApi<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse> = {
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: { min: 2, max: 4 },
  flexibleFrom: 4,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): OffsetForLeaderEpochRequest {
  const flexible = version >= 4
  const replicaId = version >= 3 ? r.int32() : -2
  const topics = new Array<OffsetForLeaderEpochRequestTopic>(r.count(3, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  if (flexible) r.skipTags()
  return { replicaId, topics }
}

function readTopic(r: Reader, version: number): OffsetForLeaderEpochRequestTopic {
  const flexible = version >= 4
  const topic = r.string(flexible)
  const partitions = new Array<OffsetForLeaderEpochRequestPartition>(r.count(12, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { topic, partitions }
}

function readPartition(r: Reader, version: number): OffsetForLeaderEpochRequestPartition {
  const flexible = version >= 4
  const partition = r.int32()
  const currentLeaderEpoch = r.int32()
  const leaderEpoch = r.int32()
  if (flexible) r.skipTags()
  return { partition, currentLeaderEpoch, leaderEpoch }
}

function writeResponse(w: Writer, m: OffsetForLeaderEpochResponse, version: number): void {
  const flexible = version >= 4
  w.int32(m.throttleTimeMs ?? 0)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: OffsetForLeaderEpochResponseTopic, version: number): void {
  const flexible = version >= 4
  w.string(m.topic, flexible)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: OffsetForLeaderEpochResponsePartition, version: number): void {
  const flexible = version >= 4
  w.int16(m.errorCode)
  w.int32(m.partition)
  w.int32(m.leaderEpoch ?? -1)
  w.int64(m.endOffset ?? -1n)
  if (flexible) w.noTags()
}
