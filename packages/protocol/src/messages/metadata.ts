// Metadata: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'
import { noUuid } from '../wire/uuid.ts'
import { notNull } from '../wire/not-null.ts'

export interface MetadataRequest {
  /** Null: all topics. Empty: none (in version 0: all). */
  readonly topics: readonly MetadataRequestTopic[] | null
  /** Whether the broker may create a topic that it does not know. */
  readonly allowAutoTopicCreation?: boolean | undefined
  /** Versions 8 to 10. */
  readonly includeClusterAuthorizedOperations?: boolean | undefined
  /** From version 8 on. */
  readonly includeTopicAuthorizedOperations?: boolean | undefined
}

export interface MetadataRequestTopic {
  /** Asks by id, from version 12 on, if the name is null. From version 10 on. */
  readonly topicId?: string | undefined
  readonly name: string | null
}

export interface MetadataResponse {
  /** Milliseconds. */
  readonly throttleTimeMs: number
  readonly brokers: readonly MetadataResponseBroker[]
  readonly clusterId: string | null
  /** -1: not known. */
  readonly controllerId: number
  readonly topics: readonly MetadataResponseTopic[]
  /** Versions 8 to 10. */
  readonly clusterAuthorizedOperations: number
  /** 129: begin again from the bootstrap brokers (KIP-1102). From version 13 on. */
  readonly errorCode: number
}

export interface MetadataResponseBroker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface MetadataResponseTopic {
  readonly errorCode: number
  /** Null when asked by an id that the broker does not know. */
  readonly name: string | null
  /** From version 10 on. */
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly MetadataResponsePartition[]
  /** One bit for each operation; -2147483648 if not asked for. From version 8 on. */
  readonly topicAuthorizedOperations: number
}

export interface MetadataResponsePartition {
  readonly errorCode: number
  readonly partitionIndex: number
  /** -1: no leader now. */
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  /** The replicas that are in sync. */
  readonly isrNodes: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export const metadataApi: Api<MetadataRequest, MetadataResponse> = {
  key: 3,
  name: 'Metadata',
  versions: { min: 7, max: 13 },
  flexibleFrom: 9,
  throttleFrom: 6,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: MetadataRequest, version: number): void {
  const flexible = version >= 9
  const topics = m.topics
  if (topics === null) w.nullCount(flexible)
  else {
    w.count(topics.length, flexible)
    for (const topic of topics) writeTopic(w, topic, version)
  }
  w.bool(m.allowAutoTopicCreation ?? true)
  if (version >= 8 && version <= 10) w.bool(m.includeClusterAuthorizedOperations ?? false)
  if (version >= 8) w.bool(m.includeTopicAuthorizedOperations ?? false)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: MetadataRequestTopic, version: number): void {
  const flexible = version >= 9
  if (version >= 10) w.uuid(m.topicId ?? noUuid)
  w.nullableString(version >= 10 ? m.name : notNull(m.name, 'name'), flexible)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): MetadataResponse {
  const flexible = version >= 9
  const throttleTimeMs = r.int32()
  const brokers = new Array<MetadataResponseBroker>(r.count(11, flexible))
  for (let i = 0; i < brokers.length; i++) brokers[i] = readBroker(r, version)
  const clusterId = r.nullableString(flexible)
  const controllerId = r.int32()
  const topics = new Array<MetadataResponseTopic>(r.count(9, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  const clusterAuthorizedOperations = version >= 8 && version <= 10 ? r.int32() : -2147483648
  const errorCode = version >= 13 ? r.int16() : 0
  if (flexible) r.skipTags()
  return { throttleTimeMs, brokers, clusterId, controllerId, topics, clusterAuthorizedOperations, errorCode }
}

function readBroker(r: Reader, version: number): MetadataResponseBroker {
  const flexible = version >= 9
  const nodeId = r.int32()
  const host = r.string(flexible)
  const port = r.int32()
  const rack = r.nullableString(flexible)
  if (flexible) r.skipTags()
  return { nodeId, host, port, rack }
}

function readTopic(r: Reader, version: number): MetadataResponseTopic {
  const flexible = version >= 9
  const errorCode = r.int16()
  const name = version >= 12 ? r.nullableString(flexible) : r.string(flexible)
  const topicId = version >= 10 ? r.uuid() : noUuid
  const isInternal = r.bool()
  const partitions = new Array<MetadataResponsePartition>(r.count(18, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = readPartition(r, version)
  const topicAuthorizedOperations = version >= 8 ? r.int32() : -2147483648
  if (flexible) r.skipTags()
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations }
}

function readPartition(r: Reader, version: number): MetadataResponsePartition {
  const flexible = version >= 9
  const errorCode = r.int16()
  const partitionIndex = r.int32()
  const leaderId = r.int32()
  const leaderEpoch = r.int32()
  const replicaNodes = new Array<number>(r.count(4, flexible))
  for (let i = 0; i < replicaNodes.length; i++) replicaNodes[i] = r.int32()
  const isrNodes = new Array<number>(r.count(4, flexible))
  for (let i = 0; i < isrNodes.length; i++) isrNodes[i] = r.int32()
  const offlineReplicas = new Array<number>(r.count(4, flexible))
  for (let i = 0; i < offlineReplicas.length; i++) offlineReplicas[i] = r.int32()
  if (flexible) r.skipTags()
  return { errorCode, partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas }
}
