// The time of the turn of the event loop: read once or twice, however many calls are made in it.
import type { Clock } from '@sluice/core'

/** One reading of both clocks. */
export interface Moment {
  readonly monotonicMs: number
  readonly epochMs: number
}

export class TurnTime {
  readonly #clock: Clock
  readonly #due: () => number
  #now: Moment = { monotonicMs: 0, epochMs: 0 }
  #readBefore = 0

  /** @param due names what will be done when this turn ends, by a number of its own; 0: nothing */
  constructor(clock: Clock, due: () => number) {
    this.#clock = clock
    this.#due = due
  }

  // hot: once per call
  now(): Moment {
    // Story: an answer comes, and what waited behind it is due when the turn ends; then a callback sends. Something is due, yet
    // the last call, and with it the time, is of long ago. So: the same thing must be due as when the time was read.
    const due = this.#due()
    if (due === 0 || due !== this.#readBefore) this.#read(due)
    return this.#now
  }

  #read(due: number): void {
    this.#now = { monotonicMs: this.#clock.monotonicMs(), epochMs: this.#clock.epochMs() }
    this.#readBefore = due
  }
}
