// What a transport is: the way of bytes to a broker and back.
import type { Callback } from './callback.ts'

export interface StreamEvents {
  onOpen(): void
  /** The chunk may be reused by the transport as soon as the call returns: copy what must be kept. */
  onData(chunk: Uint8Array): void
  /** There is room again after a `write` that said false; perhaps before that `write` returns. */
  onDrain(): void
  /**
   * Exactly once, last. By then the stream refers to none of the segments it was given.
   *
   * @param cause what `destroy` was given, or why the stream broke; null, never undefined, when either side closed in good order
   */
  onClose(cause: Error | null): void
}

export interface ByteStream {
  /**
   * Takes the segments of one or more frames, in order; it need not copy them. False: wait for `onDrain`. `onFlushed`, once,
   * when nothing refers to them any more, perhaps before this returns: they are written over from then on. On a stream that
   * closes first it is never called, `onClose` says it for all.
   */
  write(segments: readonly Uint8Array[], onFlushed: () => void): boolean
  /**
   * Idempotent. Unread bytes and those that are not flushed are discarded, and `onClose` follows, exactly once.
   *
   * @param cause without one, flushed bytes still go out, as acks 0 needs it; with one, the peer forgets what it has not read
   */
  destroy(cause?: Error): void
  /** Optional: while an open stream is referenced, it keeps the process alive. Streams start referenced. */
  ref?(): void
  unref?(): void
}

export interface BrokerAddress {
  readonly host: string
  readonly port: number
  /** The address to connect to, when `host` was resolved already. */
  readonly ip?: string | undefined
  /** Absent for a bootstrap address. */
  readonly nodeId?: number | undefined
}

export interface Transport {
  /** Never calls an event before it has returned. */
  connect(address: BrokerAddress, events: StreamEvents): ByteStream
  /** All addresses of a name; asked again after the list is used up. A KafkaError is told as it is; any other means: unresolvable. */
  resolve?(host: string, callback: Callback<readonly string[]>): void
}
