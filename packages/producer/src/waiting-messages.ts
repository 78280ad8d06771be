// Messages that are not in a batch yet, of one call: they stand in a line together.
import type { SendOperation } from './send-operation.ts'

export interface WaitingMessages {
  readonly operation: SendOperation
  /** Which of the call's messages; null for all from `at` on. */
  readonly indexes: number[] | null
  at: number
  /** Monotonic: when it joined. */
  readonly sinceMs: number
}

/** Of a call of which messages wait. */
export interface WaitingCall {
  /** So many. */
  left: number
  /** Monotonic: when the last one of them found memory; -Infinity: none has. */
  foundMs: number
}

export function newLine(
  operation: SendOperation,
  indexes: number[] | null,
  at: number,
  sinceMs: number
): WaitingMessages {
  return { operation, indexes, at, sinceMs }
}

/** Which of the call's messages stands at the head of the line. */
export function indexAt({ indexes, at }: WaitingMessages): number {
  return indexes === null ? at : indexes[at]!
}

/** Where the line's messages end. */
export function endOf({ indexes, operation }: WaitingMessages): number {
  return indexes === null ? operation.count : indexes.length
}
