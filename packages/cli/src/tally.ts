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
  /** Lines that could not be made into messages; they count as not persisted, too. */
  malformed = 0
  readonly failed: Record<RecordOutcome, number> = { 'not-persisted': 0, unknown: 0 }

  get failures(): number {
    return this.failed['not-persisted'] + this.failed.unknown
  }
}
