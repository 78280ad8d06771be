// Chance for whoever makes a story: one seed, one stream of numbers.
import { seededRandom } from '@sluice/testing'

/** Who draws: each has a stream of its own, so that one more number here changes nothing there. */
export type Stream = 'story' | 'network' | 'client' | 'application'

const streams: readonly Stream[] = ['story', 'network', 'client', 'application']

export function randomOf(seed: number, stream: Stream): () => number {
  return seededRandom(seed + (1 + streams.indexOf(stream)) * 2 ** 32)
}

export class Dice {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = randomOf(seed, 'story')
  }

  /** 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.#random()
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1))
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!
  }
}
