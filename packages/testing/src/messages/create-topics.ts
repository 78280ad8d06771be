// CreateTopics: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import { noUuid, type Reader, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface CreateTopicsRequest {
  readonly topics: readonly CreateTopicsRequestTopic[]
  /** How long the broker may take, milliseconds. */
  readonly timeoutMs: number
  /** Only says what would happen. */
  readonly validateOnly: boolean
}

export interface CreateTopicsRequestTopic {
  readonly name: string
  /** -1: as the broker is configured, from version 4 on, or as the assignments say. */
  readonly numPartitions: number
  /** -1: as the broker is configured, from version 4 on, or as the assignments say. */
  readonly replicationFactor: number
  /** Empty: the broker decides. */
  readonly assignments: readonly CreateTopicsRequestAssignment[]
  readonly configs: readonly CreateTopicsRequestConfig[]
}

export interface CreateTopicsRequestAssignment {
  readonly partitionIndex: number
  readonly brokerIds: readonly number[]
}

export interface CreateTopicsRequestConfig {
  readonly name: string
  readonly value: string | null
}

export interface CreateTopicsResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly CreateTopicsResponseTopic[]
}

export interface CreateTopicsResponseTopic {
  readonly name: string
  /** From version 7 on. */
  readonly topicId?: string | undefined
  readonly errorCode: number
  readonly errorMessage: string | null
  /** Why the configuration is not told, such as 29. From version 5 on. */
  readonly topicConfigErrorCode?: number | undefined
  /** From version 5 on. */
  readonly numPartitions?: number | undefined
  /** From version 5 on. */
  readonly replicationFactor?: number | undefined
  /** From version 5 on. */
  readonly configs?: readonly CreateTopicsResponseConfig[] | null | undefined
}

export interface CreateTopicsResponseConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource?: number | undefined
  readonly isSensitive: boolean
}

export const createTopicsServer: ServerApi<CreateTopicsRequest, CreateTopicsResponse> = {
  key: 19,
  name: 'CreateTopics',
  versions: { min: 2, max: 7 },
  flexibleFrom: 5,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): CreateTopicsRequest {
  const flexible = version >= 5
  const topics = new Array<CreateTopicsRequestTopic>(r.count(10, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  const timeoutMs = r.int32()
  const validateOnly = r.bool()
  if (flexible) r.skipTags()
  return { topics, timeoutMs, validateOnly }
}

function readTopic(r: Reader, version: number): CreateTopicsRequestTopic {
  const flexible = version >= 5
  const name = r.string(flexible)
  const numPartitions = r.int32()
  const replicationFactor = r.int16()
  const assignments = new Array<CreateTopicsRequestAssignment>(r.count(6, flexible))
  for (let i = 0; i < assignments.length; i++) assignments[i] = readAssignment(r, version)
  const configs = new Array<CreateTopicsRequestConfig>(r.count(3, flexible))
  for (let i = 0; i < configs.length; i++) configs[i] = readConfig(r, version)
  if (flexible) r.skipTags()
  return { name, numPartitions, replicationFactor, assignments, configs }
}

function readAssignment(r: Reader, version: number): CreateTopicsRequestAssignment {
  const flexible = version >= 5
  const partitionIndex = r.int32()
  const brokerIds = new Array<number>(r.count(4, flexible))
  for (let i = 0; i < brokerIds.length; i++) brokerIds[i] = r.int32()
  if (flexible) r.skipTags()
  return { partitionIndex, brokerIds }
}

function readConfig(r: Reader, version: number): CreateTopicsRequestConfig {
  const flexible = version >= 5
  const name = r.string(flexible)
  const value = r.nullableString(flexible)
  if (flexible) r.skipTags()
  return { name, value }
}

function writeResponse(w: Writer, m: CreateTopicsResponse, version: number): void {
  const flexible = version >= 5
  w.int32(m.throttleTimeMs ?? 0)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: CreateTopicsResponseTopic, version: number): void {
  const flexible = version >= 5
  w.string(m.name, flexible)
  if (version >= 7) w.uuid(m.topicId ?? noUuid)
  w.int16(m.errorCode)
  w.nullableString(m.errorMessage, flexible)
  if (version >= 5) {
    w.int32(m.numPartitions ?? -1)
    w.int16(m.replicationFactor ?? -1)
    const configs = m.configs === undefined ? [] : m.configs
    if (configs === null) w.nullCount(flexible)
    else {
      w.count(configs.length, flexible)
      for (const config of configs) writeConfig(w, config, version)
    }
  }
  if (flexible) {
    const topicConfigErrorCode = m.topicConfigErrorCode ?? 0
    const hasTopicConfigErrorCode = topicConfigErrorCode !== 0
    w.uvarint(hasTopicConfigErrorCode ? 1 : 0)
    if (hasTopicConfigErrorCode) {
      const start = w.openTag(0)
      w.int16(topicConfigErrorCode)
      w.closeTag(start)
    }
  }
}

function writeConfig(w: Writer, m: CreateTopicsResponseConfig, _version: number): void {
  w.string(m.name, true)
  w.nullableString(m.value, true)
  w.bool(m.readOnly)
  w.int8(m.configSource ?? -1)
  w.bool(m.isSensitive)
  w.noTags()
}
