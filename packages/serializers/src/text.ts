// Text as UTF-8, and UUIDs, which Kafka's own clients write as text.
import { SerializationError, type Serializer } from '@sluice/core'
import { describe } from './describe.ts'

/**
 * UTF-8, as Kafka's StringSerializer writes it. A lone surrogate becomes U+FFFD.
 *
 * @throws SerializationError for anything but a string: nothing is converted in silence
 */
export const stringSerializer: Serializer<string> = value => {
  if (typeof value === 'string') return value
  throw new SerializationError(`stringSerializer takes a string, not ${describe(value)}`)
}

const uuidPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/**
 * A UUID as the 36 characters that Kafka's UUIDSerializer writes, in lower case whatever the case given, so that equal
 * keys have equal bytes.
 *
 * @throws SerializationError for anything but 8-4-4-4-12 hexadecimal digits
 */
export const uuidSerializer: Serializer<string> = value => {
  if (typeof value === 'string' && uuidPattern.test(value)) return value.toLowerCase()
  throw new SerializationError(
    `uuidSerializer takes 36 characters such as 123e4567-e89b-12d3-a456-426614174000, not ${describe(value)}`
  )
}
