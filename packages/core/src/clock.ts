// Time as it comes in from outside: the only room in which timers live.
// Imported, for the global of this name is an accessor, which is called each time.
import { performance } from 'node:perf_hooks'

export interface Timer {
  /** Idempotent. After it returns the task is never run. */
  cancel(): void
  /** Lets the process end while this timer is pending. */
  unref(): void
  /** Takes `unref` back. */
  ref(): void
}

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. Only for record timestamps. */
  epochMs(): number
  /** Milliseconds from an arbitrary origin, never going back. For every timeout, linger and backoff. */
  monotonicMs(): number
  /** Runs the task once, `delayMs` (0 or more, any size) from now. Keeps the process alive till then, unless `unref` is called. */
  after(delayMs: number, task: () => void): Timer
  /** Runs after the poll phase that is under way (setImmediate; never a microtask), and keeps the process alive till then. */
  soon(task: () => void): void
}

// setTimeout takes a signed 32-bit number of milliseconds; a larger one fires at once.
const longestTimeoutMs = 2_147_483_647

function after(delayMs: number, task: () => void): Timer {
  let remainingMs = delayMs
  let referenced = true
  let handle: NodeJS.Timeout
  const arm = (): void => {
    const stepMs = Math.min(remainingMs, longestTimeoutMs)
    remainingMs -= stepMs
    handle = setTimeout(remainingMs > 0 ? arm : task, stepMs)
    if (!referenced) handle.unref()
  }
  arm()
  return {
    cancel: () => clearTimeout(handle),
    unref: () => {
      referenced = false
      handle.unref()
    },
    ref: () => {
      referenced = true
      handle.ref()
    }
  }
}

/** The machine's own clock. */
export const systemClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after,
  soon: task => {
    setImmediate(task)
  }
}
