// AddPartitionsToTxn: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface AddPartitionsToTxnRequest {
  /** From version 4 on. */
  readonly transactions: readonly AddPartitionsToTxnRequestTransaction[]
  /** Until version 3. */
  readonly transactionalId: string
  /** Until version 3. */
  readonly producerId: bigint
  /** Until version 3. */
  readonly producerEpoch: number
  /** Until version 3. */
  readonly topics: readonly AddPartitionsToTxnRequestTopic[]
}

export interface AddPartitionsToTxnRequestTransaction {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Only checks that the partitions are in the transaction. */
  readonly verifyOnly: boolean
  readonly topics: readonly AddPartitionsToTxnRequestTopic[]
}

export interface AddPartitionsToTxnRequestTopic {
  readonly name: string
  readonly partitions: readonly number[]
}

export interface AddPartitionsToTxnResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  /** From version 4 on. */
  readonly errorCode?: number | undefined
  /** From version 4 on. */
  readonly resultsByTransaction?: readonly AddPartitionsToTxnResponseTransactionResult[] | undefined
  /** Until version 3. */
  readonly resultsByTopic?: readonly AddPartitionsToTxnResponseTopicResult[] | undefined
}

export interface AddPartitionsToTxnResponseTransactionResult {
  readonly transactionalId: string
  readonly topicResults: readonly AddPartitionsToTxnResponseTopicResult[]
}

export interface AddPartitionsToTxnResponseTopicResult {
  readonly name: string
  readonly results: readonly AddPartitionsToTxnResponsePartitionResult[]
}

export interface AddPartitionsToTxnResponsePartitionResult {
  readonly partitionIndex: number
  readonly errorCode: number
}

export const addPartitionsToTxnServer: ServerApi<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> = {
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): AddPartitionsToTxnRequest {
  const flexible = version >= 3
  const transactions = new Array<AddPartitionsToTxnRequestTransaction>(version >= 4 ? r.count(14, flexible) : 0)
  for (let i = 0; i < transactions.length; i++) transactions[i] = readTransaction(r, version)
  const transactionalId = version <= 3 ? r.string(flexible) : ''
  const producerId = version <= 3 ? r.int64() : 0n
  const producerEpoch = version <= 3 ? r.int16() : 0
  const topics = new Array<AddPartitionsToTxnRequestTopic>(version <= 3 ? r.count(3, flexible) : 0)
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  if (flexible) r.skipTags()
  return { transactions, transactionalId, producerId, producerEpoch, topics }
}

function readTransaction(r: Reader, version: number): AddPartitionsToTxnRequestTransaction {
  const transactionalId = r.string(true)
  const producerId = r.int64()
  const producerEpoch = r.int16()
  const verifyOnly = r.bool()
  const topics = new Array<AddPartitionsToTxnRequestTopic>(r.count(3, true))
  for (let i = 0; i < topics.length; i++) topics[i] = readTopic(r, version)
  r.skipTags()
  return { transactionalId, producerId, producerEpoch, verifyOnly, topics }
}

function readTopic(r: Reader, version: number): AddPartitionsToTxnRequestTopic {
  const flexible = version >= 3
  const name = r.string(flexible)
  const partitions = new Array<number>(r.count(4, flexible))
  for (let i = 0; i < partitions.length; i++) partitions[i] = r.int32()
  if (flexible) r.skipTags()
  return { name, partitions }
}

function writeResponse(w: Writer, m: AddPartitionsToTxnResponse, version: number): void {
  const flexible = version >= 3
  w.int32(m.throttleTimeMs ?? 0)
  if (version >= 4) {
    w.int16(m.errorCode ?? 0)
    const resultsByTransaction = m.resultsByTransaction ?? []
    w.count(resultsByTransaction.length, flexible)
    for (const transactionResult of resultsByTransaction) writeTransactionResult(w, transactionResult, version)
  }
  if (version <= 3) {
    const resultsByTopic = m.resultsByTopic ?? []
    w.count(resultsByTopic.length, flexible)
    for (const topicResult of resultsByTopic) writeTopicResult(w, topicResult, version)
  }
  if (flexible) w.noTags()
}

function writeTransactionResult(w: Writer, m: AddPartitionsToTxnResponseTransactionResult, version: number): void {
  w.string(m.transactionalId, true)
  w.count(m.topicResults.length, true)
  for (const topicResult of m.topicResults) writeTopicResult(w, topicResult, version)
  w.noTags()
}

function writeTopicResult(w: Writer, m: AddPartitionsToTxnResponseTopicResult, version: number): void {
  const flexible = version >= 3
  w.string(m.name, flexible)
  w.count(m.results.length, flexible)
  for (const partitionResult of m.results) writePartitionResult(w, partitionResult, version)
  if (flexible) w.noTags()
}

function writePartitionResult(w: Writer, m: AddPartitionsToTxnResponsePartitionResult, version: number): void {
  const flexible = version >= 3
  w.int32(m.partitionIndex)
  w.int16(m.errorCode)
  if (flexible) w.noTags()
}
