// A second opinion on messages: reads them by the schema, field by field, and notes where everything lies.
import { defaultOf, type Field, type Fields, type FieldType } from '@sluice/protocol/schema'
import type { Span } from '../target.ts'

/** Bytes are shown as hexadecimal text, so that values can be compared. */
export type Value = null | boolean | number | bigint | string | readonly Value[] | { readonly [field: string]: Value }

export interface Shape {
  readonly fields: Fields
  readonly version: number
  readonly flexible: boolean
  /** Whether the header ends in tagged fields. */
  readonly headerTags: boolean
}

export interface Reading {
  /** Null: the bytes are no such message. */
  readonly value: Value
  readonly spans: readonly Span[]
}

/** What a response frame, its header included, means. Bytes after the message are no fault. */
export function readMessage(shape: Shape, bytes: Uint8Array): Reading {
  const walk = new Walk(shape, bytes)
  try {
    return { value: walk.frame(), spans: walk.spans }
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    return { value: null, spans: walk.spans }
  }
}

/** What a field is when nothing is said of it. */
export function initialValue({ settings }: Field): Value {
  const { type } = settings
  if (type.kind === 'list') return []
  if (type.kind === 'struct')
    return Object.fromEntries(Object.entries(type.struct.fields).map(([name, each]) => [name, initialValue(each)]))
  return defaultOf(settings)
}

/** Such bytes are not this message. */
class Refusal extends Error {}

const widths = { bool: 1, int8: 1, int16: 2, int32: 4, int64: 8 } as const
const sizeWidths = { string: 2, bytes: 4, records: 4 } as const

class Walk {
  readonly spans: Span[] = []
  readonly #shape: Shape
  readonly #bytes: Buffer
  #at = 0
  /** Where the tagged field ends that is being read, or the frame. */
  #end: number

  constructor(shape: Shape, bytes: Uint8Array) {
    this.#shape = shape
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = bytes.length
  }

  frame(): Value {
    this.#integer(4)
    if (this.#shape.headerTags) this.#tags(() => null)
    return this.#struct(this.#shape.fields)
  }

  #struct(fields: Fields): Value {
    const value: Record<string, Value> = {}
    const tagged = new Map<number, [name: string, field: Field]>()
    for (const [name, field] of Object.entries(fields)) {
      const { from, to, tag } = field.settings
      const present = from <= this.#shape.version && this.#shape.version <= to
      if (present && tag !== null) tagged.set(tag, [name, field])
      value[name] = present && tag === null ? this.#field(field) : initialValue(field)
    }
    if (!this.#shape.flexible) return value
    this.#tags(tag => {
      const known = tagged.get(tag)
      if (known !== undefined) value[known[0]] = this.#field(known[1])
    })
    return value
  }

  #tags(read: (tag: number) => void): void {
    const start = this.#at
    for (let count = this.#varint(); count > 0; count--) {
      const tag = this.#varint()
      const length = this.#varint()
      if (length > this.#end - this.#at) throw new Refusal()
      const outer = this.#end
      this.#end = this.#at + length
      read(tag)
      this.#at = this.#end
      this.#end = outer
    }
    this.#note('tags', start)
  }

  #field({ settings }: Field): Value {
    const value = this.#value(settings.type)
    if (value === null && this.#shape.version < settings.nullableFrom) throw new Refusal()
    return value
  }

  #value(type: FieldType): Value {
    const { kind } = type
    switch (kind) {
      case 'bool':
        return this.#integer(widths[kind]) !== 0n
      case 'int8':
      case 'int16':
      case 'int32':
        return Number(this.#integer(widths[kind]))
      case 'int64':
        return this.#integer(8)
      case 'uuid':
        return this.#take(16)
          .toString('hex')
          .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
      case 'string':
        return this.#content(sizeWidths[kind])?.toString('utf8') ?? null
      case 'bytes':
      case 'records':
        return this.#content(sizeWidths[kind])?.toString('hex') ?? null
      case 'list':
        return this.#list(type.element)
      case 'struct':
        return this.#struct(type.struct.fields)
    }
  }

  #list(element: FieldType): Value {
    const count = this.#size(4)
    if (count < 0) return null
    const start = this.#at
    const list: Value[] = []
    // Each element takes a byte at least, so this ends with the bytes.
    for (let index = 0; index < count; index++) {
      const value = this.#value(element)
      if (value === null) throw new Refusal()
      list.push(value)
    }
    this.#note('content', start)
    return list
  }

  #content(width: 2 | 4): Buffer | null {
    const length = this.#size(width)
    return length < 0 ? null : this.#take(length)
  }

  #size(width: 2 | 4): number {
    const size = this.#shape.flexible ? this.#varint() - 1 : Number(this.#integer(width))
    if (size < -1) throw new Refusal()
    return size
  }

  #integer(width: number): bigint {
    const start = this.#at
    let value = 0n
    for (const byte of this.#take(width)) value = (value << 8n) | BigInt(byte)
    this.spans.pop()
    this.#note('fixed', start)
    return BigInt.asIntN(width * 8, value)
  }

  #varint(): number {
    const start = this.#at
    let value = 0n
    for (let shift = 0n; shift < 35n; shift += 7n) {
      if (this.#at >= this.#end) throw new Refusal()
      const byte = this.#bytes[this.#at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) {
        if (value > 0xffff_ffffn) break
        this.#note('varint', start)
        return Number(value)
      }
    }
    throw new Refusal()
  }

  #take(length: number): Buffer {
    if (length > this.#end - this.#at) throw new Refusal()
    const start = this.#at
    this.#at += length
    this.#note('content', start)
    return this.#bytes.subarray(start, this.#at)
  }

  #note(kind: Span['kind'], start: number): void {
    this.spans.push({ start, end: this.#at, kind })
  }
}
