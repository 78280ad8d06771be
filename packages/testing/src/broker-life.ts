// One life of a broker, from its start to its end: what it has to do later waits while it is suspended, and ends with it.
import type { Clock, Timer } from '@sluice/core'

export class BrokerLife {
  readonly #clock: Clock
  readonly #timers = new Set<Timer>()
  #postponed: (() => void)[] = []
  #suspended = false
  #over = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get suspended(): boolean {
    return this.#suspended
  }

  get over(): boolean {
    return this.#over
  }

  /** Takes the step now, when a suspended broker goes on, or never if its life is over. */
  go(step: () => void): void {
    if (this.#over) return
    if (this.#suspended) this.#postponed.push(step)
    else step()
  }

  /** `go` in so many milliseconds. Cancelled, it is not begun; a step that was postponed is taken all the same. */
  after(delayMs: number, step: () => void): Pick<Timer, 'cancel'> {
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer)
      this.go(step)
    })
    this.#timers.add(timer)
    return {
      cancel: () => {
        timer.cancel()
        this.#timers.delete(timer)
      }
    }
  }

  suspend(): void {
    this.#suspended = true
  }

  resume(): void {
    this.#suspended = false
    const postponed = this.#postponed
    this.#postponed = []
    for (const step of postponed) this.go(step)
  }

  end(): void {
    this.#over = true
    this.#postponed = []
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }
}
