// Bytes that are already what goes on the wire.
import { SerializationError, type Serializer } from '@sluice/core'
import { describe } from './describe.ts'

/**
 * Passes bytes through without copying: they must not change until the call settles.
 *
 * @throws SerializationError for anything but a `Uint8Array` (a `Buffer` is one)
 */
export const bytesSerializer: Serializer<Uint8Array> = value => {
  if (value instanceof Uint8Array) return value
  throw new SerializationError(`bytesSerializer takes a Uint8Array, not ${describe(value)}`)
}
