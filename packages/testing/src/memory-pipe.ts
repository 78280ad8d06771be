// One direction of a connection without sockets: a sender's buffer, a wire with latency, a receiver's buffer.
import type { Clock, Random } from '@sluice/core'

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
  /** What the buffers of both kernels hold together. */
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

interface Unsent {
  readonly segments: readonly Uint8Array[]
  readonly onFlushed: () => void
  segment: number
  offset: number
}

type Packet = { readonly arrivesMs: number } & (
  | { readonly bytes: Uint8Array; readonly end?: never }
  | { readonly bytes?: never; readonly end: PipeEnd }
)

// What was handed to a reader is overwritten afterwards, so that a reader that keeps a chunk is found out.
const scribble = 0xdb

/**
 * Carries bytes as a connection does: it refers to the sender's segments until the kernel has taken them, and copies them
 * only then, so that memory used again too early shows up at the receiver.
 */
export class MemoryPipe {
  readonly #clock: Clock
  readonly #random: Random
  readonly #ends: PipeEnds
  #shape: PipeShape
  #unsent: Unsent[] = []
  #unsentBytes = 0
  #wire: Packet[] = []
  #wireBytes = 0
  #arrived: Uint8Array[] = []
  #endArrived: PipeEnd | null = null
  #open = false
  #corked = false
  #drainOwed = false
  #flushing = false
  #reading = false
  #paused = false
  #held = false
  #over = false
  #ending = false
  #discarding = false
  #arrivals = 0
  #lastArrivalMs = 0
  #sentBytes = 0
  #receivedBytes = 0
  #breakAt: { readonly bytes: number; readonly how: PipeEnd } | null = null

  constructor(clock: Clock, random: Random, shape: PipeShape, ends: PipeEnds) {
    this.#clock = clock
    this.#random = random
    this.#shape = shape
    this.#ends = ends
  }

  /** Bytes that left the sender's buffer. */
  get sentBytes(): number {
    return this.#sentBytes
  }

  /** Bytes that the receiver has read. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  shape(change: Partial<PipeShape>): void {
    this.#shape = { ...this.#shape, ...change }
    this.#flushSoon()
  }

  /** Breaks the connection when the receiver has read so many bytes more: exactly these arrive. */
  breakAfter(bytes: number, how: PipeEnd): void {
    this.#breakAt = { bytes: this.#receivedBytes + bytes, how }
  }

  /** Nothing arrives any more, and nobody is told. */
  hold(): void {
    this.#held = true
    this.#arrivals++
  }

  /** What was held arrives as if sent again now. */
  release(): void {
    if (!this.#held) return
    this.#held = false
    this.#wire = this.#wire.map(packet => ({ ...packet, arrivesMs: this.#arrivalMs(0) }))
    this.#awaitArrival()
  }

  /** The sender may use the kernel from now on. */
  open(): void {
    this.#open = true
    this.#flushSoon()
  }

  /** Bytes stay in the sender's own buffer, as when the kernel takes no more. */
  cork(corked: boolean): void {
    this.#corked = corked
    this.#flushSoon()
  }

  write(segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    if (this.#over || this.#ending) return false
    this.#unsent.push({ segments, onFlushed, segment: 0, offset: 0 })
    for (const segment of segments) this.#unsentBytes += segment.length
    this.#drainOwed ||= this.#unsentBytes >= this.#shape.highWaterBytes
    this.#flushSoon()
    return !this.#drainOwed
  }

  /** The sender is gone: its buffer is dropped, and what is on the wire arrives, then `how`. */
  abandon(how: PipeEnd): void {
    if (this.#over) return
    this.drop()
    this.#send({ end: how, arrivesMs: this.#arrivalMs(0) })
  }

  /** The sender is gone: its buffer is dropped. Nobody is told. */
  drop(): void {
    this.#ending = true
    this.#unsent = []
    this.#unsentBytes = 0
    this.#drainOwed = false
  }

  /** Sends the buffer, then ends in good order. `onFlushed` when the buffer is empty. */
  end(onFlushed: () => void): void {
    if (this.#over || this.#ending) return
    this.#unsent.push({ segments: [], onFlushed, segment: 0, offset: 0 })
    this.#ending = true
    this.#flushSoon()
  }

  /** The receiver is gone: what arrives is dropped. */
  discard(): void {
    this.#discarding = true
    for (const bytes of this.#arrived) this.#wireBytes -= bytes.length
    this.#arrived = []
    this.#flushSoon()
  }

  /** Nobody reads any more, and nobody writes: everything is let go. */
  shut(): void {
    this.#over = true
    this.#unsent = []
    this.#unsentBytes = 0
    this.#wire = []
    this.#arrived = []
    this.#arrivals++
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
    if (this.#flushing || this.#over) return
    this.#flushing = true
    this.#clock.soon(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#open && !this.#corked && !this.#over) {
      const next = this.#unsent[0]
      if (next === undefined) break
      const room = this.#shape.windowBytes - this.#wireBytes
      if (room <= 0 && next.segment < next.segments.length) return
      this.#take(next, room)
      if (next.segment < next.segments.length) return
      this.#unsent.shift()
      next.onFlushed()
    }
    if (!this.#drainOwed || this.#unsent.length > 0 || this.#over || !this.#open) return
    this.#drainOwed = false
    this.#ends.drained()
  }

  #take(next: Unsent, room: number): void {
    const taken: Uint8Array[] = []
    let left = room
    while (next.segment < next.segments.length && left > 0) {
      const segment = next.segments[next.segment]!
      const part = segment.subarray(next.offset, next.offset + left)
      taken.push(part)
      left -= part.length
      next.offset += part.length
      if (next.offset < segment.length) break
      next.segment++
      next.offset = 0
    }
    while (next.segments[next.segment]?.length === 0) next.segment++
    const bytes = Buffer.concat(taken)
    if (bytes.length === 0) return
    this.#unsentBytes -= bytes.length
    this.#sentBytes += bytes.length
    this.#wireBytes += bytes.length
    this.#send({ bytes, arrivesMs: this.#arrivalMs(bytes.length) })
  }

  #send(packet: Packet): void {
    this.#wire.push(packet)
    if (this.#wire.length === 1) this.#awaitArrival()
  }

  #arrivalMs(bytes: number): number {
    const { latencyMs, coalesceMs, bytesPerMs } = this.#shape
    const transferMs = bytesPerMs === Infinity ? 0 : bytes / bytesPerMs
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
    const turn = ++this.#arrivals
    const arrive = (): void => {
      if (turn === this.#arrivals) this.#arrive()
    }
    const delayMs = next.arrivesMs - this.#clock.monotonicMs()
    if (delayMs > 0) this.#clock.after(delayMs, arrive)
    else this.#clock.soon(arrive)
  }

  #arrive(): void {
    const nowMs = this.#clock.monotonicMs()
    let count = 0
    for (const packet of this.#wire) {
      if (packet.arrivesMs > nowMs) break
      count++
      if (packet.bytes === undefined) this.#endArrived = packet.end
      else this.#arrived.push(packet.bytes)
    }
    this.#wire.splice(0, count)
    this.#awaitArrival()
    if (this.#discarding) return this.#drop()
    // A reset overtakes what the receiver has not read yet.
    if (this.#endArrived === 'reset' && this.#paused) this.#arrived = []
    this.#read()
  }

  #drop(): void {
    const unwanted = this.#arrived.length > 0
    this.discard()
    if (this.#endArrived !== null) this.#ends.finished(this.#endArrived)
    else if (unwanted) this.#ends.unwanted()
  }

  #readSoon(): void {
    if (this.#reading || this.#over) return
    this.#reading = true
    this.#clock.soon(() => {
      this.#reading = false
      this.#read()
    })
  }

  /** One piece per turn, so that other things happen between two pieces. */
  #read(): void {
    if (this.#reading || this.#over) return
    if (this.#arrived.length === 0) {
      const how = this.#endArrived
      if (how !== null && (!this.#paused || how === 'reset')) this.#ends.finished(how)
      return
    }
    if (this.#paused) return
    if (this.#breakAt !== null && this.#breakAt.bytes <= this.#receivedBytes) return this.#ends.broke(this.#breakAt.how)
    this.#deliver(this.#nextPiece())
    this.#flushSoon()
    this.#readSoon()
  }

  #nextPiece(): Buffer {
    const untilBreak = this.#breakAt === null ? Infinity : this.#breakAt.bytes - this.#receivedBytes
    let wanted = Math.min(Math.max(1, this.#draw(this.#shape.pieceBytes)), untilBreak)
    const parts: Uint8Array[] = []
    while (wanted > 0 && this.#arrived.length > 0) {
      const first = this.#arrived[0]!
      parts.push(first.subarray(0, wanted))
      if (first.length > wanted) this.#arrived[0] = first.subarray(wanted)
      else this.#arrived.shift()
      wanted -= Math.min(first.length, wanted)
    }
    return Buffer.concat(parts)
  }

  #deliver(piece: Buffer): void {
    this.#receivedBytes += piece.length
    this.#wireBytes -= piece.length
    try {
      this.#ends.received(piece)
    } finally {
      piece.fill(scribble)
    }
    if (this.#breakAt?.bytes === this.#receivedBytes && !this.#over) this.#ends.broke(this.#breakAt.how)
  }
}
