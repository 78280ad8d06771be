// Takes the records of an aborted call back, as far as they have not left.
import { AbortedError, type Clock, type RecordOutcome } from '@sluice/core'
import type { BatchMemory } from '@sluice/protocol'
import type { Accumulator, Partition } from './accumulator.ts'
import type { Admission } from './admission.ts'
import type { Batch } from './batch.ts'
import type { ProducerCounters } from './counters.ts'
import { without } from './rebatch.ts'
import type { SendOperation } from './send-operation.ts'
import type { Sender } from './sender.ts'

export interface RecallParts {
  readonly clock: Clock
  readonly admission: Admission
  readonly accumulator: Accumulator
  readonly sender: Sender
  readonly counters: ProducerCounters
  readonly memory: BatchMemory
}

export class Recall {
  readonly #parts: RecallParts

  constructor(parts: RecallParts) {
    this.#parts = parts
  }

  /**
   * Waiting records, and those in an open batch, leave. A sealed batch goes on, unless it is certainly not written and has no
   * other call's.
   *
   * Story: two calls share a batch, which is acknowledged; the callback of the first aborts the second, which has not been
   * told yet. Its record is in no queue any more, and in the log. So: what is not taken back here may be written.
   *
   * @returns `unknown` if any record of the call is written already, or goes on
   */
  take(operation: SendOperation): RecordOutcome {
    const { admission, accumulator, counters } = this.#parts
    let taken = admission.withdraw(operation)
    counters.failed += taken
    const seen = new Set<Batch>()
    for (const partition of accumulator.active()) {
      // Looked for anew each time: who is told of one that leaves may abort another call, and change those behind it.
      for (
        let batch = next(partition, operation, seen);
        batch !== undefined;
        batch = next(partition, operation, seen)
      ) {
        seen.add(batch)
        const records = countOf(batch, operation)
        if (batch === partition.open) {
          this.#shrink(partition, batch, operation)
          counters.failed += records
        } else if (!this.#drop(partition, batch, operation)) continue
        taken += records
      }
    }
    return taken === operation.unsettled && !operation.mayBeWritten ? 'not-persisted' : 'unknown'
  }

  /** @returns false if the batch goes on with the call's records */
  #drop(partition: Partition, batch: Batch, operation: SendOperation): boolean {
    const isLonely = batch.owners.every(each => each === operation || each.settled)
    if (!isLonely || batch.inFlight || batch.everUncertain) return false
    const nowMs = this.#parts.clock.monotonicMs()
    const cause = new AbortedError('All records of the batch were aborted', { outcome: 'not-persisted' })
    this.#parts.sender.apply(partition, { type: 'dropped', batch, cause, nowMs })
    return true
  }

  #shrink(partition: Partition, batch: Batch, operation: SendOperation): void {
    const rest = without(batch, operation, this.#parts.memory)
    if (rest.recordCount === 0) {
      rest.release()
      this.#parts.accumulator.dropOpen(partition)
      return
    }
    partition.open = rest
    this.#parts.sender.apply(partition, {
      type: 'replaced',
      batch,
      by: [rest],
      nowMs: this.#parts.clock.monotonicMs()
    })
    batch.release()
  }
}

/** A batch with records of the call that has not been looked at. */
function next({ state }: Partition, operation: SendOperation, seen: ReadonlySet<Batch>): Batch | undefined {
  return state.batches.find(batch => !seen.has(batch) && batch.owners.includes(operation))
}

/** How many of the batch's records are the call's. */
function countOf(batch: Batch, operation: SendOperation): number {
  let count = 0
  batch.owners.each(owner => {
    if (owner === operation) count++
  })
  return count
}
