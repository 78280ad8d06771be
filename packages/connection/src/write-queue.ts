// What has been handed to the stream, and what provably has not.
import { Buffer } from 'node:buffer'
import type { ByteStream } from '@sluice/core'
import type { Frame } from '@sluice/protocol'
import { asError } from './as-error.ts'
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
  /** Mostly nothing waits and the stream refers to nothing: then the next frame is encoded in here. */
  #room: Buffer | null = null
  #lent = false
  /** Writes that the stream still refers to, and the posted requests among them, write by write. */
  #unflushed = 0
  #posted: (readonly Exchange[])[] = []
  /** Whether it is inside the stream's `write`, and posted requests that the stream let go of in there. */
  #writing = false
  #letGo: readonly Exchange[] = none
  #full = false
  /** It drained inside of the `write` that is about to say that it is full. */
  #drainedWithin = false
  #held = false
  #closed = false
  #halted = false

  /** @param onFlushed the stream let go of something, some time after `flush` */
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
    const oldest = this.#posted[0]?.[0]
    return oldest === undefined ? Infinity : oldest.writtenAtMs + 2 * oldest.timeoutMs
  }

  /** How long that request has for it. */
  get limitMs(): number {
    return 2 * (this.#posted[0]?.[0]?.timeoutMs ?? Infinity)
  }

  /** Nothing waits here, and the stream refers to nothing. */
  get empty(): boolean {
    return this.#waiting.length === 0 && this.#unflushed === 0
  }

  /** Where the next frame may be encoded; null while something may still be there. Until `takeBack` it is nobody else's. */
  lend(): Buffer | null {
    if (!this.empty || this.#lent) return null
    this.#lent = true
    return (this.#room ??= Buffer.allocUnsafeSlow(copiedBytes))
  }

  /** The frame is in there, and is added next, or it could not be encoded. */
  takeBack(): void {
    this.#lent = false
  }

  get waiting(): number {
    return this.#waiting.length
  }

  add(exchange: Exchange, frame: Frame): void {
    exchange.frame = frame
    // What grows takes room for 17 at once, and mostly there is one.
    if (this.#waiting.length === 0) this.#waiting = [exchange]
    else this.#waiting.push(exchange)
    this.#waitingBytes += frame.bytes
  }

  /** Held: nothing is handed over, whatever the stream says. */
  hold(held: boolean): void {
    this.#held = held
  }

  drained(): void {
    this.#full = false
    this.#drainedWithin = this.#writing
  }

  /** Hands over as much as the stream takes, and tells the posted requests among it that their bytes are on their way. */
  flush(): void {
    // A stream may call back from inside of its `write`: the loop that called it goes on by itself.
    if (this.#waiting.length === 0 || this.#writing || this.#halted) return
    const posted: Exchange[] = []
    let at = 0
    while (at < this.#waiting.length && !this.#full && !this.#held && !this.#halted) at = this.#writeFrom(at, posted)
    this.#waiting = at === this.#waiting.length ? [] : this.#waiting.slice(at)
    const letGo = this.#letGo
    this.#letGo = none
    for (const exchange of posted) exchange.succeed(undefined)
    for (const exchange of letGo) exchange.release()
  }

  /** Whether the stream's `write` is under way. */
  get writing(): boolean {
    return this.#writing
  }

  /** Nothing more is handed over. */
  halt(): void {
    this.#halted = true
  }

  /** The stream has closed: it refers to nothing any more. Returns what was never handed over. */
  close(): readonly Exchange[] {
    this.#closed = true
    const posted = this.#posted.flat()
    this.#posted = []
    this.#unflushed = 0
    for (const exchange of posted) exchange.release()
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
    const segments = this.#segments(start, end, bytes)
    const postedBefore = posted.length
    for (let at = start; at < end; at++) this.#handOver(this.#waiting[at]!, posted)
    this.#waitingBytes -= bytes
    const unanswered = posted.length === postedBefore ? none : posted.slice(postedBefore)
    const onFlushed = this.#onceFlushed(unanswered)
    this.#full = !this.#write(segments, onFlushed)
    return end
  }

  /** Whether there is room for more. hot */
  #write(segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    this.#writing = true
    this.#drainedWithin = false
    try {
      return this.#stream.write(segments, onFlushed) || this.#drainedWithin
    } catch (thrown) {
      // It should have closed. Some of it may be on its way, so nothing may follow.
      this.#stream.destroy(asError(thrown))
      return false
    } finally {
      this.#writing = false
    }
  }

  #segments(start: number, end: number, bytes: number): readonly Uint8Array[] {
    const first = this.#waiting[start]!.frame!.segments
    if (bytes > copiedBytes || (end === start + 1 && first.length === 1)) return first
    // The first one may be there already: then nothing else is, and the others go behind it.
    const isThere = first.length === 1 && first[0]!.buffer === this.#room?.buffer
    const copy = isThere ? this.#room!.subarray(0, bytes) : Buffer.allocUnsafe(bytes)
    let filled = 0
    for (let at = start; at < end; at++) {
      for (const segment of this.#waiting[at]!.frame!.segments) {
        copy.set(segment, filled)
        filled += segment.length
      }
    }
    return [copy]
  }

  #handOver(exchange: Exchange, posted: Exchange[]): void {
    exchange.handedOver = true
    this.#onHandedOver(exchange, exchange.frame!)
    exchange.frame = null
    if (exchange.unanswered) posted.push(exchange)
  }

  /** @param posted the requests in the write that nobody answers */
  #onceFlushed(posted: readonly Exchange[]): () => void {
    this.#unflushed++
    if (posted.length > 0) this.#posted.push(posted)
    let isFlushed = false
    return () => {
      // A foreign stream may say it twice, or in another order.
      if (isFlushed || this.#closed) return
      isFlushed = true
      this.#unflushed--
      if (posted.length > 0) this.#posted.splice(this.#posted.indexOf(posted), 1)
      // Who flushes looks by itself what follows.
      if (this.#writing) {
        if (posted.length > 0) this.#letGo = [...this.#letGo, ...posted]
        return
      }
      for (const exchange of posted) exchange.release()
      this.#onFlushed()
    }
  }
}

const none: readonly Exchange[] = []
