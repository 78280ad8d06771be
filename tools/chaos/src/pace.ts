// Offers so many records a second and no more; what could not be sent is made up for later.
import { setTimeout as sleep } from 'node:timers/promises'

const lookMs = 5

export class Pace {
  readonly #perSecond: number
  readonly #startedMs: number = performance.now()
  #taken = 0

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Waits until so many are due. @returns false when the signal came first */
  async take(count: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.takeUpTo(count, count) > 0) return true
      await sleep(lookMs)
    }
    return false
  }

  /** @returns how many are due now, at most `most`; 0 if fewer than `least` */
  takeUpTo(most: number, least = 1): number {
    const due = Math.floor(((performance.now() - this.#startedMs) * this.#perSecond) / 1_000 - this.#taken)
    if (due < least || most < least) return 0
    const count = Math.min(due, most)
    this.#taken += count
    return count
  }
}
