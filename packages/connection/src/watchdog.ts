// A deadline that a stalled event loop cannot make come early.
import type { Clock, Timer } from '@sluice/core'

// How often in a row bytes that keep coming may put off a deadline that has passed.
const patience = 64
/** A timer that comes so late was held up by the event loop. */
const stallMs = 100

/**
 * Story: the event loop is blocked for 40 s; the answer lies in the kernel's buffer. When the loop runs again Node runs
 * expired timers before it reads sockets, so the deadline would beat the answer that came long ago. So: when the timer
 * fires, let one poll phase go by, and look again; once more for as long as that brings bytes.
 */
export class Watchdog {
  readonly #clock: Clock
  readonly #dueMs: () => number
  readonly #onDue: () => void
  readonly #onStall: () => void
  #timer: Timer | null = null
  #timerDueMs = Infinity
  #checking = false
  #stopped = false
  #progress = false

  /**
   * @param dueMs when the earliest deadline is due, monotonic; Infinity without one
   * @param onDue called when it has passed; the dog then sleeps until it is armed again
   * @param onStall called before that if the event loop was blocked meanwhile; what is due may be put off
   */
  constructor(clock: Clock, dueMs: () => number, onDue: () => void, onStall: () => void = () => {}) {
    this.#clock = clock
    this.#dueMs = dueMs
    this.#onDue = onDue
    this.#onStall = onStall
  }

  /** Says that there is a deadline at `dueMs`. Costs nothing while a timer is set for no later. */
  arm(dueMs: number): void {
    if (dueMs >= this.#timerDueMs || this.#checking || this.#stopped) return
    this.#timer?.cancel()
    this.#timerDueMs = dueMs
    this.#timer = this.#clock.after(Math.max(0, dueMs - this.#clock.monotonicMs()), () => this.#fired())
    this.#timer.unref()
  }

  /** Bytes came in. */
  sawProgress(): void {
    this.#progress = true
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#timer = null
  }

  #fired(): void {
    if (this.#clock.monotonicMs() - this.#timerDueMs >= stallMs) this.#onStall()
    this.#timer = null
    this.#timerDueMs = Infinity
    if (this.#rearmed()) return
    this.#checking = true
    this.#lookAgain(patience)
  }

  #lookAgain(turns: number): void {
    this.#progress = false
    this.#clock.soon(() => {
      if (this.#stopped) return
      this.#checking = false
      if (this.#rearmed()) return
      this.#checking = true
      if (this.#progress && turns > 0) return this.#lookAgain(turns - 1)
      this.#checking = false
      this.#onDue()
    })
  }

  /** True if nothing is overdue. */
  #rearmed(): boolean {
    const dueMs = this.#dueMs()
    if (dueMs <= this.#clock.monotonicMs()) return false
    if (dueMs < Infinity) this.arm(dueMs)
    return true
  }
}
