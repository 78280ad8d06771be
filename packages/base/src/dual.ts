// The public edge: a callback or a promise around the same callback-shaped work.
import { AsyncResource } from 'node:async_hooks'
import { InvalidArgumentError, isKafkaError, surface, type Callback, type KafkaError } from '@sluice/core'

/** A callback as users give it. */
export type UserCallback<T> = (error: KafkaError | null, result?: T) => void

/**
 * Without a callback a promise, with one `undefined`. The work's outcome, an error that `start` throws included, arrives
 * once and never before this call has returned. A callback runs in its caller's `AsyncLocalStorage` context; what it throws
 * surfaces as an uncaught exception.
 */
export function dual<T>(callback: undefined, start: (done: Callback<T>) => void): Promise<T>
export function dual<T>(callback: UserCallback<T>, start: (done: Callback<T>) => void): undefined
export function dual<T>(
  callback: UserCallback<T> | undefined,
  start: (done: Callback<T>) => void
): Promise<T> | undefined
export function dual<T>(
  callback: UserCallback<T> | undefined,
  start: (done: Callback<T>) => void
): Promise<T> | undefined {
  if (callback === undefined) return inPromise(start)
  if (typeof callback !== 'function') return Promise.reject(new InvalidArgumentError('The callback must be a function'))
  begin(start, userCallback(callback))
  return undefined
}

export function inPromise<T>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    start((...[error, result]) => (error === null ? resolve(result) : reject(error)))
  })
}

/**
 * A user's callback as our own code calls it: in the user's async context, throws kept away from us. Make one per call, in
 * the call: the context is the one of this moment.
 */
export function userCallback<T>(callback: UserCallback<T>): Callback<T> {
  const context = new AsyncResource('SluiceCall', byHand)
  return (...[error, result]) => {
    try {
      if (error === null) context.runInAsyncScope(callback, undefined, null, result)
      else context.runInAsyncScope(callback, undefined, error)
    } catch (thrown) {
      surface(thrown)
    } finally {
      context.emitDestroy()
    }
  }
}

// Destroyed by hand, for then no finalizer has to be registered.
const byHand = { requireManualDestroy: true }

/** Starts the work, and puts off an outcome that came too early. */
function begin<T>(start: (done: Callback<T>) => void, done: Callback<T>): void {
  let returned = false
  const later: Callback<T> = (...outcome) => {
    if (returned) done(...outcome)
    else queueMicrotask(() => done(...outcome))
  }
  try {
    start(later)
  } catch (error) {
    if (!isKafkaError(error)) throw error
    later(error, undefined)
  } finally {
    returned = true
  }
}
