// The silence that a broker asked for (KIP-219): never shortened, and no timer but one.
import type { Clock, Timer } from '@sluice/core'

export class Throttle {
  readonly #clock: Clock
  readonly #onOver: () => void
  #untilMs = -Infinity
  #timer: Timer | null = null

  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock
    this.#onOver = onOver
  }

  get active(): boolean {
    return this.#timer !== null
  }

  /** @returns by how much the silence has become longer */
  add(throttleMs: number): number {
    const nowMs = this.#clock.monotonicMs()
    const fromMs = Math.max(this.#untilMs, nowMs)
    const untilMs = nowMs + throttleMs
    if (untilMs <= fromMs) return 0
    this.#untilMs = untilMs
    this.#timer?.cancel()
    this.#timer = this.#clock.after(throttleMs, () => {
      this.#timer = null
      this.#onOver()
    })
    // What waits for the end keeps the process alive by itself.
    this.#timer.unref()
    return untilMs - fromMs
  }

  /** Whatever was wished so far. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#untilMs = -Infinity
  }
}
