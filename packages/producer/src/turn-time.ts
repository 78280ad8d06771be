// The time of the turn of the event loop: read once, however many calls are made in it.
import type { Clock } from '@sluice/core'

export class TurnTime {
  readonly #clock: Clock
  /** Something is due when this turn ends, so what was read in it still holds. */
  readonly #isSameTurn: () => boolean
  #monotonicMs = 0
  #epochMs = 0
  #isKnown = false

  constructor(clock: Clock, isSameTurn: () => boolean) {
    this.#clock = clock
    this.#isSameTurn = isSameTurn
  }

  // hot: twice per call
  monotonicMs(): number {
    if (!this.#isKnown || !this.#isSameTurn()) this.#read()
    return this.#monotonicMs
  }

  /** After `monotonicMs`, in the same turn. */
  epochMs(): number {
    return this.#epochMs
  }

  #read(): void {
    this.#monotonicMs = this.#clock.monotonicMs()
    this.#epochMs = this.#clock.epochMs()
    this.#isKnown = true
  }
}
