// Who waits for metadata: each with a deadline of its own.
import type { Callback, Clock, KafkaError, Timer } from '@sluice/core'
import type { Cancellable } from './request.ts'

export interface WaiterOptions<T> {
  /** Null: for the cluster as such. */
  readonly topic: string | null
  readonly autocreate: boolean
  /** What is known must have been asked for at this moment or later. Monotonic. */
  readonly freshSinceMs: number
  /** Infinity: whoever waits has a timer of its own. */
  readonly deadlineMs: number
  /** Rounds without an answer after the first that are put up with. */
  readonly retries: number
  readonly callback: Callback<T>
}

export interface Waiter<T> extends WaiterOptions<T> {
  readonly startedMs: number
  failedRounds: number
  timer: Timer | null
}

export class Waiters<T> {
  readonly #clock: Clock
  readonly #onLate: (waiter: Waiter<T>) => KafkaError
  readonly #onGone: (topic: string | null) => void
  readonly #byTopic = new Map<string | null, Set<Waiter<T>>>()

  /** `onLate` says what a waiter fails with at its deadline; `onGone` is told what one left waiting for without an answer. */
  constructor(clock: Clock, onLate: (waiter: Waiter<T>) => KafkaError, onGone: (topic: string | null) => void) {
    this.#clock = clock
    this.#onLate = onLate
    this.#onGone = onGone
  }

  get empty(): boolean {
    return this.#byTopic.size === 0
  }

  has(topic: string | null): boolean {
    return this.#byTopic.has(topic)
  }

  topics(): string[] {
    return [...this.#byTopic.keys()].filter(topic => topic !== null)
  }

  wantsCreation(topic: string): boolean {
    for (const waiter of this.#byTopic.get(topic) ?? []) if (waiter.autocreate) return true
    return false
  }

  add(options: WaiterOptions<T>): Cancellable {
    const nowMs = this.#clock.monotonicMs()
    const waiter: Waiter<T> = { ...options, startedMs: nowMs, failedRounds: 0, timer: null }
    const waiters = this.#byTopic.get(waiter.topic)
    if (waiters === undefined) this.#byTopic.set(waiter.topic, new Set([waiter]))
    else waiters.add(waiter)
    if (waiter.deadlineMs < Infinity) {
      waiter.timer = this.#clock.after(Math.max(0, waiter.deadlineMs - nowMs), () => this.#late(waiter))
    }
    return {
      cancel: () => {
        if (this.#remove(waiter)) this.#onGone(waiter.topic)
      }
    }
  }

  /**
   * Takes out those that `judge` has a verdict for and gives the calls that tell them, to be made when all else is in order.
   */
  take(judge: (waiter: Waiter<T>) => KafkaError | { readonly result: T } | null): (() => void)[] {
    const calls: (() => void)[] = []
    for (const waiters of this.#byTopic.values()) {
      for (const waiter of waiters) {
        const verdict = judge(waiter)
        if (verdict === null) continue
        this.#remove(waiter)
        calls.push(() => tell(waiter, verdict))
      }
    }
    return calls
  }

  #late(waiter: Waiter<T>): void {
    if (!this.#remove(waiter)) return
    // Asked before what is known of the topic is forgotten with it.
    const error = this.#onLate(waiter)
    this.#onGone(waiter.topic)
    waiter.callback(error, undefined)
  }

  #remove(waiter: Waiter<T>): boolean {
    const waiters = this.#byTopic.get(waiter.topic)
    if (waiters === undefined || !waiters.delete(waiter)) return false
    waiter.timer?.cancel()
    if (waiters.size === 0) this.#byTopic.delete(waiter.topic)
    return true
  }
}

function tell<T>(waiter: Waiter<T>, verdict: KafkaError | { readonly result: T }): void {
  if (verdict instanceof Error) waiter.callback(verdict, undefined)
  else waiter.callback(null, verdict.result)
}
