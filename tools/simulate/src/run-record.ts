// What is known of a run when it is over: for the oracle, and for what a scenario claims besides.
import type { DataLoss, KafkaError, RecordOutcome } from '@sluice/producer'
import type { Plan } from './story.ts'
import type { DecodedRecord } from './wire/record-batch.ts'
import type { Ledger } from './wire/ledger.ts'

export type RecordFate = 'acked' | RecordOutcome

/** One message, from `send` to its outcome. */
export interface SentRecord {
  readonly number: number
  readonly call: CallRecord
  readonly topic: string
  /** As the caller wanted it; -1: the partitioner chose. */
  readonly wanted: number
  readonly key: string | null
  readonly bytes: number
  /** As the story had it. */
  readonly wantedBytes: number
  readonly odd: 'null' | 'empty' | null
  readonly headers: number
  /** As given, milliseconds since 1970; null: none was. */
  readonly timestamp: number | null
  /** It cannot be sent. */
  readonly isFlawed: boolean
  /** Null while nothing is known. */
  fate: RecordFate | null
  /** Where the client says it is; -1: nowhere, or not told. */
  partition: number
  offset: number
  /** What the client says that the log has. */
  toldTimestamp: number
  error: KafkaError | null
}

export interface CallRecord {
  readonly call: number
  readonly acks: number
  readonly idempotent: boolean
  readonly startedMs: number
  /** By the wall clock of the client. */
  readonly startedEpochMs: number
  settledEpochMs: number
  /** Blocked time of the event loop at the start, and at the end. */
  readonly blockedAtStartMs: number
  readonly deliveryTimeoutMs: number
  readonly records: SentRecord[]
  readonly returned: boolean
  aborted: boolean
  settledMs: number
  blockedMs: number
  /** Which one to settle it was, counted from 0; -1: not settled. */
  settleOrder: number
  settlements: number
  error: KafkaError | null
  /** The call had not returned when it settled. */
  early: boolean
}

/** flush, close and their like. */
export interface OtherCall {
  readonly kind: 'flush' | 'close' | 'reset' | 'init' | 'drained' | 'partitions-for'
  readonly startedMs: number
  readonly limitMs: number
  /** Calls that were not settled when it began. */
  readonly pending: readonly CallRecord[]
  settledMs: number
  blockedMs: number
  readonly blockedAtStartMs: number
  error: KafkaError | null
  /** Of `pending`, those not settled when it was. */
  left: number
}

/** A batch as it stands in a log. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly producerId: number
  readonly epoch: number
  readonly sequence: number
  readonly count: number
  readonly intact: boolean
  readonly appendTimeMs: number | null
  readonly records: readonly DecodedRecord[]
}

export interface FinalLog {
  readonly topic: string
  readonly partition: number
  /** The topic was deleted before the end. */
  readonly deleted: boolean
  readonly startOffset: number
  readonly batches: readonly StoredBatch[]
}

/** Records that the cluster lost because the story says so: numbers, by reason. */
export interface Losses {
  readonly records: Set<number>
  /** Records without an outcome when their broker forgot the producer: nobody can tell a second copy then. */
  readonly undecided: Set<number>
  /** Logs whose memory of producers was lost, wholly or in part. */
  readonly forgetful: Set<string>
}

export interface RunRecord {
  readonly plan: Plan
  readonly calls: readonly CallRecord[]
  readonly others: readonly OtherCall[]
  readonly records: readonly SentRecord[]
  readonly logs: readonly FinalLog[]
  readonly losses: Losses
  readonly ledger: Ledger
  readonly dataLosses: readonly (DataLoss & { readonly atMs: number })[]
  readonly connectionErrors: readonly ConnectionEnd[]
  /** How often the producer said so. */
  readonly events: ReadonlyMap<string, number>
  /** How often each event of the story, by its place, took effect. */
  readonly effects: readonly number[]
  readonly healedMs: number
  /** Timers of the client until then. */
  readonly timersFired: number
  readonly endedMs: number
  readonly mostQueuedBytes: number
  readonly mostTimersPending: number
  readonly leftover: Leftover
  /** Thrown out of the client or the cluster. */
  readonly thrown: readonly unknown[]
  /** What its own code threw on purpose, and how much of that came out as uncaught. */
  readonly application: { readonly thrown: number; readonly surfaced: number; readonly failedCompressions: number }
  /** Acks of a probe that each partition had to take at the end; null where it was not tried. */
  readonly probes: readonly CallRecord[]
}

/** A connection that could not be made, or was lost. */
export interface ConnectionEnd {
  readonly atMs: number
  readonly host: string
  readonly name: string
  readonly error: KafkaError | null
}

/** What is still there after close. */
export interface Leftover {
  readonly queuedBytes: number
  readonly queuedRecords: number
  readonly timers: number
  readonly links: number
  readonly closed: boolean
  /** How long nothing was asked of the client before the close, and its timers that fired then. */
  readonly quietMs: number
  readonly quietTimers: number
}
