// What a serializer is: the way of a user's value into bytes.

/** The key is serialized before a partition is chosen, value and headers after. */
export interface SerializeContext {
  readonly topic: string
  readonly part: 'key' | 'value' | 'headerKey' | 'headerValue'
}

/** A batch's own memory. Call `ensure` first, then read `buffer` again: it may have been replaced. */
export interface Sink {
  readonly buffer: Buffer
  /** Where the next byte goes. */
  position: number
  /** Makes room for so many bytes from `position`. */
  ensure(bytes: number): void
}

/** A string is written as UTF-8 straight into the batch. Never sees null: null is null on the wire. */
export interface Serializer<T> {
  (value: T, context: SerializeContext): Uint8Array | string
  /**
   * Optional, not used for keys: writes into the batch's memory instead. False means null, which the name of a header must not
   * be, and then nothing may have been written. Must not call `send`.
   */
  readonly into?: ((value: T, context: SerializeContext, out: Sink) => boolean) | undefined
  /**
   * Optional: awaited once per topic and field before the first message, for example to fetch a schema. Until it settles
   * the topic's messages wait, in order.
   */
  readonly prepare?: ((context: SerializeContext) => Promise<void> | void) | undefined
}

/** Any subset; a slot without a serializer takes `Uint8Array` or `string` and passes it through. */
export interface Serializers<Key, Value, HeaderKey, HeaderValue> {
  readonly key?: Serializer<Key> | undefined
  readonly value?: Serializer<Value> | undefined
  readonly headerKey?: Serializer<HeaderKey> | undefined
  readonly headerValue?: Serializer<HeaderValue> | undefined
}
