// How an error thrown by a user's code comes out without going through ours.
import type { Observer } from '@sluice/core'

/** Throws from a microtask: the process sees an uncaught exception, the caller goes on with its state consistent. */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

/** An observer whose throws surface. A method exists only if the given one has it. */
export function guardObserver(observer: Observer): Observer {
  const guarded: { -readonly [Method in keyof Observer]: (event: never) => void } = {}
  const methods = [
    'onConnection',
    'onRequest',
    'onResponse',
    'onMetadata',
    'onBatch',
    'onRetry',
    'onOutcome'
  ] as const satisfies readonly (keyof Observer)[]
  for (const method of methods) {
    if (observer[method] === undefined) continue
    guarded[method] = event => {
      try {
        observer[method]!(event)
      } catch (error) {
        surface(error)
      }
    }
  }
  return guarded
}
