// What somebody else's code gives or throws, as an error.
import { reasonOf } from '@sluice/core'

/** An error stays what it is, also one of another realm, such as those of Node in a test runner's; anything else is in its `cause`. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(reasonOf(thrown), { cause: thrown })
}

function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}
