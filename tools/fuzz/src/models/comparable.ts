// Decoded values as plain data: bytes become hexadecimal text, and what is not plain stands out.
import { Finding } from '../finding.ts'
import type { Value } from './message-model.ts'

/** @throws Finding for a value that no message can hold */
export function comparable(value: unknown): Value {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  if (Array.isArray(value)) return value.map(comparable)
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'bigint')
    return value
  if (typeof value === 'number') return whole(value)
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    throw new Finding('wrong value', `A message holds a ${typeof value} that is not plain`)
  const plain: Record<string, Value> = {}
  for (const [name, inner] of Object.entries(value)) plain[name] = comparable(inner)
  return plain
}

function whole(value: number): number {
  if (Number.isInteger(value)) return value
  throw new Finding('wrong value', `A message holds the number ${value}`)
}
