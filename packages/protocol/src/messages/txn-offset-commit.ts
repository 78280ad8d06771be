// TxnOffsetCommit: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface TxnOffsetCommitRequest {
  readonly transactionalId: string
  readonly groupId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The generation of the group, so that a member that was left behind is refused (KIP-447); -1: not checked. From version 3 on. */
  readonly generationId?: number | undefined
  /** From version 3 on. */
  readonly memberId?: string | undefined
  /** From version 3 on. */
  readonly groupInstanceId?: string | null | undefined
  readonly topics: readonly TxnOffsetCommitRequestTopic[]
}

export interface TxnOffsetCommitRequestTopic {
  readonly name: string
  readonly partitions: readonly TxnOffsetCommitRequestPartition[]
}

export interface TxnOffsetCommitRequestPartition {
  readonly partitionIndex: number
  readonly committedOffset: bigint
  readonly committedLeaderEpoch?: number | undefined
  readonly committedMetadata: string | null
}

export interface TxnOffsetCommitResponse {
  /** Milliseconds. */
  readonly throttleTimeMs: number
  readonly topics: readonly TxnOffsetCommitResponseTopic[]
}

export interface TxnOffsetCommitResponseTopic {
  readonly name: string
  readonly partitions: readonly TxnOffsetCommitResponsePartition[]
}

export interface TxnOffsetCommitResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

export const txnOffsetCommitApi: Api<TxnOffsetCommitRequest, TxnOffsetCommitResponse> = {
  key: 28,
  name: 'TxnOffsetCommit',
  versions: { min: 2, max: 5 },
  flexibleFrom: 3,
  throttleFrom: 1,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: TxnOffsetCommitRequest, version: number): void {
  const flexible = version >= 3
  w.string(m.transactionalId, flexible)
  w.string(m.groupId, flexible)
  w.int64(m.producerId)
  w.int16(m.producerEpoch)
  if (version >= 3) {
    w.int32(m.generationId ?? -1)
    w.string(m.memberId ?? '', flexible)
    w.nullableString(m.groupInstanceId ?? null, flexible)
  }
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: TxnOffsetCommitRequestTopic, version: number): void {
  const flexible = version >= 3
  w.string(m.name, flexible)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: TxnOffsetCommitRequestPartition, version: number): void {
  const flexible = version >= 3
  w.int32(m.partitionIndex)
  w.int64(m.committedOffset)
  w.int32(m.committedLeaderEpoch ?? -1)
  w.nullableString(m.committedMetadata, flexible)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): TxnOffsetCommitResponse {
  const flexible = version >= 3
  const throttleTimeMs = r.int32()
  const topics = new Array<TxnOffsetCommitResponseTopic>(r.count(3, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  if (flexible) r.skipTags()
  return { throttleTimeMs, topics }
}

function readTopic(r: Reader, version: number): TxnOffsetCommitResponseTopic {
  const flexible = version >= 3
  const name = r.string(flexible)
  const partitions = new Array<TxnOffsetCommitResponsePartition>(r.count(6, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { name, partitions }
}

function readPartition(r: Reader, version: number): TxnOffsetCommitResponsePartition {
  const flexible = version >= 3
  const partitionIndex = r.int32()
  const errorCode = r.int16()
  if (flexible) r.skipTags()
  return { partitionIndex, errorCode }
}
