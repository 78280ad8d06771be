// The strict check: every message of a call, before any of them is accepted.
import { SerializationError, type MessageToProduce } from '@sluice/core'
import { isTopicName } from '@sluice/base/parts'
import { describe, isPlainHeaders, passThrough, type RecordSerializers } from './record-encoder.ts'

/**
 * What can be told of a message without its topic's metadata and without a serializer: these are asked once, when the message goes
 * into its batch.
 *
 * @throws SerializationError naming the first message and field that cannot be right
 */
export function checkMessages(messages: readonly MessageToProduce[], serializers: RecordSerializers): void {
  // Not forEach: holes are no messages.
  for (let index = 0; index < messages.length; index++) {
    const problem = problemOf(messages[index], serializers)
    if (problem === null) continue
    const [field, what] = problem
    const path = field === '' ? `messages[${index}]` : `messages[${index}].${field}`
    throw new SerializationError(`${path} ${what}`, { index, field, outcome: 'not-persisted' })
  }
}

type Problem = readonly [field: string, what: string]

function problemOf(message: unknown, serializers: RecordSerializers): Problem | null {
  if (typeof message !== 'object' || message === null) return ['', `is ${describe(message)}, not an object`]
  const { topic, value, key, partition, timestamp, headers } = message as MessageToProduce
  if (!isTopicName(topic)) return ['topic', `is ${describe(topic)}, not the name of a topic`]
  if (value === undefined) return ['value', 'is missing; null is a tombstone']
  if (!isTaken(serializers.value, value)) return ['value', `is ${describe(value)}${mustBeBytes}`]
  if (!isTaken(serializers.key, key)) return ['key', `is ${describe(key)}${mustBeBytes}`]
  if (partition !== undefined && !isCount(partition))
    return ['partition', `is ${describe(partition)}, not a non-negative integer`]
  if (timestamp !== undefined && !isCount(typeof timestamp === 'bigint' ? Number(timestamp) : timestamp))
    return ['timestamp', `is ${describe(timestamp)}, not milliseconds since 1970`]
  return headers === undefined || headers === null ? null : headersProblem(headers, serializers)
}

function headersProblem(headers: unknown, serializers: RecordSerializers): Problem | null {
  const isPlain = !(headers instanceof Map) && !Array.isArray(headers)
  if (isPlain && !isPlainHeaders(headers))
    return ['headers', `is ${describe(headers)}, not a Map, an object or an array of pairs`]
  const pairs: unknown[] = isPlain ? Object.entries(headers) : [...headers]
  for (const [index, pair] of pairs.entries()) {
    const field = `headers[${index}]`
    if (!Array.isArray(pair) || pair.length !== 2) return [field, `is ${describe(pair)}, not a pair of name and value`]
    const [name, value]: unknown[] = pair
    if (name === undefined || name === null) return [field, `has ${describe(name)} as its name`]
    if (!isPlain && !isTaken(serializers.headerKey, name))
      return [field, `has ${describe(name)} as its name${mustBeBytes}`]
    if (value === undefined) return [field, 'has no value; null is a value']
    if (!isTaken(serializers.headerValue, value)) return [field, `has ${describe(value)} as its value${mustBeBytes}`]
  }
  return null
}

const mustBeBytes = '; without a serializer it must be a Uint8Array or a string'

/** What a serializer takes only it can tell. */
function isTaken(serializer: RecordSerializers['value'], value: unknown): boolean {
  if (serializer !== passThrough || value === undefined || value === null) return true
  return typeof value === 'string' || value instanceof Uint8Array
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
