// Counts what became of the lines of one run.
import type { RecordOutcome } from '@sluice/core'

export class Tally {
  /** Lines read, blank ones included. */
  lines = 0
  /** Lines that hold no message. */
  blank = 0
  /** Messages handed to the producer and not settled yet. */
  inFlight = 0
  acknowledged = 0
  /** Bytes of keys and values of what was acknowledged. */
  bytes = 0
  /** Bytes of record batches before and after compression. */
  batchBytes = 0
  wireBytes = 0
  /** Lines that could not be made into messages. */
  malformed = 0
  /** Messages that were not acknowledged. */
  readonly failed: Record<RecordOutcome, number> = { 'not-persisted': 0, unknown: 0 }

  /** Lines that are not in the log, or perhaps not, and were to be. */
  get failures(): number {
    return this.malformed + this.failed['not-persisted'] + this.failed.unknown
  }
}
