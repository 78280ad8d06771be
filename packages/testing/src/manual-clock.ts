// A clock that moves only when told to, and runs what is due in the order of its time.
import type { Clock, Timer } from '@sluice/core'

interface PendingTimer {
  readonly dueMs: number
  /** Timers of one moment run in the order in which they were made. */
  readonly order: number
  readonly task: () => void
  /** Place in the heap; -1 once it is out. */
  place: number
}

export interface ManualClockOptions {
  /** Milliseconds since 1970-01-01 UTC at the start. */
  readonly epochMs?: number | undefined
  readonly monotonicMs?: number | undefined
}

// A test that never comes to rest says so instead of hanging.
const soonTasksLimit = 10_000_000

function earlier(left: PendingTimer, right: PendingTimer): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order)
}

/**
 * Time under control. `advance` runs every timer that falls due, in order, and every `soon` task between them, so that one
 * call plays a whole scenario. Tasks may make timers and `soon` tasks of their own. Promises are not waited for.
 */
export class ManualClock implements Clock {
  readonly #heap: PendingTimer[] = []
  #soon: (() => void)[] = []
  #nowMs: number
  #epochAtZeroMs: number
  #orders = 0
  #running = false

  constructor(options: ManualClockOptions = {}) {
    this.#nowMs = options.monotonicMs ?? 0
    this.#epochAtZeroMs = (options.epochMs ?? 1_700_000_000_000) - this.#nowMs
  }

  epochMs(): number {
    return Math.floor(this.#epochAtZeroMs + this.#nowMs)
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  /** Timers that have not run and are not cancelled. */
  get pendingTimers(): number {
    return this.#heap.length
  }

  get pendingSoon(): number {
    return this.#soon.length
  }

  /** When the next timer is due, on the monotonic scale; null without one. */
  get nextTimerMs(): number | null {
    return this.#heap[0]?.dueMs ?? null
  }

  after(delayMs: number, task: () => void): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`A delay must be 0 ms or more, not ${delayMs}`)
    const timer: PendingTimer = { dueMs: this.#nowMs + delayMs, order: this.#orders++, task, place: -1 }
    this.#push(timer)
    return { cancel: () => this.#remove(timer), unref: () => {}, ref: () => {} }
  }

  soon(task: () => void): void {
    this.#soon.push(task)
  }

  /** Moves the wall clock alone, as an operator or a time server does. Timers do not notice. */
  jumpEpoch(byMs: number): void {
    this.#epochAtZeroMs += byMs
  }

  /** Runs `soon` tasks, and those that they make, until none is left. Time stands still. */
  runSoon(): void {
    this.#guard(() => this.#settle())
  }

  /** Moves time on by so many milliseconds and runs everything that falls due on the way, the last moment included. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`Time can advance by 0 ms or more, not ${ms}`)
    this.#guard(() => {
      const endMs = this.#nowMs + ms
      this.#settle()
      for (let next = this.#heap[0]; next !== undefined && next.dueMs <= endMs; next = this.#heap[0]) this.#fire(next)
      this.#nowMs = endMs
    })
  }

  /** Moves to the next timer, however far, and runs it and what follows at once. False if there was none. */
  advanceToNextTimer(): boolean {
    let fired = false
    this.#guard(() => {
      this.#settle()
      const next = this.#heap[0]
      if (next === undefined) return
      fired = true
      this.#fire(next)
    })
    return fired
  }

  /**
   * One turn of an event loop: the `soon` tasks that wait, without those that they make; if none waits, the next timer, however
   * far. Between two turns promises can be waited for, as Node does between two callbacks. False if there was nothing to run.
   */
  turn(): boolean {
    let ran = false
    this.#guard(() => {
      const next = this.#heap[0]
      ran = this.#soon.length > 0 || next !== undefined
      if (this.#soon.length > 0) this.#runAll(this.#takeSoon())
      else if (next !== undefined) this.#expire(next)
    })
    return ran
  }

  #fire(timer: PendingTimer): void {
    this.#expire(timer)
    this.#settle()
  }

  #expire(timer: PendingTimer): void {
    this.#remove(timer)
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
    timer.task()
  }

  #takeSoon(): readonly (() => void)[] {
    const tasks = this.#soon
    this.#soon = []
    return tasks
  }

  #settle(): void {
    for (let ran = 0; this.#soon.length > 0;) {
      const tasks = this.#takeSoon()
      ran += tasks.length
      if (ran > soonTasksLimit) throw new Error(`More than ${soonTasksLimit} soon tasks ran without time moving on`)
      this.#runAll(tasks)
    }
  }

  #runAll(tasks: readonly (() => void)[]): void {
    let done = 0
    try {
      for (const task of tasks) {
        done++
        task()
      }
    } finally {
      // A task that throws does not take the ones behind it with it.
      if (done < tasks.length) this.#soon = [...tasks.slice(done), ...this.#soon]
    }
  }

  #guard(run: () => void): void {
    if (this.#running) throw new Error('A manual clock cannot be advanced from inside one of its own tasks')
    this.#running = true
    try {
      run()
    } finally {
      this.#running = false
    }
  }

  #push(timer: PendingTimer): void {
    timer.place = this.#heap.length
    this.#heap.push(timer)
    this.#rise(timer)
  }

  #remove(timer: PendingTimer): void {
    const { place } = timer
    if (place < 0) return
    timer.place = -1
    const last = this.#heap.pop()!
    if (last === timer) return
    this.#put(last, place)
    this.#sink(last)
    this.#rise(last)
  }

  #put(timer: PendingTimer, place: number): void {
    this.#heap[place] = timer
    timer.place = place
  }

  #rise(timer: PendingTimer): void {
    while (timer.place > 0) {
      const from = timer.place
      const parent = this.#heap[(from - 1) >> 1]!
      if (!earlier(timer, parent)) return
      const to = parent.place
      this.#put(parent, from)
      this.#put(timer, to)
    }
  }

  #sink(timer: PendingTimer): void {
    for (;;) {
      const from = timer.place
      let child = this.#heap[2 * from + 1]
      if (child === undefined) return
      const right = this.#heap[2 * from + 2]
      if (right !== undefined && earlier(right, child)) child = right
      if (!earlier(child, timer)) return
      const to = child.place
      this.#put(child, from)
      this.#put(timer, to)
    }
  }
}
