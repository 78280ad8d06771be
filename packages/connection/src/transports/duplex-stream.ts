// A Node stream as a ByteStream: gathered writes, one cause of closing, a reset where there is something to discard.
import type { Duplex } from 'node:stream'
import type { ByteStream, StreamEvents } from '@sluice/core'
import { asError } from '../as-error.ts'

/** What a socket can do besides what every stream can. */
interface SocketExtras {
  readonly connecting?: boolean
  readonly secureConnecting?: boolean
  ref?(): unknown
  unref?(): unknown
}
export type NodeStream = Duplex & SocketExtras

export interface OpenStream {
  readonly stream: NodeStream
  /** Closes at once and makes the other side forget what it has not read. */
  readonly reset?: (() => void) | undefined
  /** The event that says it is open, where it is not open yet. */
  readonly openEvent?: 'connect' | 'secureConnect' | undefined
  /** It may call back before it has let go of what it was given: it is given copies. */
  readonly keepsChunks?: boolean | undefined
  /** What `write` leaves no part of waiting, the system has by then: nothing refers to it. */
  readonly writesAtOnce?: boolean | undefined
  /** The stream hands its data to `onData` by itself. */
  readonly readsItself?: boolean | undefined
}

const nothing = Buffer.alloc(0)
// Bytes that may wait in the stream before `write` says false. What waits there cannot be taken back.
const waitingLimit = 65_536

export class DuplexStream implements ByteStream {
  readonly #events: StreamEvents
  #open: OpenStream | null = null
  #cause: Error | null = null
  #destroyed = false
  #opened = false
  #closed = false
  #full = false
  #referenced = true

  constructor(events: StreamEvents) {
    this.#events = events
  }

  get destroyed(): boolean {
    return this.#destroyed
  }

  /** Takes over a stream. Not called after `destroy`. */
  attach(open: OpenStream): void {
    const { stream, openEvent } = open
    this.#open = open
    if (!this.#referenced) stream.unref?.()
    if (open.readsItself !== true) stream.on('data', this.onData)
    stream.on('drain', () => this.#drained())
    // What others emit need not be an error.
    stream.on('error', (error: unknown) => {
      this.#cause ??= asError(error)
    })
    stream.on('end', () => stream.destroy())
    stream.on('close', () => this.#close())
    if (openEvent === undefined) process.nextTick(() => this.#start())
    else stream.on(openEvent, () => this.#start())
  }

  /** The stream could not be had at all. */
  fail(cause: Error): void {
    this.#cause ??= cause
    this.#destroyed = true
    process.nextTick(() => this.#close())
  }

  readonly onData = (chunk: Uint8Array): void => {
    if (!this.#destroyed) this.#events.onData(chunk)
  }

  // hot
  write(segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    const { stream, keepsChunks, writesAtOnce } = this.#open!
    if (writesAtOnce === true) this.#writeAtOnce(stream, segments, onFlushed)
    else
      this.#writeAll(stream, keepsChunks === true ? [Buffer.concat(segments)] : segments, this.#whenFlushed(onFlushed))
    // Not what `write` says: that counts bytes which the socket has taken already in the same call.
    this.#full = stream.writableLength >= Math.max(waitingLimit, stream.writableHighWaterMark)
    return !this.#full
  }

  /** A callback of Node's would come a tick later, and a tick has its price. */
  #writeAtOnce(stream: NodeStream, segments: readonly Uint8Array[], onFlushed: () => void): void {
    this.#writeAll(stream, segments)
    if (stream.writableLength > 0) stream.write(nothing, this.#whenFlushed(onFlushed))
    else if (stream.errored === null && !stream.destroyed && !this.#destroyed) onFlushed()
  }

  #writeAll(stream: NodeStream, segments: readonly Uint8Array[], flushed?: (error?: Error | null) => void): void {
    const last = segments.length - 1
    if (last > 0) stream.cork()
    for (let at = 0; at < last; at++) stream.write(segments[at])
    if (flushed === undefined) stream.write(segments[last])
    else stream.write(segments[last], flushed)
    if (last > 0) stream.uncork()
  }

  #whenFlushed(onFlushed: () => void): (error?: Error | null) => void {
    return error => {
      // A TLS socket that is destroyed calls back as if all had gone well; `onClose` speaks for these.
      if ((error === undefined || error === null) && !this.#destroyed && !this.#open!.stream.destroyed) onFlushed()
    }
  }

  destroy(cause?: Error): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#cause ??= cause ?? null
    if (this.#open === null) return process.nextTick(() => this.#close())
    // Without a cause nothing is wrong: what the socket has taken still goes out (acks 0 has only that).
    if (cause !== undefined && this.#opened) this.#reset(this.#open)
    this.#open.stream.destroy()
  }

  /** Story: a tunnel is TLS itself, or a pipe. It has the method, which throws; the stream was never closed, nor its pool. */
  #reset({ reset }: OpenStream): void {
    try {
      reset?.()
    } catch {
      // Only the system's TCP can be reset. Any other is closed, and no more.
    }
  }

  ref(): void {
    this.#referenced = true
    this.#open?.stream.ref?.()
  }

  unref(): void {
    this.#referenced = false
    this.#open?.stream.unref?.()
  }

  #start(): void {
    if (this.#destroyed || this.#closed) return
    this.#opened = true
    this.#events.onOpen()
  }

  #drained(): void {
    if (!this.#full || this.#destroyed) return
    this.#full = false
    this.#events.onDrain()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#destroyed = true
    this.#events.onClose(this.#cause)
  }
}
