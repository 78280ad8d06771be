// What a transport is: the way of bytes to a broker and back.
import type { Callback } from './callback.ts'

export interface StreamEvents {
  onOpen(): void
  /** The chunk may be reused by the transport as soon as the call returns: copy what must be kept. */
  onData(chunk: Uint8Array): void
  /** There is room again after a `write` that said false; perhaps before that `write` returns. */
  onDrain(): void
  /** Exactly once, last. By then the stream refers to none of the segments it was given. */
  onClose(cause: Error | null): void
}

export interface ByteStream {
  /**
   * Takes the segments of one or more frames, in order; it need not copy them. False: wait for `onDrain`. `onFlushed`, once,
   * when nothing refers to them any more, perhaps before this returns: they are written over from then on. On a stream that
   * closes first it is never called, `onClose` says it for all.
   */
  write(segments: readonly Uint8Array[], onFlushed: () => void): boolean
  /** Idempotent; unread and unsent bytes are discarded. `onClose` follows, exactly once. */
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
  /** All addresses of a name; asked again after the list is used up. An error that is no KafkaError means: unresolvable. */
  resolve?(host: string, callback: Callback<readonly string[]>): void
}
