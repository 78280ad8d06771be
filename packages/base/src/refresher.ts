// Runs the refresh reducer on a clock: one timer, one question at a time.
import type { Clock, KafkaError, Timer } from '@sluice/core'
import { initialRefresh, refreshStep, type RefreshEffect, type RefreshEvent } from './refresh.ts'
import type { RetryDelay } from './retry-delay.ts'

export interface RefresherOptions {
  readonly clock: Clock
  readonly retryDelay: RetryDelay
  readonly maxAgeMs: number
  /** Starts a question; `answered` or `failed` must follow. */
  ask(everything: boolean): void
}

/** However short `retryDelay` is, brokers are not asked more often than this while nothing changes. */
const shortestBackoffMs = 20

export class Refresher {
  readonly #options: RefresherOptions
  #state = initialRefresh
  #timer: Timer | null = null
  /** A question is about to be asked: what comes in this turn goes with it. */
  #gathering: 'nothing' | 'what waits' | 'everything' = 'nothing'
  /** Of the question under way. */
  #askedForAll = false
  #lastFailure: KafkaError | null = null

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  /** Why nobody answered; null once somebody did. */
  get lastFailure(): KafkaError | null {
    return this.#lastFailure
  }

  /** The last answer told nothing new although something new was wanted. */
  get idling(): boolean {
    return this.#state.equivalents > 0
  }

  /** What is known was proved wrong, or may be. */
  want(): void {
    if (this.#gathering === 'nothing') this.#step({ kind: 'want', nowMs: this.#nowMs })
    else this.#gathering = 'everything'
  }

  /** Something that was never asked for. */
  urge(): void {
    if (this.#gathering === 'nothing') this.#step({ kind: 'urge' })
  }

  answered(told: { readonly progress: boolean; readonly unfinished: boolean; readonly awaited: boolean }): void {
    this.#lastFailure = null
    this.#step({ kind: 'answered', nowMs: this.#nowMs, whole: this.#askedForAll, ...told })
  }

  failed(error: KafkaError): void {
    this.#lastFailure = error
    this.#step({ kind: 'failed', nowMs: this.#nowMs })
  }

  stop(): void {
    this.#gathering = 'nothing'
    this.#step({ kind: 'stop' })
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  #step(event: RefreshEvent): void {
    const { state, effect } = refreshStep(this.#state, event)
    this.#state = state
    if (effect !== null) this.#perform(effect)
  }

  #perform(effect: RefreshEffect): void {
    this.#timer?.cancel()
    this.#timer = null
    switch (effect.kind) {
      case 'ask':
        return this.#askSoon(effect.everything)
      case 'rest':
        return this.#arm(this.#options.maxAgeMs + effect.sinceMs - this.#nowMs)
      case 'back-off':
        return this.#arm(this.#backoffMs(effect.attempt) + effect.sinceMs - this.#nowMs)
      case 'cancel':
    }
  }

  #backoffMs(attempt: number): number {
    const backoffMs = this.#options.retryDelay({ operation: 'Metadata', attempt, error: this.#lastFailure })
    return Math.max(shortestBackoffMs, backoffMs)
  }

  #askSoon(everything: boolean): void {
    this.#gathering = everything ? 'everything' : 'what waits'
    this.#options.clock.soon(() => {
      const gathered = this.#gathering
      this.#gathering = 'nothing'
      if (gathered === 'nothing') return
      this.#askedForAll = gathered === 'everything'
      this.#options.ask(this.#askedForAll)
    })
  }

  /** Those who wait have timers of their own that keep the process alive. */
  #arm(delayMs: number): void {
    this.#timer = this.#options.clock.after(Math.max(0, delayMs), () => {
      this.#timer = null
      this.#step({ kind: 'due' })
    })
    this.#timer.unref()
  }
}
