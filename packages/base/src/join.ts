// Many outcomes made one.
import type { Callback, KafkaError } from '@sluice/core'

/** Starts all; when all have ended, gives their results in order, or the first error there was. */
export function joinAll<Item, Result>(
  items: ReadonlySet<Item>,
  start: (item: Item, done: Callback<Result>) => void,
  callback: Callback<Map<Item, Result>>
): void {
  const results = new Map<Item, Result>()
  let left = items.size
  let firstError: KafkaError | null = null
  const end = (): void => {
    if (firstError !== null) return callback(firstError, undefined)
    callback(null, new Map([...items].map(item => [item, results.get(item)!])))
  }
  if (left === 0) return end()
  for (const item of items) {
    start(item, (...[error, result]) => {
      if (error === null) results.set(item, result)
      else firstError ??= error
      if (--left === 0) end()
    })
  }
}
