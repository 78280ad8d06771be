// What happened so far, in numbers.

export class ProducerCounters {
  /** Records that were acknowledged; without acknowledgement, handed to a connection. */
  delivered = 0
  /** Records of calls that were accepted, which failed or were taken back and are not in the log. */
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
