// What to do about a broker's answer to one batch: a pure table (semantics 2.1).
import { isKafkaError, ProduceAcks, type KafkaError } from '@sluice/core'
import { brokerError, brokerErrorInfo } from '@sluice/protocol'
import type { DeliveryMode } from './queue-state.ts'

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
      /** Attempts after which it is a failure; 0 for no limit but the deadline. */
      readonly limit: number
    }
  | { readonly kind: 'split' | 'fenced'; readonly cause: KafkaError; readonly certain: true }
  | {
      readonly kind: 'resequence'
      readonly cause: KafkaError
      readonly certain: true
      /** Where the log begins, if the broker says that it does not know us and where. */
      readonly logStartOffset?: bigint | undefined
    }
  | {
      readonly kind: 'failed'
      readonly cause: KafkaError
      readonly certain: boolean
      readonly blame: readonly RecordBlame[]
    }

export interface Answer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: bigint
  readonly logAppendTimeMs: bigint
  readonly logStartOffset?: bigint | undefined
  readonly recordErrors: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string | null }[]
  readonly errorMessage: string | null
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
type Action = 'retry' | 'fail' | 'split' | 'ack' | 'resequence' | 'fenced'

interface Row {
  readonly evidence: Evidence
  readonly action: Action
  /** Where plain batches differ. */
  readonly plain?: Action
  readonly limit?: number
}

const rows: ReadonlyMap<number, Row> = new Map<number, Row>([
  [-1, { evidence: 'U', action: 'retry', plain: 'fail' }],
  [2, { evidence: 'N', action: 'retry', limit: 3 }],
  [3, { evidence: 'N*', action: 'retry' }],
  [5, { evidence: 'N', action: 'retry' }],
  [6, { evidence: 'N*', action: 'retry' }],
  [7, { evidence: 'U', action: 'retry' }],
  [8, { evidence: 'N', action: 'retry' }],
  [9, { evidence: 'N', action: 'retry' }],
  [10, { evidence: 'N', action: 'split' }],
  [13, { evidence: 'N', action: 'retry' }],
  [14, { evidence: 'N', action: 'retry' }],
  [15, { evidence: 'N', action: 'retry' }],
  [16, { evidence: 'N', action: 'retry' }],
  [17, { evidence: 'N', action: 'fail' }],
  [18, { evidence: 'N', action: 'split' }],
  [19, { evidence: 'N', action: 'retry' }],
  [20, { evidence: 'U', action: 'retry' }],
  [21, { evidence: 'N', action: 'fail' }],
  [29, { evidence: 'N', action: 'fail' }],
  [31, { evidence: 'N', action: 'fail' }],
  [32, { evidence: 'N', action: 'fail' }],
  [35, { evidence: 'N', action: 'retry', limit: 1 }],
  [42, { evidence: 'N', action: 'fail' }],
  [43, { evidence: 'N', action: 'fail' }],
  [44, { evidence: 'N', action: 'fail' }],
  [45, { evidence: 'N', action: 'resequence', plain: 'fail' }],
  [46, { evidence: 'N', action: 'ack', plain: 'fail' }],
  [47, { evidence: 'N', action: 'fenced', plain: 'fail' }],
  [48, { evidence: 'N', action: 'fail' }],
  [49, { evidence: 'N', action: 'fenced', plain: 'fail' }],
  [51, { evidence: 'N', action: 'retry' }],
  [53, { evidence: 'N', action: 'fail' }],
  [56, { evidence: 'U', action: 'retry' }],
  [59, { evidence: 'N', action: 'resequence', plain: 'fail' }],
  [74, { evidence: 'N', action: 'retry' }],
  [75, { evidence: 'N', action: 'retry' }],
  [76, { evidence: 'N', action: 'fail' }],
  [87, { evidence: 'N', action: 'fail' }],
  [89, { evidence: 'N', action: 'retry' }],
  [90, { evidence: 'N', action: 'fenced', plain: 'fail' }],
  [100, { evidence: 'N', action: 'retry' }],
  [103, { evidence: 'N', action: 'retry' }]
])

// A code that the table does not know may mean anything: keep the identity, or say that we do not know.
const unknownRow: Row = { evidence: 'U', action: 'retry', plain: 'fail' }

/** The codes that have a row of their own. */
export function judgedCodes(): number[] {
  return [...rows.keys()]
}

const unknownProducerId = 59
const neverRetriedPlainUnderAll: ReadonlySet<number> = new Set([20, 56])

export function judge(answer: Answer, rules: VerdictRules): Verdict {
  const { errorCode } = answer
  if (errorCode === 0) return { kind: 'acked', baseOffset: answer.baseOffset, appendTimeMs: answer.logAppendTimeMs }
  const row = rows.get(errorCode) ?? unknownRow
  const certain = isCertain(row.evidence, answer.baseOffset, rules)
  const action = rules.mode === 'plain' ? plainAction(row, errorCode, certain, rules) : row.action
  const cause = brokerError(errorCode, {
    topic: answer.topic,
    partition: answer.partition,
    detail: answer.errorMessage
  })
  switch (action) {
    case 'ack':
      return { kind: 'acked', baseOffset: -1n, appendTimeMs: -1n }
    case 'retry':
      return retryOrFail(answer, row, cause, certain, rules)
    case 'resequence':
      return { kind: action, cause, certain: true, logStartOffset: forgottenFrom(answer) }
    case 'split':
    case 'fenced':
      return { kind: action, cause, certain: true }
    case 'fail':
      return { kind: 'failed', cause, certain, blame: blameOf(answer) }
  }
}

/** A broker that does not know us says where its log begins: it may have forgotten us with the last record that we wrote. */
function forgottenFrom({ errorCode, logStartOffset }: Answer): bigint | undefined {
  return errorCode === unknownProducerId ? logStartOffset : undefined
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
  const byDefault = !(rules.acks === ProduceAcks.ALL && neverRetriedPlainUnderAll.has(errorCode))
  return (rules.retryUncertain ?? byDefault) ? 'retry' : 'fail'
}

function retryOrFail(answer: Answer, row: Row, cause: KafkaError, certain: boolean, rules: VerdictRules): Verdict {
  const { refresh } = brokerErrorInfo(answer.errorCode)
  if (refresh && !rules.repeatOnStaleMetadata) return { kind: 'failed', cause, certain, blame: [] }
  return { kind: 'retry', cause, refresh: refresh || answer.errorCode === 8, certain, limit: row.limit ?? 0 }
}

function blameOf(answer: Answer): RecordBlame[] {
  return answer.recordErrors.map(error => ({ index: error.batchIndex, message: error.batchIndexErrorMessage }))
}

/** What a request that never got an answer means for its batches. */
export function judgeLostRequest(cause: KafkaError, rules: VerdictRules): Verdict {
  if (!wasHandedOver(cause)) return { kind: 'retry', cause, refresh: true, certain: true, limit: 0 }
  if (rules.mode === 'plain' && rules.retryUncertain === false)
    return { kind: 'failed', cause, certain: false, blame: [] }
  return { kind: 'retry', cause, refresh: true, certain: false, limit: 0 }
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
