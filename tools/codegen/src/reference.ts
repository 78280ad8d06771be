// A second, plain implementation of the schema, for tests: walks it field by field, slowly, sharing nothing with the generated code.
import { defaultOf, type Field, type Fields, type FieldType } from '@sluice/protocol/schema'

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [field: string]: Value | undefined }
export type Struct = { readonly [field: string]: Value | undefined }

const numberBytes = { int8: 1, int16: 2, int32: 4, int64: 8 } as const

/** Everything that a field is in a version: whether it is there, tagged, or may be null. */
function isIn({ settings }: Field, version: number): boolean {
  return settings.from <= version && version <= settings.to
}

/** A field's default: empty lists, structs of defaults. */
export function defaultValue({ settings }: Field): Value {
  const { type } = settings
  if (type.kind === 'list') return []
  if (type.kind === 'bytes') return new Uint8Array(0)
  if (type.kind === 'struct') return defaultStruct(type.struct.fields)
  return defaultOf(settings)
}

function defaultStruct(fields: Fields): Struct {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, defaultValue(field)]))
}

/** The bytes of a message. Fields that are missing get their defaults. */
export function encode(fields: Fields, flexibleFrom: number, version: number, value: Struct): Uint8Array {
  const bytes: number[] = []
  encodeStruct(bytes, fields, version, version >= flexibleFrom, value)
  return Uint8Array.from(bytes)
}

function encodeStruct(bytes: number[], fields: Fields, version: number, flexible: boolean, value: Struct): void {
  const tagged: [tag: number, content: number[]][] = []
  for (const [name, field] of Object.entries(fields)) {
    if (!isIn(field, version)) continue
    const content = value[name] === undefined ? defaultValue(field) : value[name]
    if (field.settings.tag === null) {
      encodeValue(bytes, field.settings.type, version, flexible, content)
      continue
    }
    const own: number[] = []
    encodeValue(own, field.settings.type, version, flexible, content)
    const usual: number[] = []
    encodeValue(usual, field.settings.type, version, flexible, defaultValue(field))
    if (own.join() !== usual.join()) tagged.push([field.settings.tag, own])
  }
  if (!flexible) return
  encodeVarint(bytes, tagged.length)
  for (const [tag, content] of tagged.toSorted(([a], [b]) => a - b)) {
    encodeVarint(bytes, tag)
    encodeVarint(bytes, content.length)
    bytes.push(...content)
  }
}

function encodeValue(bytes: number[], type: FieldType, version: number, flexible: boolean, value: Value): void {
  switch (type.kind) {
    case 'bool':
      bytes.push(value === true ? 1 : 0)
      return
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return encodeInteger(bytes, BigInt(value as number | bigint), numberBytes[type.kind])
    case 'uuid':
      bytes.push(...Buffer.from((value as string).replaceAll('-', ''), 'hex'))
      return
    case 'string':
      return encodeSized(bytes, value === null ? null : Buffer.from(value as string, 'utf8'), 2, flexible)
    case 'bytes':
    case 'records':
      return encodeSized(bytes, value as Uint8Array | null, 4, flexible)
    case 'list':
      encodeLength(bytes, value === null ? -1 : (value as readonly Value[]).length, 4, flexible)
      for (const element of (value ?? []) as readonly Value[])
        encodeValue(bytes, type.element, version, flexible, element)
      return
    case 'struct':
      return encodeStruct(bytes, type.struct.fields, version, flexible, value as Struct)
  }
}

function encodeSized(bytes: number[], content: Uint8Array | null, lengthBytes: number, flexible: boolean): void {
  encodeLength(bytes, content === null ? -1 : content.length, lengthBytes, flexible)
  bytes.push(...(content ?? []))
}

function encodeLength(bytes: number[], length: number, lengthBytes: number, flexible: boolean): void {
  if (flexible) encodeVarint(bytes, length + 1)
  else encodeInteger(bytes, BigInt(length), lengthBytes)
}

function encodeInteger(bytes: number[], value: bigint, width: number): void {
  for (let shift = width * 8 - 8; shift >= 0; shift -= 8) bytes.push(Number((value >> BigInt(shift)) & 0xffn))
}

function encodeVarint(bytes: number[], value: number): void {
  const group = value % 128
  const rest = Math.floor(value / 128)
  bytes.push(rest > 0 ? group + 128 : group)
  if (rest > 0) encodeVarint(bytes, rest)
}

/** Where a decoder is in its bytes. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

/** The message that the bytes are; throws if they are not exactly one. Fields that the version lacks get their defaults. */
export function decode(fields: Fields, flexibleFrom: number, version: number, bytes: Uint8Array): Struct {
  const cursor = { bytes, at: 0 }
  const value = decodeStruct(cursor, fields, version, version >= flexibleFrom)
  if (cursor.at !== bytes.length) throw new Error(`${bytes.length - cursor.at} bytes are left over`)
  return value
}

function decodeStruct(cursor: Cursor, fields: Fields, version: number, flexible: boolean): Struct {
  const value: Record<string, Value> = { ...(defaultStruct(fields) as Record<string, Value>) }
  for (const [name, field] of Object.entries(fields)) {
    if (isIn(field, version) && field.settings.tag === null) value[name] = decodeField(cursor, field, version, flexible)
  }
  for (let tags = flexible ? decodeVarint(cursor) : 0; tags > 0; tags--) {
    const tag = decodeVarint(cursor)
    const content = { bytes: take(cursor, decodeVarint(cursor)), at: 0 }
    const known = Object.entries(fields).find(([, field]) => field.settings.tag === tag && isIn(field, version))
    if (known !== undefined) value[known[0]] = decodeField(content, known[1], version, flexible)
  }
  return value
}

function decodeField(cursor: Cursor, { settings }: Field, version: number, flexible: boolean): Value {
  const value = decodeValue(cursor, settings.type, version, flexible)
  if (value === null && version < settings.nullableFrom) throw new Error('null where it must not be')
  return value
}

function decodeValue(cursor: Cursor, type: FieldType, version: number, flexible: boolean): Value {
  const { kind } = type
  if (kind === 'bool') return decodeInteger(cursor, 1) !== 0n
  if (kind === 'int64') return decodeInteger(cursor, 8)
  if (kind === 'int8' || kind === 'int16' || kind === 'int32') return Number(decodeInteger(cursor, numberBytes[kind]))
  if (kind === 'bytes' || kind === 'records') return decodeSized(cursor, 4, flexible)
  if (kind === 'list') return decodeList(cursor, type.element, version, flexible)
  if (kind === 'struct') return decodeStruct(cursor, type.struct.fields, version, flexible)
  if (kind === 'uuid') {
    const hex = Buffer.from(take(cursor, 16)).toString('hex')
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
  const content = decodeSized(cursor, 2, flexible)
  return content === null ? null : Buffer.from(content).toString('utf8')
}

function decodeList(cursor: Cursor, element: FieldType, version: number, flexible: boolean): Value {
  const length = decodeLength(cursor, 4, flexible)
  if (length < 0) return null
  if (length > cursor.bytes.length) throw new Error('a list is longer than its bytes')
  return Array.from({ length }, () => decodeElement(cursor, element, version, flexible))
}

function decodeElement(cursor: Cursor, type: FieldType, version: number, flexible: boolean): Value {
  const value = decodeValue(cursor, type, version, flexible)
  if (value === null) throw new Error('null in a list')
  return value
}

function decodeSized(cursor: Cursor, lengthBytes: number, flexible: boolean): Uint8Array | null {
  const length = decodeLength(cursor, lengthBytes, flexible)
  return length < 0 ? null : take(cursor, length)
}

function decodeLength(cursor: Cursor, lengthBytes: number, flexible: boolean): number {
  const length = flexible ? decodeVarint(cursor) - 1 : Number(decodeInteger(cursor, lengthBytes))
  if (length < -1) throw new Error('a negative length')
  return length
}

function decodeInteger(cursor: Cursor, width: number): bigint {
  let value = 0n
  for (const byte of take(cursor, width)) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(width * 8, value)
}

function decodeVarint(cursor: Cursor): number {
  let value = 0
  for (let weight = 1; weight <= 128 ** 4; weight *= 128) {
    const byte = take(cursor, 1)[0]!
    value += (byte & 0x7f) * weight
    if (byte < 0x80 && value < 2 ** 32) return value
  }
  throw new Error('a varint is too long')
}

function take(cursor: Cursor, length: number): Uint8Array {
  if (cursor.at + length > cursor.bytes.length) throw new Error('the bytes end too early')
  cursor.at += length
  return cursor.bytes.slice(cursor.at - length, cursor.at)
}
