// One direction of a connection without sockets: a sender's buffer, a wire with latency, a receiver's buffer.
import type { Clock, Random, Timer } from '@sluice/core'
import { checkMembers, rules, type Rule } from './checks.ts'
import { Inbox } from './memory-inbox.ts'
import { Outbox } from './memory-outbox.ts'

/** A fixed number, or the two ends of a range from which each is drawn. */
export type Amount = number | readonly [least: number, most: number]

export interface PipeShape {
  /** One way, milliseconds, per packet. Packets never overtake each other. */
  readonly latencyMs: Amount
  /** The largest piece that one read brings. A small number cuts the stream into fragments. */
  readonly pieceBytes: Amount
  /** Packets arrive only at multiples of so many milliseconds, those of one moment as one. 0: whenever they come. */
  readonly coalesceMs: number
  readonly bytesPerMs: number
  /** What the buffers of both kernels hold together. 0: everything stays in the sender's own buffer. */
  readonly windowBytes: number
  /** `write` returns false while so much waits for the kernel. */
  readonly highWaterBytes: number
}

export const plainPipe: PipeShape = {
  latencyMs: 0,
  pieceBytes: 65_536,
  coalesceMs: 0,
  bytesPerMs: Infinity,
  windowBytes: 262_144,
  highWaterBytes: 16_384
}

const amountRule: Rule = {
  must: 'a number that is not negative, or the two ends of a range of such',
  holds: value =>
    (Array.isArray(value) ? value : [value]).every(each => typeof each === 'number' && each >= 0) &&
    (!Array.isArray(value) || (value.length === 2 && value[0] <= value[1]))
}

const shapeRules: Readonly<Record<keyof PipeShape, Rule>> = {
  latencyMs: amountRule,
  pieceBytes: amountRule,
  coalesceMs: rules.milliseconds(),
  bytesPerMs: rules.amount('a number of bytes that is not negative'),
  windowBytes: rules.amount('a number of bytes that is not negative'),
  highWaterBytes: rules.amount('a number of bytes that is not negative')
}

/** @throws InvalidArgumentError */
export function checkShape(change: Partial<PipeShape>): void {
  checkMembers(shapeRules, change, 'shape', 'field')
}

/** How a stream comes to its end: in good order, or not. */
export type PipeEnd = 'end' | 'reset'

/** The two ends of a pipe, as the pipe sees them. */
export interface PipeEnds {
  /** The sender's buffer is empty again after `write` returned false. */
  drained(): void
  received(piece: Uint8Array): void
  /** The sender's end of the stream was closed, and this is how. */
  finished(how: PipeEnd): void
  /** The byte at which the pipe was to break has been reached. */
  broke(how: PipeEnd): void
  /** Bytes came to an end that reads no more. */
  unwanted(): void
}

/** On the wire: bytes, or the end of the stream. */
interface Packet {
  readonly arrivesMs: number
  readonly content: Uint8Array | PipeEnd
}

// What was handed to a reader is overwritten afterwards, so that a reader that keeps a chunk is found out.
const scribble = 0xdb

/*
 *   write        outbox          wire               inbox            received
 *   segments --> references --> copies, under way --> arrived --> pieces, one per turn
 *               |<- own buffer ->|<------- windowBytes -------->|
 */
export class MemoryPipe {
  readonly #clock: Clock
  readonly #random: Random
  readonly #ends: PipeEnds
  readonly #outbox: Outbox
  readonly #inbox = new Inbox()
  #shape: PipeShape
  #wire: Packet[] = []
  /** On the wire or in the inbox. */
  #windowFilled = 0
  #open = false
  /** The sender writes no more. */
  #ending = false
  /** Nobody writes or reads any more. */
  #over = false
  #held = false
  #paused = false
  #discarding = false
  #flushPlanned = false
  #readPlanned = false
  #lastArrivalMs = 0
  /** Counts what was waited for, so that a wait that is no longer true does nothing. */
  #waits = 0
  #arrival: Timer | null = null
  #endArrived: PipeEnd | null = null
  #breakBy: PipeEnd = 'reset'

  constructor(clock: Clock, random: Random, shape: PipeShape, ends: PipeEnds) {
    this.#clock = clock
    this.#random = random
    this.#shape = shape
    this.#ends = ends
    const kernel = {
      room: () => this.#shape.windowBytes - this.#windowFilled,
      take: (bytes: Buffer) => this.#take(bytes),
      alive: () => this.#open && !this.#over
    }
    this.#outbox = new Outbox(kernel, () => ends.drained())
  }

  /** Whether something has arrived that the receiver has not read. */
  get hasUnread(): boolean {
    return !this.#inbox.isEmpty
  }

  shape(change: Partial<PipeShape>): void {
    checkShape(change)
    this.#shape = { ...this.#shape, ...change }
    this.#flushSoon()
  }

  /** Breaks the connection when the receiver has read so many bytes more: exactly these arrive. */
  breakAfter(bytes: number, how: PipeEnd): void {
    this.#inbox.breakAfter(bytes)
    this.#breakBy = how
  }

  /** Nothing arrives any more, and nobody is told. */
  hold(): void {
    this.#held = true
    this.#waitNoMore()
  }

  /** What was held arrives as if sent again now. */
  release(): void {
    if (!this.#held) return
    this.#held = false
    this.#wire = this.#wire.map(({ content }) => ({ content, arrivesMs: this.#arrivalMs(content) }))
    this.#awaitArrival()
  }

  /** The sender may use the kernel from now on. */
  open(): void {
    this.#open = true
    this.#flushSoon()
  }

  write(segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    if (this.#over || this.#ending) return false
    this.#flushSoon()
    return this.#outbox.add(segments, onFlushed, this.#shape.highWaterBytes)
  }

  /** Sends the buffer first. `onFlushed` when it is empty. */
  end(onFlushed: () => void): void {
    if (this.#over || this.#ending) return
    this.#ending = true
    this.#flushSoon()
    this.#outbox.add([], onFlushed, Infinity)
  }

  /** The sender is gone: its buffer is dropped, and what is on the wire arrives, then `how`. */
  abandon(how: PipeEnd): void {
    if (this.#over) return
    this.drop()
    this.#send(how)
  }

  /** The sender is gone: its buffer is dropped. Nobody is told. */
  drop(): void {
    this.#ending = true
    this.#outbox.drop()
  }

  /** The receiver is gone: what arrives is dropped. */
  discard(): void {
    this.#discarding = true
    this.#windowFilled -= this.#inbox.clear()
    this.#flushSoon()
  }

  /** Nobody reads any more, and nobody writes: everything is let go. */
  shut(): void {
    this.#over = true
    this.#outbox.drop()
    this.#inbox.clear()
    this.#wire = []
    this.#waitNoMore()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#readSoon()
  }

  #flushSoon(): void {
    if (this.#flushPlanned || this.#over) return
    this.#flushPlanned = true
    this.#clock.soon(() => {
      this.#flushPlanned = false
      this.#outbox.flush()
    })
  }

  #take(bytes: Buffer): void {
    this.#windowFilled += bytes.length
    this.#send(bytes)
  }

  #send(content: Uint8Array | PipeEnd): void {
    this.#wire.push({ content, arrivesMs: this.#arrivalMs(content) })
    if (this.#wire.length === 1) this.#awaitArrival()
  }

  #arrivalMs(content: Uint8Array | PipeEnd): number {
    const { latencyMs, coalesceMs, bytesPerMs } = this.#shape
    const transferMs = typeof content === 'string' ? 0 : content.length / bytesPerMs
    const soonest = Math.max(this.#clock.monotonicMs() + this.#draw(latencyMs), this.#lastArrivalMs) + transferMs
    this.#lastArrivalMs = coalesceMs > 0 ? Math.ceil(soonest / coalesceMs) * coalesceMs : soonest
    return this.#lastArrivalMs
  }

  #draw(amount: Amount): number {
    if (typeof amount === 'number') return amount
    const [least, most] = amount
    return least + Math.floor(this.#random() * (most - least + 1))
  }

  #awaitArrival(): void {
    const next = this.#wire[0]
    if (next === undefined || this.#held || this.#over) return
    this.#waitNoMore()
    const wait = this.#waits
    const arrive = (): void => {
      if (wait === this.#waits) this.#arrive()
    }
    const delayMs = next.arrivesMs - this.#clock.monotonicMs()
    if (delayMs > 0) this.#arrival = this.#clock.after(delayMs, arrive)
    else this.#clock.soon(arrive)
  }

  #waitNoMore(): void {
    this.#waits++
    this.#arrival?.cancel()
    this.#arrival = null
  }

  #arrive(): void {
    const nowMs = this.#clock.monotonicMs()
    const later = this.#wire.findIndex(packet => packet.arrivesMs > nowMs)
    for (const { content } of this.#wire.splice(0, later === -1 ? this.#wire.length : later)) {
      if (typeof content === 'string') this.#endArrived = content
      else this.#inbox.add(content)
    }
    this.#awaitArrival()
    if (this.#discarding) return this.#refuse()
    // A reset overtakes what the receiver has not read yet.
    if (this.#endArrived === 'reset' && this.#paused) this.#inbox.clear()
    this.#read()
  }

  #refuse(): void {
    const unwanted = !this.#inbox.isEmpty
    this.discard()
    if (this.#endArrived !== null) this.#ends.finished(this.#endArrived)
    else if (unwanted) this.#ends.unwanted()
  }

  #readSoon(): void {
    if (this.#readPlanned || this.#over) return
    this.#readPlanned = true
    this.#clock.soon(() => {
      this.#readPlanned = false
      this.#read()
    })
  }

  /** One piece per turn, so that other things happen between two pieces. */
  #read(): void {
    if (this.#readPlanned || this.#over) return
    if (this.#inbox.isEmpty) return this.#finish()
    if (this.#paused) return
    if (this.#inbox.isBroken) return this.#ends.broke(this.#breakBy)
    this.#deliver(this.#inbox.read(this.#draw(this.#shape.pieceBytes)))
    this.#flushSoon()
    this.#readSoon()
  }

  #finish(): void {
    const how = this.#endArrived
    if (how !== null && (!this.#paused || how === 'reset')) this.#ends.finished(how)
  }

  #deliver(piece: Buffer): void {
    this.#windowFilled -= piece.length
    try {
      this.#ends.received(piece)
    } finally {
      piece.fill(scribble)
    }
    if (this.#inbox.isBroken && !this.#over) this.#ends.broke(this.#breakBy)
  }
}
