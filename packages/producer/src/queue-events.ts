// What can happen to a partition's queue, what it answers, and by which rules: data.
import type { KafkaError, RecordOutcome } from '@sluice/core'
import type { QueuedBatch, QueueState, Remake } from './queue-state.ts'
import type { RecordBlame, Verdict } from './verdict.ts'

export interface QueueRules {
  /** How long after the end of a connection a broker may still execute what it read from it. */
  readonly quarantineMs: number
  readonly dataLossPolicy: 'continue' | 'fail'
  readonly topicRecreatedPolicy: 'continue' | 'fail'
  /** Offsets in answers are where the records are. */
  readonly trustBaseOffset: boolean
  /** Attempts after the first; Infinity for no limit. */
  readonly retries: number
}

export type QueueEvent<Batch> =
  | {
      readonly type: 'answered'
      readonly batch: Batch
      readonly verdict: Verdict
      readonly nowMs: number
      readonly delayMs: number
    }
  | { readonly type: 'clock'; readonly nowMs: number }
  /** Made anew in another form, or smaller by an abort: the others take its place and its sequences. */
  | { readonly type: 'replaced'; readonly batch: Batch; readonly by: readonly Batch[]; readonly nowMs: number }
  /** A batch failed before it left: its codec threw, or all its records were aborted. */
  | { readonly type: 'dropped'; readonly batch: Batch; readonly cause: KafkaError; readonly nowMs: number }
  | { readonly type: 'recreated'; readonly topic: string; readonly nowMs: number }
  | { readonly type: 'reset'; readonly nowMs: number }
  /** Another leader, or the same one anew: the delay was for asking the old one again. */
  | { readonly type: 'led'; readonly nowMs: number }
  /** Nothing that is queued shall be tried any longer. */
  | { readonly type: 'abandoned'; readonly cause: KafkaError; readonly nowMs: number }

export type QueueEffect<Batch> =
  | { readonly type: 'acked'; readonly batch: Batch; readonly baseOffset: bigint; readonly appendTimeMs: bigint }
  | {
      readonly type: 'failed'
      readonly batch: Batch
      readonly cause: KafkaError
      readonly outcome: RecordOutcome
      readonly blame: readonly RecordBlame[]
    }
  /** A batch that was given up has left the queue. */
  | { readonly type: 'forgotten'; readonly batch: Batch }
  /** Its records are to go out in another form: `replaced` follows. */
  | { readonly type: 'remake'; readonly batch: Batch; readonly how: Remake; readonly cause: KafkaError }
  | {
      readonly type: 'retrying'
      readonly batch: Batch
      readonly cause: KafkaError
      readonly refresh: boolean
      readonly delayMs: number
    }
  | { readonly type: 'identity-wanted'; readonly newerThan: number; readonly cause: KafkaError | null }
  | {
      readonly type: 'data-lost'
      readonly batch: Batch
      readonly cause: KafkaError
      /** Of the last acknowledged record; -1 if it is not known. */
      readonly ackedOffset: bigint
      readonly logStartOffset: bigint
      readonly continued: boolean
    }

/** One event on its way through the queue: what is known, by which rules, and what comes of it. */
export interface Step<Batch extends QueuedBatch> {
  readonly state: QueueState<Batch>
  readonly rules: QueueRules
  readonly nowMs: number
  effects: QueueEffect<Batch>[]
}
