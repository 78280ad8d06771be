// Chance for the fuzzer: one seed and one name give one stream of numbers.
import { seededRandom } from '@sluice/testing'

export class Dice {
  readonly #random: () => number

  /** @param name keeps streams of one seed apart, so that one more draw here changes nothing there */
  constructor(seed: number, name: string) {
    let mixed = seed >>> 0
    for (let at = 0; at < name.length; at++) mixed = Math.imul(mixed ^ name.charCodeAt(at), 0x01000193) >>> 0
    this.#random = seededRandom(mixed)
  }

  /** From 0 up to, and without, `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** Small numbers far more often than large ones; from 0 to `most`. */
  skewed(most: number): number {
    return Math.floor(this.#random() ** 3 * (most + 1))
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }

  bytes(length: number): Buffer {
    const made = Buffer.alloc(length)
    for (let at = 0; at < length; at++) made[at] = this.below(256)
    return made
  }
}
