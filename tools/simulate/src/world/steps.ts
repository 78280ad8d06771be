// Lets the world's time pass, one step after another, and keeps what was thrown meanwhile.
import type { ManualClock } from '@sluice/testing'
import { TurnClock } from './turn-clock.ts'

/** What a restart of a broker waits for is a chain of so many promises at most. */
const promiseHops = 6
/** A run that needs more is stuck in a circle. */
const mostSteps = 1_000_000

export class Steps {
  readonly thrown: unknown[] = []
  readonly #clock: ManualClock
  readonly #isAsync: boolean
  #steps = 0

  /** @param isAsync whether the application gives promises, so that the order of these and of events matters */
  constructor(clock: ManualClock, isAsync: boolean) {
    this.#clock = clock
    this.#isAsync = isAsync
  }

  async until(endMs: number): Promise<void> {
    // The step that ends at this very moment is the last one.
    this.#clock.after(Math.max(0, endMs - this.#clock.monotonicMs()), () => {})
    while (this.#clock.monotonicMs() < endMs) await this.#step()
  }

  /** Until it holds no longer, or so much time has passed. */
  async while(busy: () => boolean, limitMs: number): Promise<void> {
    const endMs = this.#clock.monotonicMs() + limitMs
    await this.#drain()
    while (busy() && this.#clock.monotonicMs() < endMs) if (!(await this.#step())) return
  }

  async #step(): Promise<boolean> {
    if (++this.#steps > mostSteps) throw new Error(`More than ${mostSteps} steps`)
    let went = false
    try {
      went = this.#isAsync ? this.#clock.turn() : this.#clock.advanceToNextTimer()
    } catch (thrown) {
      this.thrown.push(thrown)
      went = true
    }
    await this.#drain()
    return went
  }

  /** As Node does behind each callback: what waits for promises goes on before anything else happens. */
  async #drain(): Promise<void> {
    if (this.#clock instanceof TurnClock) return this.#clock.calm()
    if (this.#isAsync) await new Promise<void>(resolve => void setImmediate(resolve))
    else for (let hop = 0; hop < promiseHops; hop++) await Promise.resolve()
  }
}
