// A message as the user gives it.

/**
 * A `Map`, a plain object (names are strings, written as UTF-8), or pairs (order and repeated names are kept).
 * `null` as a value is null on the wire.
 */
export type MessageHeaders<HeaderKey, HeaderValue> =
  | ReadonlyMap<HeaderKey, HeaderValue | null>
  | readonly (readonly [HeaderKey, HeaderValue | null])[]
  | Readonly<Record<string, HeaderValue | null>>

export interface MessageToProduce<Key = unknown, Value = unknown, HeaderKey = unknown, HeaderValue = unknown> {
  readonly topic: string
  /** `null` is a tombstone. A message without a value fails: a forgotten field must not delete a key. */
  readonly value: Value | null
  /** `null` or absent: no key. */
  readonly key?: Key | null | undefined
  readonly headers?: MessageHeaders<HeaderKey, HeaderValue> | undefined
  /** Must exist in the topic; never wrapped. Absent: the partitioner chooses. */
  readonly partition?: number | undefined
  /** Milliseconds since 1970-01-01 UTC. Absent: now. */
  readonly timestamp?: bigint | number | undefined
}
