// What travels: a batch as it left, and what comes back of it.
import type { QueuedBatch } from '../../src/queue-state.ts'
import type { Entry, Replica } from './replica.ts'

/** A connection that keeps a request waiting so long ends; and so long a broker may take for what it has half read. */
export const requestTimeoutMs = 1_000

export interface WorldBatch extends QueuedBatch {
  readonly id: number
  readonly records: readonly number[]
  /** The broker refuses its records for good. */
  readonly isInvalid: boolean
  readonly isTooLarge: boolean
}

/** The batch's own sequence and identity may be others by the time that the broker reads it. */
export interface Request extends Omit<Entry, 'offset'> {
  readonly batch: WorldBatch
  readonly sentAtMs: number
  /** Of the topic that the queue knew of. */
  readonly generation: number
}

export interface Response {
  readonly request: Request
  readonly code: number
  /** -1 where the broker does not say. */
  readonly offset: number
  readonly logStartOffset: number
}

/** Written, and waiting for followers. */
export interface Appended {
  readonly request: Request
  readonly offset: number
  /** Of the log that followers must have. */
  readonly length: number
  readonly generation: number
  readonly sinceMs: number
}

export interface Connection {
  readonly route: number
  readonly broker: Replica
  /** On their way to the broker, in order. */
  readonly requests: Request[]
  readonly unanswered: Request[]
  /** On their way back. */
  readonly responses: Response[]
  waiting: Appended | null
}
