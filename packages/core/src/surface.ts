// How an error thrown by a user's code comes out without going through ours.
import type { EventEmitter } from 'node:events'

/** Throws from a microtask: the process sees an uncaught exception, the caller goes on with its state consistent. */
export function surface(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown
  })
}

/** Runs a user's code that returns nothing: an observer, a callback. */
export function guarded(run: () => void): void {
  try {
    run()
  } catch (thrown) {
    surface(thrown)
  }
}

/**
 * Tells every listener, whatever those before it do. Story: a user's listener was first, and threw; the producer behind it
 * never heard that there was room again, and what waited for that waited until its time was over.
 */
export function tellAll(emitter: EventEmitter, name: string, event: readonly unknown[]): void {
  for (const listener of emitter.rawListeners(name)) {
    try {
      Reflect.apply(listener, emitter, event)
    } catch (thrown) {
      surface(thrown)
    }
  }
}
