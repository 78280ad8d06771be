// Messages as plain data, so that they can be compared and printed.
import type { Value } from '../src/reference.ts'

/** Buffers and other arrays of bytes become the same text. */
export function plain(value: Value | undefined): unknown {
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}
