// One timer for many deadlines: rings at the earliest that was asked for.
import type { Clock, Timer } from '@sluice/core'

export class Alarm {
  readonly #clock: Clock
  readonly #onRing: (nowMs: number) => void
  #timer: Timer | null = null
  #atMs = Number.POSITIVE_INFINITY
  #keepsAlive = false
  #cancelled = false

  constructor(clock: Clock, onRing: (nowMs: number) => void) {
    this.#clock = clock
    this.#onRing = onRing
  }

  /** Rings at `atMs` (monotonic) or earlier. */
  by(atMs: number): void {
    if (this.#cancelled || atMs >= this.#atMs) return
    this.#timer?.cancel()
    this.#atMs = atMs
    const delayMs = Math.max(0, Math.ceil(atMs - this.#clock.monotonicMs()))
    this.#timer = this.#clock.after(delayMs, () => this.#ring())
    if (!this.#keepsAlive) this.#timer.unref()
  }

  /** Whether the process is kept alive for it. */
  keepAlive(keepsAlive: boolean): void {
    if (keepsAlive === this.#keepsAlive) return
    this.#keepsAlive = keepsAlive
    if (keepsAlive) this.#timer?.ref()
    else this.#timer?.unref()
  }

  cancel(): void {
    this.#cancelled = true
    this.#timer?.cancel()
    this.#timer = null
    this.#atMs = Number.POSITIVE_INFINITY
  }

  /**
   * Story: the event loop is blocked, a batch's time runs out, and its acknowledgement lies in the kernel's buffer. When the
   * loop runs again Node runs expired timers before it reads sockets. So: one poll phase goes by first.
   */
  #ring(): void {
    this.#timer = null
    this.#atMs = Number.POSITIVE_INFINITY
    this.#clock.soon(() => {
      if (!this.#cancelled) this.#onRing(this.#clock.monotonicMs())
    })
  }
}
