// What to do about a broker's answer to one batch: a pure table (semantics 2.1).
import { isKafkaError, ProduceAcks, type KafkaError } from '@sluice/core'
import { brokerError, brokerErrorInfo, errorCodes } from '@sluice/protocol'
import type { DeliveryMode, Refusal, Remake } from './queue-state.ts'

export interface RecordBlame {
  /** The record's place in its batch. */
  readonly index: number
  readonly message: string | null
}

export type Verdict =
  | { readonly kind: 'acked'; readonly baseOffset: bigint; readonly appendTimeMs: bigint }
  | {
      readonly kind: 'retry'
      readonly cause: KafkaError
      /** The answer said that our picture of the cluster is old. */
      readonly refresh: boolean
      /** False: this attempt may have been written. */
      readonly certain: boolean
      /** How many such answers a batch puts up with; Infinity for no limit but the deadline. */
      readonly cap: number
      /** The broker does not speak as it said it would: what it speaks is asked anew, on a new connection. */
      readonly renegotiate: boolean
    }
  | { readonly kind: 'remake'; readonly cause: KafkaError; readonly certain: true; readonly how: Remake }
  /** The identity is another's now. `ends`: the batch is not sent under a new one either. */
  | { readonly kind: 'fenced'; readonly cause: KafkaError; readonly certain: true; readonly ends: boolean }
  | ({ readonly kind: 'resequence'; readonly certain: true } & Refusal)
  | {
      readonly kind: 'failed'
      readonly cause: KafkaError
      readonly certain: boolean
      readonly blame: readonly RecordBlame[]
      readonly scope: FailureScope
    }

/** All but the good one. */
export type NotAcked = Exclude<Verdict, { readonly kind: 'acked' }>

/** What a refusal holds for besides its batch: all that is queued for the topic, or all that needs the producer's identity. */
export type FailureScope = 'batch' | 'topic' | 'identity'

export interface Answer {
  readonly errorCode: number
  readonly baseOffset: bigint
  readonly logAppendTimeMs: bigint
  readonly logStartOffset?: bigint | undefined
  readonly recordErrors: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string | null }[]
  readonly errorMessage: string | null
}

export interface PartitionName {
  readonly topic: string
  readonly partition: number
}

export interface VerdictRules {
  readonly mode: DeliveryMode
  readonly acks: ProduceAcks
  readonly trustBaseOffset: boolean
  /** Undefined: the default, which depends on the error. */
  readonly retryUncertain: boolean | undefined
  readonly repeatOnStaleMetadata: boolean
}

/** N: rejected before the append. N*: so only if the answer names no offset. U: may be in the log. */
type Evidence = 'N' | 'N*' | 'U'
type Action =
  | 'retry'
  | 'fail'
  | 'split'
  | 'uncompress'
  | 'ack'
  | 'resequence'
  | 'fenced'
  | 'ousted'
  | 'topic denied'
  | 'identity denied'

interface Row {
  readonly evidence: Evidence
  readonly action: Action
  /** Where plain batches differ. */
  readonly plain?: Action
  /** How many such answers a batch puts up with. */
  readonly cap?: number
  /** Fresh metadata is wanted, though the code does not say so by itself. */
  readonly refresh?: true
  readonly renegotiate?: true
}

const rows: ReadonlyMap<number, Row> = new Map<number, Row>([
  [errorCodes.UNKNOWN_SERVER_ERROR, { evidence: 'U', action: 'retry', plain: 'fail' }],
  [errorCodes.CORRUPT_MESSAGE, { evidence: 'N', action: 'retry', cap: 3 }],
  [errorCodes.UNKNOWN_TOPIC_OR_PARTITION, { evidence: 'N*', action: 'retry' }],
  [errorCodes.LEADER_NOT_AVAILABLE, { evidence: 'N', action: 'retry' }],
  [errorCodes.NOT_LEADER_OR_FOLLOWER, { evidence: 'N*', action: 'retry' }],
  [errorCodes.REQUEST_TIMED_OUT, { evidence: 'U', action: 'retry' }],
  [errorCodes.BROKER_NOT_AVAILABLE, { evidence: 'N', action: 'retry', refresh: true }],
  [errorCodes.REPLICA_NOT_AVAILABLE, { evidence: 'N', action: 'retry' }],
  [errorCodes.MESSAGE_TOO_LARGE, { evidence: 'N', action: 'split' }],
  [errorCodes.NETWORK_EXCEPTION, { evidence: 'N', action: 'retry' }],
  [errorCodes.COORDINATOR_LOAD_IN_PROGRESS, { evidence: 'N', action: 'retry' }],
  [errorCodes.COORDINATOR_NOT_AVAILABLE, { evidence: 'N', action: 'retry' }],
  [errorCodes.NOT_COORDINATOR, { evidence: 'N', action: 'retry' }],
  [errorCodes.INVALID_TOPIC_EXCEPTION, { evidence: 'N', action: 'fail' }],
  [errorCodes.RECORD_LIST_TOO_LARGE, { evidence: 'N', action: 'split' }],
  [errorCodes.NOT_ENOUGH_REPLICAS, { evidence: 'N', action: 'retry' }],
  [errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND, { evidence: 'U', action: 'retry' }],
  [errorCodes.INVALID_REQUIRED_ACKS, { evidence: 'N', action: 'fail' }],
  [errorCodes.TOPIC_AUTHORIZATION_FAILED, { evidence: 'N', action: 'topic denied' }],
  [errorCodes.CLUSTER_AUTHORIZATION_FAILED, { evidence: 'N', action: 'identity denied', plain: 'fail' }],
  [errorCodes.INVALID_TIMESTAMP, { evidence: 'N', action: 'fail' }],
  [errorCodes.UNSUPPORTED_VERSION, { evidence: 'N', action: 'retry', cap: 1, renegotiate: true }],
  [errorCodes.INVALID_REQUEST, { evidence: 'N', action: 'fail' }],
  [errorCodes.UNSUPPORTED_FOR_MESSAGE_FORMAT, { evidence: 'N', action: 'fail' }],
  [errorCodes.POLICY_VIOLATION, { evidence: 'N', action: 'fail' }],
  [errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER, { evidence: 'N', action: 'resequence', plain: 'fail' }],
  // It is in the log. Without a sequence nobody may say so.
  [errorCodes.DUPLICATE_SEQUENCE_NUMBER, { evidence: 'U', action: 'ack', plain: 'fail' }],
  [errorCodes.INVALID_PRODUCER_EPOCH, { evidence: 'N', action: 'fenced', plain: 'fail' }],
  [errorCodes.INVALID_TXN_STATE, { evidence: 'N', action: 'fail' }],
  [errorCodes.INVALID_PRODUCER_ID_MAPPING, { evidence: 'N', action: 'fenced', plain: 'fail' }],
  [errorCodes.CONCURRENT_TRANSACTIONS, { evidence: 'N', action: 'retry' }],
  [errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, { evidence: 'N', action: 'fail' }],
  [errorCodes.KAFKA_STORAGE_ERROR, { evidence: 'U', action: 'retry' }],
  [errorCodes.UNKNOWN_PRODUCER_ID, { evidence: 'N', action: 'resequence', plain: 'fail' }],
  [errorCodes.FENCED_LEADER_EPOCH, { evidence: 'N', action: 'retry' }],
  [errorCodes.UNKNOWN_LEADER_EPOCH, { evidence: 'N', action: 'retry', refresh: true }],
  [errorCodes.UNSUPPORTED_COMPRESSION_TYPE, { evidence: 'N', action: 'uncompress' }],
  [errorCodes.INVALID_RECORD, { evidence: 'N', action: 'fail' }],
  [errorCodes.THROTTLING_QUOTA_EXCEEDED, { evidence: 'N', action: 'retry' }],
  [errorCodes.PRODUCER_FENCED, { evidence: 'N', action: 'ousted', plain: 'fail' }],
  [errorCodes.UNKNOWN_TOPIC_ID, { evidence: 'N', action: 'retry' }],
  [errorCodes.INCONSISTENT_TOPIC_ID, { evidence: 'N', action: 'retry' }],
  // Only transactions can be aborted: as a code that nobody knows.
  [errorCodes.TRANSACTION_ABORTABLE, { evidence: 'U', action: 'retry', plain: 'fail' }]
])

// A code that the table does not know may mean anything: keep the identity, or say that we do not know.
const unknownRow: Row = { evidence: 'U', action: 'retry', plain: 'fail' }

/** The codes that have a row of their own. */
export function judgedCodes(): number[] {
  return [...rows.keys()]
}

export function acknowledged({ baseOffset, logAppendTimeMs }: Answer): Verdict {
  return { kind: 'acked', baseOffset, appendTimeMs: logAppendTimeMs }
}

export function judge(answer: Answer, { topic, partition }: PartitionName, rules: VerdictRules): Verdict {
  const { errorCode } = answer
  if (errorCode === 0) return acknowledged(answer)
  const row = rows.get(errorCode) ?? unknownRow
  const certain = isCertain(row.evidence, answer.baseOffset, rules)
  const action = rules.mode === 'plain' ? plainAction(row, errorCode, certain, rules) : row.action
  const cause = brokerError(errorCode, { topic, partition, detail: answer.errorMessage })
  switch (action) {
    case 'ack':
      return { kind: 'acked', baseOffset: -1n, appendTimeMs: -1n }
    case 'retry':
      return retryOrFail(row, errorCode, cause, certain, rules)
    case 'resequence':
      return { kind: action, cause, certain: true, ...whatItKnows(answer) }
    case 'split':
      return { kind: 'remake', cause, certain: true, how: 'split' }
    case 'uncompress':
      return { kind: 'remake', cause, certain: true, how: 'uncompressed' }
    case 'fenced':
    case 'ousted':
      return { kind: 'fenced', cause, certain: true, ends: action === 'ousted' }
    case 'topic denied':
      return { kind: 'failed', cause, certain, blame: [], scope: 'topic' }
    case 'identity denied':
      return { kind: 'failed', cause, certain, blame: [], scope: 'identity' }
    case 'fail':
      return { kind: 'failed', cause, certain, blame: blameOf(answer), scope: 'batch' }
  }
}

function whatItKnows({ errorCode, logStartOffset }: Answer): Pick<Refusal, 'forgotten' | 'logStartOffset'> {
  return { forgotten: errorCode === errorCodes.UNKNOWN_PRODUCER_ID, logStartOffset: logStartOffset ?? -1n }
}

function isCertain(evidence: Evidence, baseOffset: bigint, rules: VerdictRules): boolean {
  if (evidence !== 'N*') return evidence === 'N'
  // Story: under acks ALL a leader appends, waits for its followers, loses leadership, and answers 6 for records that the
  // next leader keeps. Such an answer carries the real offset; a refusal before the append carries -1.
  if (rules.acks !== ProduceAcks.ALL) return true
  return rules.trustBaseOffset && baseOffset < 0n
}

function plainAction(row: Row, errorCode: number, certain: boolean, rules: VerdictRules): Action {
  const action = row.plain ?? row.action
  if (action !== 'retry' || certain) return action
  return (rules.retryUncertain ?? isRetriedByDefault(errorCode, rules.acks)) ? 'retry' : 'fail'
}

/** Each retry of what a leader has appended already would append one copy more. */
function isRetriedByDefault(errorCode: number, acks: ProduceAcks): boolean {
  if (errorCode === errorCodes.KAFKA_STORAGE_ERROR) return false
  return !(errorCode === errorCodes.NOT_ENOUGH_REPLICAS_AFTER_APPEND && acks === ProduceAcks.ALL)
}

function retryOrFail(row: Row, code: number, cause: KafkaError, certain: boolean, rules: VerdictRules): Verdict {
  const isStale = brokerErrorInfo(code).refresh
  if (isStale && !rules.repeatOnStaleMetadata) return { kind: 'failed', cause, certain, blame: [], scope: 'batch' }
  const { cap = Infinity, refresh = isStale, renegotiate = false } = row
  return { kind: 'retry', cause, refresh, certain, cap, renegotiate }
}

function blameOf(answer: Answer): RecordBlame[] {
  return answer.recordErrors.map(error => ({ index: error.batchIndex, message: error.batchIndexErrorMessage }))
}

/** The batch no longer is what its checksum was made of: not even the broker's refusal is about our records. */
export function judgeDamage(cause: KafkaError): Verdict {
  return { kind: 'failed', cause, certain: true, blame: [], scope: 'batch' }
}

/** What a request that never got an answer means for its batches. */
export function judgeLostRequest(cause: KafkaError, rules: VerdictRules): Verdict {
  const isUnspoken = cause.code === 'KAFKA_UNSUPPORTED_VERSION'
  const certain = !wasHandedOver(cause)
  if (!certain && rules.mode === 'plain' && rules.retryUncertain === false)
    return { kind: 'failed', cause, certain, blame: [], scope: 'batch' }
  const cap = isUnspoken ? 1 : Infinity
  return { kind: 'retry', cause, refresh: true, certain, cap, renegotiate: isUnspoken }
}

/** Whether any byte of the request may have reached the broker. */
function wasHandedOver(cause: KafkaError): boolean {
  switch (cause.code) {
    case 'KAFKA_CONNECTION':
      return isKafkaError(cause, 'KAFKA_CONNECTION') && cause.handedOver
    case 'KAFKA_AUTHENTICATION':
    case 'KAFKA_UNSUPPORTED_VERSION':
    case 'KAFKA_CLOSED':
      return false
    default:
      return true
  }
}
