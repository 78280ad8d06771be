// Latencies at a fixed rate: calls are made when they are due, whether earlier ones are settled or not.
import type { Call, Work } from './workload.ts'

export interface Latencies {
  /** Whether all calls were made and settled in time. */
  readonly kept: boolean
  /** Of the calls that were settled, in ascending order, milliseconds. */
  readonly sorted: Float64Array
}

export interface Time {
  /** Milliseconds. */
  now(): number
  /** Turns the event loop at least once. */
  pause(ms: number, then: () => void): void
}

// Timers are a millisecond coarse: the last stretch is spent turning. A promise for each turn would be garbage whose
// collection is measured then.
const realTime: Time = {
  now: () => performance.now(),
  pause: (ms, then) => {
    if (ms > 2) setTimeout(then, ms - 1.5)
    else setImmediate(then)
  }
}

/** One figure says nothing: where calls are large they are made for longer. */
const fewestCalls = 5
/** A client that needs so many times as long as its calls take to fall due cannot keep the rate. */
const patience = 3

/**
 * A call's latency counts from the moment at which it was due, so that a client which holds the process up cannot hide it.
 *
 * @returns after three times the time at the latest, whatever is still unsettled then
 * @throws Error when a call fails
 */
export function latenciesAt(
  { calls, cell }: Work,
  messagesPerSecond: number,
  ms: number,
  time: Time = realTime
): Promise<Latencies> {
  const intervalMs = (1000 * cell.messages) / messagesPerSecond
  const count = Math.max(fewestCalls, Math.floor(ms / intervalMs))
  const endMs = time.now() + patience * count * intervalMs
  const run = new FixedRate(calls, count, intervalMs, time)
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      if (run.failure !== null) return reject(run.failure)
      if (run.isOver() || time.now() >= endMs) return resolve(run.result())
      run.makeDue(endMs)
      // After each wave the answers are read, however many calls have fallen due meanwhile.
      time.pause(run.untilDueMs(), turn)
    }
    turn()
  })
}

class FixedRate {
  readonly #calls: readonly Call[]
  readonly #intervalMs: number
  readonly #latenciesMs: Float64Array
  readonly #time: Time
  readonly #startMs: number
  #made = 0
  #settled = 0
  /** Of a call. */
  failure: Error | null = null

  constructor(calls: readonly Call[], count: number, intervalMs: number, time: Time) {
    this.#calls = calls
    this.#intervalMs = intervalMs
    this.#time = time
    this.#startMs = time.now()
    this.#latenciesMs = new Float64Array(count)
  }

  isOver(): boolean {
    return this.#settled === this.#latenciesMs.length
  }

  /** The calls that are due now, and none that falls due while they are made. */
  makeDue(endMs: number): void {
    const now = this.#time.now()
    while (this.#hasMore() && this.#dueMs() <= now && this.#time.now() < endMs) this.#make(this.#dueMs())
  }

  /** When all calls are made, only their ends are waited for. */
  untilDueMs(): number {
    return this.#hasMore() ? this.#dueMs() - this.#time.now() : 0
  }

  result(): Latencies {
    return { kept: this.isOver(), sorted: this.#latenciesMs.slice(0, this.#settled).toSorted() }
  }

  #hasMore(): boolean {
    return this.#made < this.#latenciesMs.length
  }

  #dueMs(): number {
    return this.#startMs + this.#made * this.#intervalMs
  }

  #make(dueMs: number): void {
    const call = this.#calls[this.#made++ % this.#calls.length]
    call?.().then(
      () => {
        this.#latenciesMs[this.#settled++] = this.#time.now() - dueMs
      },
      (error: unknown) => {
        this.failure = error instanceof Error ? error : new Error(String(error))
      }
    )
  }
}
