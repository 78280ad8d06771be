// What the suites claim of an implementation, failing with plain errors.
import { inspect } from 'node:util'

export function claim(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message)
}

export function claimEqual(actual: unknown, expected: unknown, what: string): void {
  claim(Object.is(actual, expected), `${what} is ${shown(actual)}, not ${shown(expected)}`)
}

export function claimSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  claim(actual instanceof Uint8Array, `${what} is ${shown(actual)}, not a Uint8Array`)
  if (Buffer.compare(actual, expected) === 0) return
  const length = Math.min(actual.length, expected.length)
  let at = 0
  while (at < length && actual[at] === expected[at]) at++
  const place = `${window(actual, at)} instead of ${window(expected, at)} at ${at}`
  throw new Error(`${what}: ${actual.length} bytes instead of ${expected.length}, ${place}`)
}

/** What the action throws or rejects with. Fails if it does neither. */
export async function failureOf(action: () => unknown, what: string): Promise<unknown> {
  let result: unknown
  try {
    result = await action()
  } catch (error) {
    return error
  }
  throw new Error(`${what} did not fail: it gave ${shown(result)}`)
}

export function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes (${window(value, 0)})`
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { breakLength: Infinity })
}

function window(bytes: Uint8Array, at: number): string {
  const end = Math.min(bytes.length, at + 8)
  if (at >= end) return 'the end'
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString('hex')
}
