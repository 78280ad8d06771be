// The sender's end of a pipe: what was written and the kernel has not taken yet.

interface Unsent {
  readonly segments: readonly Uint8Array[]
  readonly onFlushed: () => void
  /** How far it was taken: a segment and the place in it. */
  segment: number
  offset: number
}

/** Where the bytes go. */
export interface Kernel {
  /** How many bytes it takes now. */
  room(): number
  take(bytes: Buffer): void
  /** False once the pipe is over: nobody is told anything any more. */
  alive(): boolean
}

/** Refers to the sender's segments until the kernel takes them, and copies them only then. */
export class Outbox {
  readonly #kernel: Kernel
  readonly #drained: () => void
  #unsent: Unsent[] = []
  #bytes = 0
  #drainOwed = false

  /** @param drained called when the outbox is empty after `add` returned false */
  constructor(kernel: Kernel, drained: () => void) {
    this.#kernel = kernel
    this.#drained = drained
  }

  /** False when so many bytes wait that the sender should, too. */
  add(segments: readonly Uint8Array[], onFlushed: () => void, highWaterBytes: number): boolean {
    this.#unsent.push({ segments, onFlushed, segment: 0, offset: 0 })
    for (const segment of segments) this.#bytes += segment.length
    this.#drainOwed ||= this.#bytes >= highWaterBytes
    return !this.#drainOwed
  }

  flush(): void {
    for (let next = this.#unsent[0]; next !== undefined && this.#kernel.alive(); next = this.#unsent[0]) {
      this.#hand(next)
      if (next.segment < next.segments.length) return
      this.#unsent.shift()
      next.onFlushed()
    }
    if (!this.#drainOwed || this.#unsent.length > 0 || !this.#kernel.alive()) return
    this.#drainOwed = false
    this.#drained()
  }

  /** Lets go of everything; nobody is told. */
  drop(): void {
    this.#unsent = []
    this.#bytes = 0
    this.#drainOwed = false
  }

  #hand(next: Unsent): void {
    const taken: Uint8Array[] = []
    for (let room = this.#kernel.room(); next.segment < next.segments.length;) {
      const segment = next.segments[next.segment]!
      const part = segment.subarray(next.offset, next.offset + Math.max(0, room))
      taken.push(part)
      room -= part.length
      next.offset += part.length
      if (next.offset < segment.length) break
      next.segment++
      next.offset = 0
    }
    const bytes = Buffer.concat(taken)
    if (bytes.length === 0) return
    this.#bytes -= bytes.length
    this.#kernel.take(bytes)
  }
}
