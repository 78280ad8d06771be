// The event loop of the client: its clock, silent while the loop is blocked.
import type { Clock, Timer } from '@sluice/core'
import type { ManualClock } from '@sluice/testing'

interface Task {
  readonly run: () => void
  over: boolean
}

/**
 * While it is blocked, time passes and the world goes on, but nothing of the client runs. Afterwards things happen in the
 * order of Node's phases: timers that are overdue, then what the sockets hold, then what was put off with `soon`.
 */
export class ClientLoop implements Clock {
  readonly #world: ManualClock
  #blocked = false
  #blockedSinceMs = 0
  #blockedMs = 0
  #wallClockMs = 0
  #timersPending = 0
  #timersFired = 0
  #mostTimersPending = 0
  #timers: Task[] = []
  #sockets: (() => void)[] = []
  #checks: (() => void)[] = []

  constructor(world: ManualClock) {
    this.#world = world
  }

  /** Timers that were made and neither ran nor were cancelled. */
  get timersPending(): number {
    return this.#timersPending
  }

  get mostTimersPending(): number {
    return this.#mostTimersPending
  }

  get timersFired(): number {
    return this.#timersFired
  }

  get blocked(): boolean {
    return this.#blocked
  }

  /** For how long it has been blocked, all in all. */
  get blockedMs(): number {
    return this.#blockedMs + (this.#blocked ? this.#world.monotonicMs() - this.#blockedSinceMs : 0)
  }

  epochMs(): number {
    return this.#world.epochMs() + this.#wallClockMs
  }

  monotonicMs(): number {
    return this.#world.monotonicMs()
  }

  /** A timer of the story, not of the client: it is blocked with it, and not counted. */
  later(delayMs: number, run: () => void): void {
    const task: Task = { run, over: false }
    this.#world.after(delayMs, () => {
      if (this.#blocked) this.#timers.push(task)
      else run()
    })
  }

  after(delayMs: number, run: () => void): Timer {
    const task: Task = { run: () => this.#fired(run), over: false }
    this.#timersPending++
    this.#mostTimersPending = Math.max(this.#mostTimersPending, this.#timersPending)
    const timer = this.#world.after(delayMs, () => {
      if (this.#blocked) this.#timers.push(task)
      else this.#fire(task)
    })
    const cancel = (): void => {
      if (task.over) return
      task.over = true
      this.#timersPending--
      timer.cancel()
    }
    return { cancel, unref: () => {}, ref: () => {} }
  }

  #fire(task: Task): void {
    if (task.over) return
    task.over = true
    task.run()
  }

  #fired(run: () => void): void {
    this.#timersPending--
    this.#timersFired++
    run()
  }

  soon(run: () => void): void {
    this.#world.soon(() => {
      if (this.#blocked) this.#checks.push(run)
      else run()
    })
  }

  /** Something that the poll phase brings. */
  poll(run: () => void): void {
    if (this.#blocked) this.#sockets.push(run)
    else run()
  }

  jumpWallClock(byMs: number): void {
    this.#wallClockMs += byMs
  }

  block(ms: number): void {
    if (this.#blocked || ms <= 0) return
    this.#blocked = true
    this.#blockedSinceMs = this.#world.monotonicMs()
    this.#world.after(ms, () => this.#unblock())
  }

  #unblock(): void {
    this.#blockedMs = this.blockedMs
    this.#blocked = false
    // What runs now may block it again; then the rest has to wait.
    while (this.#timers.length > 0 && !this.#blocked) this.#fire(this.#timers.shift()!)
    while (this.#sockets.length > 0 && !this.#blocked) this.#sockets.shift()!()
    while (this.#checks.length > 0 && !this.#blocked) this.#checks.shift()!()
  }
}
