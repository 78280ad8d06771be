// What a send gives: where its messages are.

export interface ProducedOffset {
  readonly topic: string
  readonly partition: number
  /** Of the call's first record there; -1n where the write is confirmed but its place is no longer known. */
  readonly offset: bigint
}

export interface ProducedRecord {
  readonly topic: string
  readonly partition: number
  /** -1n where the write is confirmed but its place is no longer known, and with `acks` NO_RESPONSE. */
  readonly offset: bigint
  /** Milliseconds since 1970-01-01 UTC, as in the log. */
  readonly timestamp: bigint
}

export interface ProduceResult {
  /** One per partition that the call wrote to, in order of first appearance. Empty with `acks` NO_RESPONSE. */
  readonly offsets: ProducedOffset[]
  /**
   * With `acks` NO_RESPONSE: the nodes whose connection is busy. Advice: what was accepted is kept. `drained` waits for them;
   * `client:broker:drain` follows for each that does not leave the cluster.
   */
  readonly unwritableNodes?: number[]
  /**
   * With `records: true`: one per message, in the order given. As `produced` of a ProduceError it has no place for the messages
   * that failed: theirs are the indexes in `failures`.
   */
  readonly records?: ProducedRecord[]
}
