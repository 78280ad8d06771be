// The server's end of a stream, and how a broker listens: the same over TCP and in memory.
import type { ByteStream, Callback, StreamEvents } from '@sluice/core'

export interface ServerStream extends ByteStream {
  /** No `onData` until `resume`. The peer's bytes pile up in its own buffers, as behind a busy broker. */
  pause(): void
  resume(): void
  /** Sends what was written, then closes in good order. */
  end(): void
  /** Closes so that the peer sees a reset. */
  reset(): void
}

/** Returns the events of the stream; `onOpen` is not called, the stream is open. */
export type AcceptStream = (stream: ServerStream) => StreamEvents

export interface Listener {
  readonly port: number
  /** Takes no more streams. Open ones are not touched. */
  close(callback: () => void): void
}

export interface Listening {
  /** Port 0 means any free one. */
  listen(host: string, port: number, accept: AcceptStream, callback: Callback<Listener>): void
  /** The same at once, where it can be done. @throws ConnectionError */
  listenNow?(host: string, port: number, accept: AcceptStream): Listener
}
