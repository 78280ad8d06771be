// The producer in numbers.
import type { ProducerParts } from './compose.ts'

export interface ProducerStats {
  /** Records accepted and not settled, those that wait for metadata or memory included. */
  readonly queuedRecords: number
  /** Batch memory in use, bytes. */
  readonly queuedBytes: number
  /** Batches in flight. */
  readonly inFlight: number
  /** Records that were acknowledged; with `acks` NO_RESPONSE, handed to a connection. */
  readonly delivered: number
  /** Records that failed and are not in the log, aborted ones included; not those of calls that were refused as a whole. */
  readonly failed: number
  /** Records that failed and may be in the log. */
  readonly unknown: number
  /** Batches that were sent again. */
  readonly retries: number
  /** Produce requests. */
  readonly requests: number
  /** Milliseconds of silence that brokers asked for. */
  readonly throttledMs: number
}

export function producerStats(parts: ProducerParts): ProducerStats {
  const { admission, accumulator, budget, counters } = parts
  let queuedRecords = admission.waiting
  let inFlight = 0
  for (const { state } of accumulator.active()) {
    inFlight += state.inFlight
    for (const batch of state.batches) if (!batch.done) queuedRecords += batch.recordCount
  }
  const { delivered, failed, unknown, retries, requests, throttledMs } = counters
  return {
    queuedRecords,
    queuedBytes: budget.usedBytes,
    inFlight,
    delivered,
    failed,
    unknown,
    retries,
    requests,
    throttledMs
  }
}
