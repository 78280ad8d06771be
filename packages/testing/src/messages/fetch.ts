// Fetch: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import { noUuid, type Reader, type RecordBytes, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface FetchRequest {
  /** From version 12 on. */
  readonly clusterId: string | null
  /** -1 for a consumer. Until version 14. */
  readonly replicaId: number
  /** From version 15 on. */
  readonly replicaState: FetchRequestReplicaState
  /** How long the broker may wait for minBytes, milliseconds. */
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Of the whole answer; the first batch is given whatever its size. */
  readonly maxBytes: number
  /** 0: everything, 1: what is committed. */
  readonly isolationLevel: number
  /** 0: no fetch session. From version 7 on. */
  readonly sessionId: number
  /** -1: no fetch session, 0: a new one. From version 7 on. */
  readonly sessionEpoch: number
  readonly topics: readonly FetchRequestTopic[]
  /** What to take out of the fetch session. From version 7 on. */
  readonly forgottenTopicsData: readonly FetchRequestForgottenTopic[]
  /** From version 11 on. */
  readonly rackId: string
}

export interface FetchRequestReplicaState {
  readonly replicaId: number
  readonly replicaEpoch: bigint
}

export interface FetchRequestTopic {
  /** Until version 12. */
  readonly topic: string
  /** From version 13 on. */
  readonly topicId: string
  readonly partitions: readonly FetchRequestPartition[]
}

export interface FetchRequestPartition {
  readonly partition: number
  /** The leader epoch that the client knows; -1: not checked. From version 9 on. */
  readonly currentLeaderEpoch: number
  readonly fetchOffset: bigint
  /** From version 12 on. */
  readonly lastFetchedEpoch: number
  /** From version 5 on. */
  readonly logStartOffset: bigint
  readonly partitionMaxBytes: number
  /** From version 17 on. */
  readonly replicaDirectoryId: string
  /** From version 18 on. */
  readonly highWatermark: bigint
}

export interface FetchRequestForgottenTopic {
  /** Until version 12. */
  readonly topic: string
  /** From version 13 on. */
  readonly topicId: string
  readonly partitions: readonly number[]
}

export interface FetchResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  /** From version 7 on. */
  readonly errorCode?: number | undefined
  /** 0: no fetch session. From version 7 on. */
  readonly sessionId?: number | undefined
  readonly responses: readonly FetchResponseTopic[]
  /** From version 16 on. */
  readonly nodeEndpoints?: readonly FetchResponseNode[] | undefined
}

export interface FetchResponseTopic {
  /** Until version 12. */
  readonly topic?: string | undefined
  /** From version 13 on. */
  readonly topicId?: string | undefined
  readonly partitions: readonly FetchResponsePartition[]
}

export interface FetchResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly highWatermark: bigint
  readonly lastStableOffset?: bigint | undefined
  /** From version 5 on. */
  readonly logStartOffset?: bigint | undefined
  /** From version 12 on. */
  readonly divergingEpoch?: FetchResponseEpochEnd | undefined
  /** From version 12 on. */
  readonly currentLeader?: FetchResponseLeader | undefined
  /** From version 12 on. */
  readonly snapshotId?: FetchResponseSnapshot | undefined
  readonly abortedTransactions: readonly FetchResponseAbortedTransaction[] | null
  /** From version 11 on. */
  readonly preferredReadReplica?: number | undefined
  readonly records: RecordBytes | null
}

export interface FetchResponseEpochEnd {
  readonly epoch?: number | undefined
  readonly endOffset?: bigint | undefined
}

export interface FetchResponseLeader {
  /** -1: not known. */
  readonly leaderId?: number | undefined
  readonly leaderEpoch?: number | undefined
}

export interface FetchResponseSnapshot {
  readonly endOffset?: bigint | undefined
  readonly epoch?: number | undefined
}

export interface FetchResponseAbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

export interface FetchResponseNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null | undefined
}

export const fetchServer: ServerApi<FetchRequest, FetchResponse> = {
  key: 1,
  name: 'Fetch',
  versions: { min: 4, max: 18 },
  flexibleFrom: 12,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): FetchRequest {
  const flexible = version >= 12
  const replicaId = version <= 14 ? r.int32() : -1
  const maxWaitMs = r.int32()
  const minBytes = r.int32()
  const maxBytes = r.int32()
  const isolationLevel = r.int8()
  const sessionId = version >= 7 ? r.int32() : 0
  const sessionEpoch = version >= 7 ? r.int32() : -1
  const topics = new Array<FetchRequestTopic>(r.count(3, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  const forgottenTopicsData = new Array<FetchRequestForgottenTopic>(version >= 7 ? r.count(3, flexible) : 0)
  for (let i = 0; i < forgottenTopicsData.length; i++) forgottenTopicsData[i] = readForgottenTopic(r, version)
  const rackId = version >= 11 ? r.string(flexible) : ''
  let clusterId: string | null = null
  let replicaState: FetchRequestReplicaState = { replicaId: -1, replicaEpoch: -1n }
  if (flexible) {
    for (let tags = r.uvarint(); tags > 0; tags--) {
      const tag = r.uvarint()
      const end = r.openTag()
      if (tag === 0) {
        clusterId = r.nullableString(true)
      } else if (tag === 1 && version >= 15) {
        replicaState = readReplicaState(r, version)
      }
      r.closeTag(end)
    }
  }
  return {
    clusterId,
    replicaId,
    replicaState,
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    sessionId,
    sessionEpoch,
    topics,
    forgottenTopicsData,
    rackId
  }
}

function readReplicaState(r: Reader, _version: number): FetchRequestReplicaState {
  const replicaId = r.int32()
  const replicaEpoch = r.int64()
  r.skipTags()
  return { replicaId, replicaEpoch }
}

function readTopic(r: Reader, version: number): FetchRequestTopic {
  const flexible = version >= 12
  const topic = version <= 12 ? r.string(flexible) : ''
  const topicId = version >= 13 ? r.uuid() : noUuid
  const partitions = new Array<FetchRequestPartition>(r.count(16, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  if (flexible) r.skipTags()
  return { topic, topicId, partitions }
}

function readPartition(r: Reader, version: number): FetchRequestPartition {
  const flexible = version >= 12
  const partition = r.int32()
  const currentLeaderEpoch = version >= 9 ? r.int32() : -1
  const fetchOffset = r.int64()
  const lastFetchedEpoch = version >= 12 ? r.int32() : -1
  const logStartOffset = version >= 5 ? r.int64() : -1n
  const partitionMaxBytes = r.int32()
  let replicaDirectoryId: string = noUuid
  let highWatermark: bigint = 9223372036854775807n
  if (flexible) {
    for (let tags = r.uvarint(); tags > 0; tags--) {
      const tag = r.uvarint()
      const end = r.openTag()
      if (tag === 0 && version >= 17) {
        replicaDirectoryId = r.uuid()
      } else if (tag === 1 && version >= 18) {
        highWatermark = r.int64()
      }
      r.closeTag(end)
    }
  }
  return {
    partition,
    currentLeaderEpoch,
    fetchOffset,
    lastFetchedEpoch,
    logStartOffset,
    partitionMaxBytes,
    replicaDirectoryId,
    highWatermark
  }
}

function readForgottenTopic(r: Reader, version: number): FetchRequestForgottenTopic {
  const flexible = version >= 12
  const topic = version <= 12 ? r.string(flexible) : ''
  const topicId = version >= 13 ? r.uuid() : noUuid
  const partitions = new Array<number>(r.count(4, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = r.int32()
  if (flexible) r.skipTags()
  return { topic, topicId, partitions }
}

function writeResponse(w: Writer, m: FetchResponse, version: number): void {
  const flexible = version >= 12
  w.int32(m.throttleTimeMs ?? 0)
  if (version >= 7) {
    w.int16(m.errorCode ?? 0)
    w.int32(m.sessionId ?? 0)
  }
  w.count(m.responses.length, flexible)
  for (const topic of m.responses) writeTopic(w, topic, version)
  if (flexible) {
    const nodeEndpoints = m.nodeEndpoints ?? []
    const hasNodeEndpoints = version >= 16 && nodeEndpoints.length > 0
    w.uvarint(hasNodeEndpoints ? 1 : 0)
    if (hasNodeEndpoints) {
      const start = w.openTag(0)
      w.count(nodeEndpoints.length, true)
      for (const node of nodeEndpoints) writeNode(w, node, version)
      w.closeTag(start)
    }
  }
}

function writeTopic(w: Writer, m: FetchResponseTopic, version: number): void {
  const flexible = version >= 12
  if (version <= 12) w.string(m.topic ?? '', flexible)
  if (version >= 13) w.uuid(m.topicId ?? noUuid)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: FetchResponsePartition, version: number): void {
  const flexible = version >= 12
  w.int32(m.partitionIndex)
  w.int16(m.errorCode)
  w.int64(m.highWatermark)
  w.int64(m.lastStableOffset ?? -1n)
  if (version >= 5) w.int64(m.logStartOffset ?? -1n)
  const abortedTransactions = m.abortedTransactions
  if (abortedTransactions === null) w.nullCount(flexible)
  else {
    w.count(abortedTransactions.length, flexible)
    for (const abortedTransaction of abortedTransactions) writeAbortedTransaction(w, abortedTransaction, version)
  }
  if (version >= 11) w.int32(m.preferredReadReplica ?? -1)
  w.records(m.records, flexible)
  if (flexible) {
    const divergingEpoch = m.divergingEpoch
    const hasDivergingEpoch =
      divergingEpoch !== undefined && ((divergingEpoch.epoch ?? -1) !== -1 || (divergingEpoch.endOffset ?? -1n) !== -1n)
    const currentLeader = m.currentLeader
    const hasCurrentLeader =
      currentLeader !== undefined && ((currentLeader.leaderId ?? -1) !== -1 || (currentLeader.leaderEpoch ?? -1) !== -1)
    const snapshotId = m.snapshotId
    const hasSnapshotId =
      snapshotId !== undefined && ((snapshotId.endOffset ?? -1n) !== -1n || (snapshotId.epoch ?? -1) !== -1)
    w.uvarint((hasDivergingEpoch ? 1 : 0) + (hasCurrentLeader ? 1 : 0) + (hasSnapshotId ? 1 : 0))
    if (hasDivergingEpoch) {
      const start = w.openTag(0)
      writeEpochEnd(w, divergingEpoch, version)
      w.closeTag(start)
    }
    if (hasCurrentLeader) {
      const start = w.openTag(1)
      writeLeader(w, currentLeader, version)
      w.closeTag(start)
    }
    if (hasSnapshotId) {
      const start = w.openTag(2)
      writeSnapshot(w, snapshotId, version)
      w.closeTag(start)
    }
  }
}

function writeEpochEnd(w: Writer, m: FetchResponseEpochEnd, _version: number): void {
  w.int32(m.epoch ?? -1)
  w.int64(m.endOffset ?? -1n)
  w.noTags()
}

function writeLeader(w: Writer, m: FetchResponseLeader, _version: number): void {
  w.int32(m.leaderId ?? -1)
  w.int32(m.leaderEpoch ?? -1)
  w.noTags()
}

function writeSnapshot(w: Writer, m: FetchResponseSnapshot, _version: number): void {
  w.int64(m.endOffset ?? -1n)
  w.int32(m.epoch ?? -1)
  w.noTags()
}

function writeAbortedTransaction(w: Writer, m: FetchResponseAbortedTransaction, version: number): void {
  const flexible = version >= 12
  w.int64(m.producerId)
  w.int64(m.firstOffset)
  if (flexible) w.noTags()
}

function writeNode(w: Writer, m: FetchResponseNode, _version: number): void {
  w.int32(m.nodeId)
  w.string(m.host, true)
  w.int32(m.port)
  w.nullableString(m.rack ?? null, true)
  w.noTags()
}
