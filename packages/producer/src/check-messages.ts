// The strict check: every message of a call, before any of them is accepted.
import { SerializationError, type MessageToProduce } from '@sluice/core'
import { describe } from './record-encoder.ts'

/** @throws SerializationError naming the first message and field that cannot be right */
export function checkMessages(messages: readonly MessageToProduce[]): void {
  messages.forEach((message, index) => {
    const problem = problemOf(message)
    if (problem === null) return
    const [field, what] = problem
    const path = field === '' ? `messages[${index}]` : `messages[${index}].${field}`
    throw new SerializationError(`${path} ${what}`, { index, field, outcome: 'not-persisted' })
  })
}

function problemOf(message: unknown): [field: string, what: string] | null {
  if (typeof message !== 'object' || message === null) return ['', `is ${describe(message)}, not an object`]
  const { topic, value, partition, timestamp, headers } = message as MessageToProduce
  if (typeof topic !== 'string' || topic === '') return ['topic', `is ${describe(topic)}, not the name of a topic`]
  if (value === undefined) return ['value', 'is missing; null is a tombstone']
  if (partition !== undefined && !isCount(partition))
    return ['partition', `is ${describe(partition)}, not a non-negative integer`]
  if (timestamp !== undefined && !isCount(typeof timestamp === 'bigint' ? Number(timestamp) : timestamp))
    return ['timestamp', `is ${describe(timestamp)}, not milliseconds since 1970`]
  return headers === undefined || headers === null ? null : headersProblem(headers)
}

function headersProblem(headers: unknown): [field: string, what: string] | null {
  if (typeof headers !== 'object' || headers === null)
    return ['headers', `is ${describe(headers)}, not a Map, an object or an array of pairs`]
  const pairs: unknown[] = headers instanceof Map || Array.isArray(headers) ? [...headers] : Object.entries(headers)
  for (const [index, pair] of pairs.entries()) {
    const field = `headers[${index}]`
    if (!Array.isArray(pair) || pair.length !== 2) return [field, `is ${describe(pair)}, not a pair of name and value`]
    const [name, value]: unknown[] = pair
    if (name === undefined || name === null) return [field, `has ${describe(name)} as its name`]
    if (value === undefined) return [field, 'has no value; null is a value']
  }
  return null
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
