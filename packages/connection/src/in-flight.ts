// The requests that were written and not answered, oldest first, and when each is overdue.
import type { Clock } from '@sluice/core'
import type { Exchange } from './exchange.ts'

const firstSize = 8

/**
 * A ring: a broker answers in the order of the requests, so the answer is always for the oldest.
 *
 * ```
 *            first            first + length
 *              ▼                   ▼
 *  [ . . . . . A B C D E . . . . . . ]      size is a power of two, so a place is index & (size - 1)
 * ```
 */
export class InFlight {
  readonly #clock: Clock
  readonly #arm: (dueMs: number) => void
  #ring: (Exchange | undefined)[] = Array.from({ length: firstSize })
  #first = 0
  #length = 0
  /** All the silence that the broker asked for, and when it ends. */
  #throttleMs = 0
  #throttledUntilMs = -Infinity

  /** @param arm told of every new deadline; one timer watches for all of them */
  constructor(clock: Clock, arm: (dueMs: number) => void) {
    this.#clock = clock
    this.#arm = arm
  }

  get length(): number {
    return this.#length
  }

  get head(): Exchange | undefined {
    return this.#ring[this.#first]
  }

  // hot
  push(exchange: Exchange): void {
    if (this.#length === this.#ring.length) this.#grow()
    const nowMs = this.#clock.monotonicMs()
    exchange.writtenAtMs = nowMs
    exchange.throttledAtWriteMs = this.#throttledMs(nowMs)
    this.#ring[(this.#first + this.#length) & (this.#ring.length - 1)] = exchange
    this.#length++
    if (this.#length === 1) this.#becameHead(exchange, nowMs)
    this.#arm(this.#dueMs(exchange, this.#length === 1))
  }

  /** Takes the head out. hot */
  shift(): void {
    this.#ring[this.#first] = undefined
    this.#first = (this.#first + 1) & (this.#ring.length - 1)
    this.#length--
    const head = this.#ring[this.#first]
    if (head === undefined) return
    this.#becameHead(head, this.#clock.monotonicMs())
    this.#arm(this.#dueMs(head, true))
  }

  /** The broker reads nothing for so long: that time does not count. */
  extend(throttleMs: number): void {
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, this.#clock.monotonicMs()) + throttleMs
    this.#throttleMs += throttleMs
  }

  /** How much of the silence lies before this moment. */
  #throttledMs(nowMs: number): number {
    return this.#throttleMs - Math.max(0, this.#throttledUntilMs - nowMs)
  }

  /** Monotonic; Infinity if nothing is in flight. */
  earliestDueMs(): number {
    let earliest = Infinity
    for (let index = 0; index < this.#length; index++) {
      earliest = Math.min(earliest, this.#dueMs(this.#at(index), index === 0))
    }
    return earliest
  }

  /** The request whose deadline has passed, if there is one. */
  overdue(nowMs: number): Exchange | null {
    for (let index = 0; index < this.#length; index++) {
      const exchange = this.#at(index)
      if (this.#dueMs(exchange, index === 0) <= nowMs) return exchange
    }
    return null
  }

  /** How long it had before it was overdue. */
  limitMs(exchange: Exchange): number {
    const isHead = exchange === this.head
    return isHead && this.#headDueMs(exchange) <= this.#dueMs(exchange, false)
      ? exchange.timeoutMs
      : 2 * exchange.timeoutMs
  }

  /** Takes all out, oldest first. */
  clear(): Exchange[] {
    const all = Array.from({ length: this.#length }, (_, index) => this.#at(index))
    this.#ring = Array.from({ length: firstSize })
    this.#first = 0
    this.#length = 0
    return all
  }

  #at(index: number): Exchange {
    return this.#ring[(this.#first + index) & (this.#ring.length - 1)]!
  }

  #becameHead(exchange: Exchange, nowMs: number): void {
    exchange.headAtMs = nowMs
    exchange.throttledAtHeadMs = this.#throttledMs(nowMs)
  }

  /** A broker serves one request of a connection at a time, so the clock of a request starts when it is the oldest; but there is an end to that. */
  #dueMs(exchange: Exchange, isHead: boolean): number {
    const capMs = exchange.writtenAtMs + 2 * exchange.timeoutMs + this.#throttleMs - exchange.throttledAtWriteMs
    return isHead ? Math.min(capMs, this.#headDueMs(exchange)) : capMs
  }

  #headDueMs(exchange: Exchange): number {
    return exchange.headAtMs + exchange.timeoutMs + this.#throttleMs - exchange.throttledAtHeadMs
  }

  #grow(): void {
    const all = Array.from({ length: this.#length }, (_, index) => this.#at(index))
    this.#ring = [...all, ...Array.from<undefined>({ length: this.#length })]
    this.#first = 0
  }
}
