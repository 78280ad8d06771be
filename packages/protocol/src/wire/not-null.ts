// Refuses null for a field that cannot be null in the version that is written.
import { InvalidArgumentError } from '@sluice/core'

export function notNull<T>(value: T | null, field: string): T {
  if (value === null)
    throw new InvalidArgumentError(
      `${field} cannot be null in this version of the message: the broker is too old for it`
    )
  return value
}
