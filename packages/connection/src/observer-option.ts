// The observer option: what is judged of an object that may be more than an observer.
import { observerMethods } from '@sluice/core'
import { nearestName, rules, type OptionRule } from './options.ts'

const must = 'an observer (an object of functions)'

const events = rules.objectOf(
  must,
  Object.fromEntries(observerMethods.map(name => [name, rules.method('that is told of it')]))
)

export const observerRule: OptionRule = {
  must,
  holds: value => events.holds(namedLikeEvents(value)),
  within: (value, path) => events.within!(namedLikeEvents(value), path)
}

/** The members that are meant as an observer's, those of a class included: what else the object has is its own affair. */
function namedLikeEvents(value: unknown): unknown {
  if (!rules.object(must).holds(value)) return value
  const named: Record<string, unknown> = {}
  for (let from = Object(value); from !== null && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from))
      if (isLikeEvent(name)) named[name] ??= Reflect.get(Object(value), name)
  }
  return named
}

/** Not `once`, and not `online`. */
function isLikeEvent(name: string): boolean {
  return /^on[A-Z]/.test(name) || (/^on/i.test(name) && nearestName(name, observerMethods) !== null)
}
