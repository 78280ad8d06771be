// What has been handed to the stream, and what provably has not.
import type { ByteStream } from '@sluice/core'
import type { Frame } from '@sluice/protocol'
import type { Exchange } from './exchange.ts'

// Up to so many bytes are cheaper to copy into one buffer than to write piece by piece.
const copiedBytes = 16_384
// So much may wait here before the queue says that it is full; what waits here can still be told not to have been sent.
const waitingLimit = 65_536

/** Frames wait here from the moment they are encoded until the stream takes them, and posted requests until it lets go of them. */
export class WriteQueue {
  readonly #stream: ByteStream
  readonly #onHandedOver: (exchange: Exchange, frame: Frame) => void
  readonly #onFlushed: () => void
  #waiting: Exchange[] = []
  #waitingBytes = 0
  #unflushed: Exchange[][] = []
  #full = false
  #held = false
  #closed = false

  /** @param onFlushed the stream let go of something */
  constructor(stream: ByteStream, onHandedOver: (exchange: Exchange, frame: Frame) => void, onFlushed: () => void) {
    this.#stream = stream
    this.#onHandedOver = onHandedOver
    this.#onFlushed = onFlushed
  }

  /** Room for more. */
  get accepting(): boolean {
    return !this.#full && !this.#held && !this.#closed && this.#waitingBytes < waitingLimit
  }

  /** When the oldest posted request has waited too long for the stream to let go of it; no answer would tell. */
  get dueMs(): number {
    for (const [posted] of this.#unflushed) if (posted !== undefined) return posted.writtenAtMs + 2 * posted.timeoutMs
    return Infinity
  }

  /** Nothing waits here, and the stream refers to nothing. */
  get empty(): boolean {
    return this.#waiting.length === 0 && this.#unflushed.length === 0
  }

  get waiting(): number {
    return this.#waiting.length
  }

  add(exchange: Exchange, frame: Frame): void {
    exchange.frame = frame
    this.#waiting.push(exchange)
    this.#waitingBytes += frame.bytes
  }

  /** Held: nothing is handed over, whatever the stream says. */
  hold(held: boolean): void {
    this.#held = held
  }

  drained(): void {
    this.#full = false
  }

  /** Hands over as much as the stream takes. Returns the posted requests among it, whose bytes are on their way. */
  flush(): readonly Exchange[] {
    if (this.#waiting.length === 0) return none
    const posted: Exchange[] = []
    let at = 0
    while (at < this.#waiting.length && !this.#full && !this.#held && !this.#closed) at = this.#writeFrom(at, posted)
    this.#waiting = at === this.#waiting.length ? [] : this.#waiting.slice(at)
    return posted
  }

  /** The stream has closed: it refers to nothing any more. Returns what was never handed over. */
  close(): readonly Exchange[] {
    this.#closed = true
    const unflushed = this.#unflushed
    this.#unflushed = []
    for (const group of unflushed) for (const exchange of group) exchange.release()
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  /** One write: as many small frames as fit, or one large one. Returns the place of the next. */
  #writeFrom(start: number, posted: Exchange[]): number {
    let end = start
    let bytes = 0
    do bytes += this.#waiting[end++]!.frame!.bytes
    while (end < this.#waiting.length && bytes + this.#waiting[end]!.frame!.bytes <= copiedBytes)
    const released: Exchange[] = []
    const segments = this.#segments(start, end, bytes)
    for (let at = start; at < end; at++) this.#handOver(this.#waiting[at]!, posted, released)
    this.#waitingBytes -= bytes
    this.#unflushed.push(released)
    const accepted = this.#stream.write(segments, () => this.#flushed(released))
    if (!accepted) this.#full = true
    return end
  }

  #segments(start: number, end: number, bytes: number): readonly Uint8Array[] {
    const first = this.#waiting[start]!.frame!.segments
    if (bytes > copiedBytes || (end === start + 1 && first.length === 1)) return first
    const copy = Buffer.allocUnsafe(bytes)
    let filled = 0
    for (let at = start; at < end; at++) {
      for (const segment of this.#waiting[at]!.frame!.segments) {
        copy.set(segment, filled)
        filled += segment.length
      }
    }
    return [copy]
  }

  #handOver(exchange: Exchange, posted: Exchange[], released: Exchange[]): void {
    exchange.handedOver = true
    this.#onHandedOver(exchange, exchange.frame!)
    exchange.frame = null
    if (!exchange.unanswered) return
    posted.push(exchange)
    released.push(exchange)
  }

  #flushed(group: Exchange[]): void {
    // Streams flush in the order of writing, but a foreign one need not.
    const at = this.#unflushed.indexOf(group)
    if (at < 0) return
    this.#unflushed.splice(at, 1)
    for (const exchange of group) exchange.release()
    this.#onFlushed()
  }
}

const none: readonly Exchange[] = []
