// Partitions in turn, linked through themselves: who is listed costs nothing to list again.
import type { Partition } from './accumulator.ts'

/**
 *     first                    last
 *       ▼                       ▼
 *       A -> behind -> B -> ... C -> null
 */
export class Round {
  #first: Partition | null = null
  #last: Partition | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Behind all others. A partition is in one round at most. */
  add(partition: Partition): void {
    partition.behind = null
    if (this.#last === null) this.#first = partition
    else this.#last.behind = partition
    this.#last = partition
    this.#length++
  }

  /** Takes out the first; null if there is none. */
  take(): Partition | null {
    const first = this.#first
    if (first === null) return null
    this.#first = first.behind
    if (this.#first === null) this.#last = null
    first.behind = null
    this.#length--
    return first
  }

  /** Moves all of another round behind those of this one. */
  join(other: Round): void {
    for (let next = other.take(); next !== null; next = other.take()) this.add(next)
  }
}
