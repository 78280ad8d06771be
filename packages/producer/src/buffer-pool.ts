// The memory of batches: reused by size class, powers of two from 4 KiB; or, for the few that are made of others, as it is asked for.
import { Buffer } from 'node:buffer'
import { powerOfTwo, type BatchMemory } from '@sluice/protocol'

export const smallestChunkBytes = 4096

/** What counts the bytes that are out. */
export interface ByteMeter {
  taken(bytes: number): void
  given(bytes: number): void
}

export class BufferPool implements BatchMemory {
  readonly #meter: ByteMeter
  readonly #keptBytesLimit: number
  readonly #free = new Map<number, Buffer[]>()
  #keptBytes = 0

  /** @param keptBytesLimit how much unused memory may be kept for later, bytes */
  constructor(meter: ByteMeter, keptBytesLimit: number) {
    this.#meter = meter
    this.#keptBytesLimit = keptBytesLimit
  }

  take(bytes: number): Buffer {
    const chunkBytes = powerOfTwo(Math.max(bytes, smallestChunkBytes))
    const kept = this.#free.get(chunkBytes)?.pop()
    if (kept !== undefined) this.#keptBytes -= chunkBytes
    const buffer = kept ?? Buffer.allocUnsafeSlow(chunkBytes)
    // What the system did not give is not out.
    this.#meter.taken(chunkBytes)
    return buffer
  }

  /** The buffer must come from `take` and must not be used afterwards. */
  give(buffer: Buffer): void {
    const chunkBytes = buffer.byteLength
    this.#meter.given(chunkBytes)
    if (this.#keptBytes + chunkBytes > this.#keptBytesLimit) return
    this.#keptBytes += chunkBytes
    const free = this.#free.get(chunkBytes)
    if (free === undefined) this.#free.set(chunkBytes, [buffer])
    else free.push(buffer)
  }
}

/**
 * Story: the memory is full of small batches, each in the smallest chunk, and the topic takes only half of each. Halves cannot
 * wait for memory, for what would free it waits behind them. So they take no more than they need: together as much as before.
 */
export class UnpooledMemory implements BatchMemory {
  readonly #meter: ByteMeter

  constructor(meter: ByteMeter) {
    this.#meter = meter
  }

  take(bytes: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(bytes)
    this.#meter.taken(bytes)
    return buffer
  }

  give(buffer: Buffer): void {
    this.#meter.given(buffer.byteLength)
  }
}
