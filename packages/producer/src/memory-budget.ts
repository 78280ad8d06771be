// Counts batch memory against `bufferMemory` and says when there is room again.
import type { ByteMeter } from './buffer-pool.ts'

export class MemoryBudget implements ByteMeter {
  readonly limitBytes: number
  readonly #onRoom: () => void
  #usedBytes = 0

  /** @param onRoom called when memory came back; must not take memory before it returns */
  constructor(limitBytes: number, onRoom: () => void) {
    this.limitBytes = limitBytes
    this.#onRoom = onRoom
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** Whether so much more may be taken. An empty budget always has room for one. */
  hasRoom(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.limitBytes
  }

  /** More than half in use: time for callers to slow down. */
  get tight(): boolean {
    return this.#usedBytes * 2 > this.limitBytes
  }

  /** A quarter or less in use: time for callers to go on. */
  get relaxed(): boolean {
    return this.isRelaxedWith(0)
  }

  /** Whether that were so with so many bytes more. */
  isRelaxedWith(bytes: number): boolean {
    return (this.#usedBytes + bytes) * 4 <= this.limitBytes
  }

  taken(bytes: number): void {
    this.#usedBytes += bytes
  }

  given(bytes: number): void {
    this.#usedBytes -= bytes
    this.#onRoom()
  }
}
