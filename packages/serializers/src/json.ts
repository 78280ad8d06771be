// Any value as JSON.
import { SerializationError, reasonOf, type SerializeContext } from '@sluice/core'
import { describe } from './describe.ts'

/**
 * JSON text, written as UTF-8. `jsonSerializer<Order>` types the slot it is put in. Null never comes here: it is null on
 * the wire (a tombstone, as a value). As JSON.stringify does it: NaN and infinities become null, undefined members are left out.
 *
 * @throws SerializationError for a value that JSON has no text for (undefined, a function, a symbol, a `toJSON` that gives
 * undefined), and, with its reason as `cause`, for one that JSON.stringify refuses (a cycle, a bigint)
 */
// The parameter is what types a slot: `value: jsonSerializer<Order>`.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function jsonSerializer<T>(value: T, _context: SerializeContext): string {
  const text = stringify(value)
  if (text !== undefined) return text
  throw new SerializationError(`jsonSerializer has no JSON for ${describe(value)}; send null for a tombstone`)
}

// The declared type of JSON.stringify hides that it may give undefined.
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new SerializationError(`jsonSerializer cannot write ${describe(value)} as JSON: ${reason}`, { cause })
  }
}
