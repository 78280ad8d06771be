// Calls of a user's code, none of which stops ours.
import type { EventEmitter } from 'node:events'
import { surface } from '@sluice/core'

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
