// What happened so far, in numbers.

export class ProducerCounters {
  /** Records with an acknowledgement. */
  delivered = 0
  /** Records that failed and are not in the log. */
  failed = 0
  /** Records that failed and may be in the log. */
  unknown = 0
  /** Batches that were sent again. */
  retries = 0
  /** Produce requests handed to connections. */
  requests = 0
  /** Milliseconds of silence that brokers asked for. */
  throttledMs = 0
}
