// Metadata: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import { noUuid, notNull, type Reader, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface MetadataRequest {
  /** Null: all topics. Empty: none (in version 0: all). */
  readonly topics: readonly MetadataRequestTopic[] | null
  /** Whether the broker may create a topic that it does not know. From version 4 on. */
  readonly allowAutoTopicCreation: boolean
  /** Versions 8 to 10. */
  readonly includeClusterAuthorizedOperations: boolean
  /** From version 8 on. */
  readonly includeTopicAuthorizedOperations: boolean
}

export interface MetadataRequestTopic {
  /** Asks by id, from version 12 on, if the name is null. From version 10 on. */
  readonly topicId: string
  readonly name: string | null
}

export interface MetadataResponse {
  /** Milliseconds. From version 3 on. */
  readonly throttleTimeMs?: number | undefined
  readonly brokers: readonly MetadataResponseBroker[]
  /** From version 2 on. */
  readonly clusterId?: string | null | undefined
  /** -1: not known. From version 1 on. */
  readonly controllerId?: number | undefined
  readonly topics: readonly MetadataResponseTopic[]
  /** Versions 8 to 10. */
  readonly clusterAuthorizedOperations?: number | undefined
  /** 129: begin again from the bootstrap brokers (KIP-1102). From version 13 on. */
  readonly errorCode?: number | undefined
}

export interface MetadataResponseBroker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  /** From version 1 on. */
  readonly rack?: string | null | undefined
}

export interface MetadataResponseTopic {
  readonly errorCode: number
  /** Null when asked by an id that the broker does not know. */
  readonly name: string | null
  /** From version 10 on. */
  readonly topicId?: string | undefined
  /** From version 1 on. */
  readonly isInternal?: boolean | undefined
  readonly partitions: readonly MetadataResponsePartition[]
  /** One bit for each operation; -2147483648 if not asked for. From version 8 on. */
  readonly topicAuthorizedOperations?: number | undefined
}

export interface MetadataResponsePartition {
  readonly errorCode: number
  readonly partitionIndex: number
  /** -1: no leader now. */
  readonly leaderId: number
  /** From version 7 on. */
  readonly leaderEpoch?: number | undefined
  readonly replicaNodes: readonly number[]
  /** The replicas that are in sync. */
  readonly isrNodes: readonly number[]
  /** From version 5 on. */
  readonly offlineReplicas?: readonly number[] | undefined
}

export const metadataServer: ServerApi<MetadataRequest, MetadataResponse> = {
  key: 3,
  name: 'Metadata',
  versions: { min: 0, max: 13 },
  flexibleFrom: 9,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): MetadataRequest {
  const flexible = version >= 9
  const topicsCount = version >= 1 ? r.nullableCount(2, flexible) : r.count(2, flexible)
  const topics: MetadataRequestTopic[] | null = topicsCount < 0 ? null : []
  for (let n = topicsCount; n > 0; n--) topics?.push(readTopic(r, version))
  const allowAutoTopicCreation = version >= 4 ? r.bool() : true
  const includeClusterAuthorizedOperations = version >= 8 && version <= 10 ? r.bool() : false
  const includeTopicAuthorizedOperations = version >= 8 ? r.bool() : false
  if (flexible) r.skipTags()
  return { topics, allowAutoTopicCreation, includeClusterAuthorizedOperations, includeTopicAuthorizedOperations }
}

function readTopic(r: Reader, version: number): MetadataRequestTopic {
  const flexible = version >= 9
  const topicId = version >= 10 ? r.uuid() : noUuid
  const name = version >= 10 ? r.nullableString(flexible) : r.string(flexible)
  if (flexible) r.skipTags()
  return { topicId, name }
}

function writeResponse(w: Writer, m: MetadataResponse, version: number): void {
  const flexible = version >= 9
  if (version >= 3) w.int32(m.throttleTimeMs ?? 0)
  w.count(m.brokers.length, flexible)
  for (const broker of m.brokers) writeBroker(w, broker, version)
  if (version >= 2) w.nullableString(m.clusterId ?? null, flexible)
  if (version >= 1) w.int32(m.controllerId ?? -1)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (version >= 8 && version <= 10) w.int32(m.clusterAuthorizedOperations ?? -2147483648)
  if (version >= 13) w.int16(m.errorCode ?? 0)
  if (flexible) w.noTags()
}

function writeBroker(w: Writer, m: MetadataResponseBroker, version: number): void {
  const flexible = version >= 9
  w.int32(m.nodeId)
  w.string(m.host, flexible)
  w.int32(m.port)
  if (version >= 1) w.nullableString(m.rack ?? null, flexible)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: MetadataResponseTopic, version: number): void {
  const flexible = version >= 9
  w.int16(m.errorCode)
  w.nullableString(version >= 12 ? m.name : notNull(m.name, 'name'), flexible)
  if (version >= 10) w.uuid(m.topicId ?? noUuid)
  if (version >= 1) w.bool(m.isInternal ?? false)
  w.count(m.partitions.length, flexible)
  for (const partition of m.partitions) writePartition(w, partition, version)
  if (version >= 8) w.int32(m.topicAuthorizedOperations ?? -2147483648)
  if (flexible) w.noTags()
}

function writePartition(w: Writer, m: MetadataResponsePartition, version: number): void {
  const flexible = version >= 9
  w.int16(m.errorCode)
  w.int32(m.partitionIndex)
  w.int32(m.leaderId)
  if (version >= 7) w.int32(m.leaderEpoch ?? -1)
  w.count(m.replicaNodes.length, flexible)
  for (const item of m.replicaNodes) w.int32(item)
  w.count(m.isrNodes.length, flexible)
  for (const item of m.isrNodes) w.int32(item)
  if (version >= 5) {
    const offlineReplicas = m.offlineReplicas ?? []
    w.count(offlineReplicas.length, flexible)
    for (const item of offlineReplicas) w.int32(item)
  }
  if (flexible) w.noTags()
}
