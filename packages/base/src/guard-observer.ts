// An observer of the user's, which may throw, as one that does not.
import { observerMethods, surface, type Observer } from '@sluice/core'

/** An observer whose throws surface. A method exists only if the given one has it. */
export function guardObserver(observer: Observer): Observer {
  const guarded: { -readonly [Method in keyof Observer]: (event: never) => void } = {}
  for (const method of observerMethods) {
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
