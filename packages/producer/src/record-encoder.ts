// A message into a record: through the serializers, straight into the batch.
import {
  SerializationError,
  reasonOf,
  type MessageToProduce,
  type SerializeContext,
  type Serializer
} from '@sluice/core'
import type { BatchWriter } from '@sluice/protocol'

/** The four serializers as the encoder calls them. */
export interface RecordSerializers {
  readonly key: Serializer<unknown>
  readonly value: Serializer<unknown>
  readonly headerKey: Serializer<unknown>
  readonly headerValue: Serializer<unknown>
}

/** One topic's contexts, made once. */
export interface TopicContexts {
  readonly key: SerializeContext
  readonly value: SerializeContext
  readonly headerKey: SerializeContext
  readonly headerValue: SerializeContext
}

export function topicContexts(topic: string): TopicContexts {
  return {
    key: { topic, part: 'key' },
    value: { topic, part: 'value' },
    headerKey: { topic, part: 'headerKey' },
    headerValue: { topic, part: 'headerValue' }
  }
}

/** The serializer of a slot that has none: bytes as they are, strings as UTF-8. */
export function passThrough(value: unknown, context: SerializeContext): Uint8Array | string {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  throw new SerializationError(
    `The ${context.part} of a message for ${context.topic} is ${describe(value)}; without a serializer it must be a Uint8Array or a string`
  )
}

export class RecordEncoder {
  readonly #serializers: RecordSerializers

  constructor(serializers: RecordSerializers) {
    this.#serializers = serializers
  }

  /** @throws SerializationError naming the field */
  key(message: MessageToProduce, contexts: TopicContexts): Uint8Array | string | null {
    const { key } = message
    if (key === undefined || key === null) return null
    return serialize(this.#serializers.key, key, contexts.key, 'key')
  }

  /**
   * Writes the value and the headers of the record that was begun; the key is already there.
   *
   * @throws SerializationError naming the field; the record must then be rewound
   */
  // hot: bench
  write(writer: BatchWriter, message: MessageToProduce, contexts: TopicContexts): void {
    const { value, headers } = message
    if (value === null) writer.nullPart()
    else if (value === undefined) throw missingValue(contexts.value.topic)
    else if (!writePart(writer, this.#serializers.value, value, contexts.value, 'value')) writer.nullPart()
    if (headers === undefined || headers === null) writer.headerCount(0)
    else this.#writeHeaders(writer, headers, contexts)
  }

  #writeHeaders(writer: BatchWriter, headers: unknown, contexts: TopicContexts): void {
    if (headers instanceof Map) {
      const count = headers.size
      writer.headerCount(count)
      let index = 0
      // A serializer may have the map from its user, and change it.
      for (const [name, value] of headers) {
        if (index === count) throw changedHeaders()
        this.#writeHeader(writer, name, value, contexts, index++)
      }
      if (index < count) throw changedHeaders()
    } else if (Array.isArray(headers)) {
      const count = headers.length
      writer.headerCount(count)
      for (let index = 0; index < count; index++) {
        const pair: unknown = headers[index]
        if (!Array.isArray(pair) || pair.length !== 2)
          throw badHeader(index, `is ${describe(pair)}, not a pair of name and value`)
        this.#writeHeader(writer, pair[0], pair[1], contexts, index)
      }
    } else if (isPlainHeaders(headers)) {
      const names = Object.keys(headers)
      writer.headerCount(names.length)
      for (let index = 0; index < names.length; index++) {
        const name = names[index]!
        writer.part(name)
        this.#writeHeaderValue(writer, (headers as Record<string, unknown>)[name], contexts, index)
      }
    } else
      throw new SerializationError(`headers is ${describe(headers)}, not a Map, an object or an array of pairs`, {
        field: 'headers'
      })
  }

  #writeHeader(writer: BatchWriter, name: unknown, value: unknown, contexts: TopicContexts, index: number): void {
    if (name === undefined || name === null) throw badHeader(index, `has ${describe(name)} as its name`)
    if (!writePart(writer, this.#serializers.headerKey, name, contexts.headerKey, `headers[${index}]`))
      throw badHeader(index, 'has null as its name')
    this.#writeHeaderValue(writer, value, contexts, index)
  }

  #writeHeaderValue(writer: BatchWriter, value: unknown, contexts: TopicContexts, index: number): void {
    if (value === null) writer.nullPart()
    else if (value === undefined) throw badHeader(index, 'has no value; null is a value')
    else if (!writePart(writer, this.#serializers.headerValue, value, contexts.headerValue, `headers[${index}]`))
      writer.nullPart()
  }
}

/** What gives its content by other means than its names would be written without any. */
export function isPlainHeaders(headers: unknown): headers is object {
  if (typeof headers !== 'object' || headers === null) return false
  const prototype: unknown = Object.getPrototypeOf(headers)
  if (prototype === Object.prototype || prototype === null) return true
  if (Object.keys(headers).length > 0) return true
  return !(Symbol.iterator in headers) && !('then' in headers && typeof headers.then === 'function')
}

/** False: the part is null; it is begun, and must be ended as that. */
// hot: bench
function writePart(
  writer: BatchWriter,
  serializer: Serializer<unknown>,
  value: unknown,
  context: SerializeContext,
  field: string
): boolean {
  if (serializer.into === undefined) {
    writer.part(serialize(serializer, value, context, field))
    return true
  }
  writer.beginPart()
  let written: boolean
  try {
    written = serializer.into(value, context, writer)
  } catch (cause) {
    throw serializerFailed(cause, context, field)
  }
  if (typeof written !== 'boolean') throw gaveNeither(written, context, field)
  if (written) writer.endPart()
  return written
}

/** Story: an `into` forgets to return true, and a tombstone is written. */
function gaveNeither(written: never, { topic }: SerializeContext, field: string): SerializationError {
  const what = describe(written)
  return new SerializationError(
    `The serializer's into of ${field} for ${topic} returned ${what}, neither true nor false`,
    {
      field
    }
  )
}

function serialize(
  serializer: Serializer<unknown>,
  value: unknown,
  context: SerializeContext,
  field: string
): Uint8Array | string {
  let result: Uint8Array | string
  try {
    result = serializer(value, context)
  } catch (cause) {
    throw serializerFailed(cause, context, field)
  }
  if (typeof result === 'string' || result instanceof Uint8Array) return result
  throw new SerializationError(
    `The serializer of ${field} for ${context.topic} returned ${describe(result)}, neither a Uint8Array nor a string`,
    { field }
  )
}

function serializerFailed(cause: unknown, context: SerializeContext, field: string): SerializationError {
  const reason = reasonOf(cause)
  return new SerializationError(`The ${field} of a message for ${context.topic} could not be serialized: ${reason}`, {
    cause,
    field
  })
}

function missingValue(topic: string): SerializationError {
  return new SerializationError(
    `A message for ${topic} has no value; null is a tombstone, a missing value is an error`,
    {
      field: 'value'
    }
  )
}

function changedHeaders(): SerializationError {
  return new SerializationError('headers changed while they were written', { field: 'headers' })
}

function badHeader(index: number, what: string): SerializationError {
  return new SerializationError(`headers[${index}] ${what}`, { field: `headers[${index}]` })
}

/** A value as an error names it: short, and never more than its kind and a glimpse. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? 'an array' : describeObject(value)
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value)
    default:
      return `a ${typeof value}`
  }
}

/** By its class alone: what the object itself has as its constructor is content. */
function describeObject(value: object): string {
  const maker: unknown = Object.getPrototypeOf(value)?.constructor
  return typeof maker === 'function' && maker !== Object ? `a ${maker.name}` : 'an object'
}
