// CreateTopics: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'
import { noUuid } from '../wire/uuid.ts'

export interface CreateTopicsRequest {
  readonly topics: readonly CreateTopicsRequestTopic[]
  /** How long the broker may take, milliseconds. */
  readonly timeoutMs?: number | undefined
  /** Only says what would happen. */
  readonly validateOnly?: boolean | undefined
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
  readonly throttleTimeMs: number
  readonly topics: readonly CreateTopicsResponseTopic[]
}

export interface CreateTopicsResponseTopic {
  readonly name: string
  /** From version 7 on. */
  readonly topicId: string
  readonly errorCode: number
  readonly errorMessage: string | null
  /** Why the configuration is not told, such as 29. From version 5 on. */
  readonly topicConfigErrorCode: number
  /** From version 5 on. */
  readonly numPartitions: number
  /** From version 5 on. */
  readonly replicationFactor: number
  /** From version 5 on. */
  readonly configs: readonly CreateTopicsResponseConfig[] | null
}

export interface CreateTopicsResponseConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
}

export const createTopicsApi: Api<CreateTopicsRequest, CreateTopicsResponse> = {
  key: 19,
  name: 'CreateTopics',
  versions: { min: 2, max: 7 },
  flexibleFrom: 5,
  throttleFrom: 3,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: CreateTopicsRequest, version: number): void {
  const flexible = version >= 5
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  w.int32(m.timeoutMs ?? 60000)
  w.bool(m.validateOnly ?? false)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: CreateTopicsRequestTopic, version: number): void {
  const flexible = version >= 5
  w.string(m.name, flexible)
  w.int32(m.numPartitions)
  w.int16(m.replicationFactor)
  w.count(m.assignments.length, flexible)
  for (const assignment of m.assignments) writeAssignment(w, assignment, version)
  w.count(m.configs.length, flexible)
  for (const config of m.configs) writeConfig(w, config, version)
  if (flexible) w.noTags()
}

function writeAssignment(w: Writer, m: CreateTopicsRequestAssignment, version: number): void {
  const flexible = version >= 5
  w.int32(m.partitionIndex)
  w.count(m.brokerIds.length, flexible)
  for (const item of m.brokerIds) w.int32(item)
  if (flexible) w.noTags()
}

function writeConfig(w: Writer, m: CreateTopicsRequestConfig, version: number): void {
  const flexible = version >= 5
  w.string(m.name, flexible)
  w.nullableString(m.value, flexible)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): CreateTopicsResponse {
  const flexible = version >= 5
  const throttleTimeMs = r.int32()
  const topics = new Array<CreateTopicsResponseTopic>(r.count(6, flexible))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  if (flexible) r.skipTags()
  return { throttleTimeMs, topics }
}

function readTopic(r: Reader, version: number): CreateTopicsResponseTopic {
  const flexible = version >= 5
  const name = r.string(flexible)
  const topicId = version >= 7 ? r.uuid() : noUuid
  const errorCode = r.int16()
  const errorMessage = r.nullableString(flexible)
  const numPartitions = version >= 5 ? r.int32() : -1
  const replicationFactor = version >= 5 ? r.int16() : -1
  const configsCount = version >= 5 ? r.nullableCount(6, flexible) : 0
  const configs: CreateTopicsResponseConfig[] | null = configsCount < 0 ? null : []
  for (let n = configsCount; n > 0; n--) configs?.push(readConfig(r, version))
  let topicConfigErrorCode: number = 0
  if (flexible) {
    for (let tags = r.uvarint(); tags > 0; tags--) {
      const tag = r.uvarint()
      const end = r.openTag()
      if (tag === 0) {
        topicConfigErrorCode = r.int16()
      }
      r.closeTag(end)
    }
  }
  return { name, topicId, errorCode, errorMessage, topicConfigErrorCode, numPartitions, replicationFactor, configs }
}

function readConfig(r: Reader, _version: number): CreateTopicsResponseConfig {
  const name = r.string(true)
  const value = r.nullableString(true)
  const readOnly = r.bool()
  const configSource = r.int8()
  const isSensitive = r.bool()
  r.skipTags()
  return { name, value, readOnly, configSource, isSensitive }
}
