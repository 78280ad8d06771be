// AddPartitionsToTxn: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface AddPartitionsToTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly topics: readonly AddPartitionsToTxnRequestTopic[]
}

export interface AddPartitionsToTxnRequestTopic {
  readonly name: string
  readonly partitions: readonly number[]
}

export interface AddPartitionsToTxnResponse {
  /** Milliseconds. */
  readonly throttleTimeMs: number
  readonly resultsByTopic: readonly AddPartitionsToTxnResponseTopicResult[]
}

export interface AddPartitionsToTxnResponseTopicResult {
  readonly name: string
  readonly results: readonly AddPartitionsToTxnResponsePartitionResult[]
}

export interface AddPartitionsToTxnResponsePartitionResult {
  readonly partitionIndex: number
  readonly errorCode: number
}

export const addPartitionsToTxnApi: Api<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: { min: 1, max: 3 },
  flexibleFrom: 3,
  throttleFrom: 1,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: AddPartitionsToTxnRequest, version: number): void {
  const flexible = version >= 3
  w.string(m.transactionalId, flexible)
  w.int64(m.producerId)
  w.int16(m.producerEpoch)
  w.count(m.topics.length, flexible)
  for (const topic of m.topics) writeTopic(w, topic, version)
  if (flexible) w.noTags()
}

function writeTopic(w: Writer, m: AddPartitionsToTxnRequestTopic, version: number): void {
  const flexible = version >= 3
  w.string(m.name, flexible)
  w.count(m.partitions.length, flexible)
  for (const item of m.partitions) w.int32(item)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): AddPartitionsToTxnResponse {
  const flexible = version >= 3
  const throttleTimeMs = r.int32()
  const resultsByTopic = new Array<AddPartitionsToTxnResponseTopicResult>(r.count(3, flexible))
  for (let i = 0; i < resultsByTopic.length; i++) resultsByTopic[i] = readTopicResult(r, version)
  if (flexible) r.skipTags()
  return { throttleTimeMs, resultsByTopic }
}

function readTopicResult(r: Reader, version: number): AddPartitionsToTxnResponseTopicResult {
  const flexible = version >= 3
  const name = r.string(flexible)
  const results = new Array<AddPartitionsToTxnResponsePartitionResult>(r.count(6, flexible))
  for (let i = 0; i < results.length; i++) results[i] = readPartitionResult(r, version)
  if (flexible) r.skipTags()
  return { name, results }
}

function readPartitionResult(r: Reader, version: number): AddPartitionsToTxnResponsePartitionResult {
  const flexible = version >= 3
  const partitionIndex = r.int32()
  const errorCode = r.int16()
  if (flexible) r.skipTags()
  return { partitionIndex, errorCode }
}
