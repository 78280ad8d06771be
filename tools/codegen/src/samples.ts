// Example messages of a schema: the same every time, and different enough to tell fields apart.
import { defaultOf, type Field, type Fields, type FieldType } from '@sluice/protocol/schema'
import { defaultValue, type Struct, type Value } from './reference.ts'

export type SampleName = 'defaults' | 'plain' | 'nulls' | 'null lists' | 'unicode' | 'limits' | 'long'

export const sampleNames: readonly SampleName[] = [
  'defaults',
  'plain',
  'nulls',
  'null lists',
  'unicode',
  'limits',
  'long'
]

type Scalar = Exclude<FieldType['kind'], 'list' | 'struct'>

/** Gives a value of a scalar type; `nth` differs from value to value within a message. */
type Supply = (kind: Scalar, nth: number) => Value

const elements: Record<SampleName, (type: FieldType) => number> = {
  defaults: () => 0,
  plain: () => 2,
  nulls: () => 1,
  'null lists': () => 1,
  unicode: () => 2,
  limits: () => 1,
  // More than fit a compact count of one byte.
  long: type => (type.kind === 'struct' ? 1 : 130)
}

/** A message with every field that the version has. */
export function sampleMessage(name: SampleName, fields: Fields, version: number): Struct {
  let nth = 0
  const scalar = (kind: Scalar): Value => supplies[name](kind, ++nth)
  const value = (type: FieldType): Value => {
    if (type.kind === 'list') return Array.from({ length: elements[name](type.element) }, () => value(type.element))
    return type.kind === 'struct' ? struct(type.struct.fields) : scalar(type.kind)
  }
  const fieldValue = (field: Field): Value => {
    if (name === 'defaults') return defaultValue(field)
    const { type, nullableFrom } = field.settings
    // Lists apart from the rest: what is in a list that is null cannot be null.
    const wantsNull = type.kind === 'list' ? name === 'null lists' : name === 'nulls'
    return wantsNull && version >= nullableFrom ? null : value(type)
  }
  const struct = (members: Fields): Struct => {
    const present = Object.entries(members).filter(
      ([, { settings }]) => settings.from <= version && version <= settings.to
    )
    return Object.fromEntries(present.map(([own, field]) => [own, fieldValue(field)]))
  }
  return struct(fields)
}

const plain: Supply = (kind, nth) => {
  if (kind === 'bool') return nth % 2 === 1
  if (kind === 'int64') return 1_000n + BigInt(nth)
  if (kind === 'string') return `text-${nth}`
  if (kind === 'bytes' || kind === 'records') return Uint8Array.of(nth & 255, 0, 255)
  return kind === 'uuid' ? uuidOf(nth) : nth & 127
}

const words = ['Grüße', '東京', '😀🎉', 'šéf', 'Ω', '\u0000\u007f\u0080', '']

const unicode: Supply = (kind, nth) => (kind === 'string' ? words[nth % words.length]! : plain(kind, nth))

const limits: Supply = (kind, nth) => {
  const low = nth % 2 === 0
  if (kind === 'int8') return low ? -128 : 127
  if (kind === 'int16') return low ? -32_768 : 32_767
  if (kind === 'int32') return low ? -2_147_483_648 : 2_147_483_647
  if (kind === 'int64') return low ? -(2n ** 63n) : 2n ** 63n - 1n
  if (kind === 'uuid') return 'ffffffff-ffff-ffff-ffff-ffffffffffff'
  return kind === 'bool' ? true : plain(kind, nth)
}

const long: Supply = (kind, nth) => {
  if (kind === 'string') return nth < 20 ? 'x'.repeat(127 + (nth % 3)) : `${nth}`
  return kind === 'bytes' || kind === 'records' ? new Uint8Array(127 + (nth % 3)).fill(nth) : plain(kind, nth)
}

const supplies: Record<SampleName, Supply> = {
  defaults: kind => (kind === 'bytes' ? new Uint8Array(0) : defaultOf({ type: { kind } } as Field['settings'])),
  plain,
  nulls: plain,
  'null lists': plain,
  unicode,
  limits,
  long
}

function uuidOf(nth: number): string {
  return `01234567-89ab-cdef-fedc-${nth.toString(16).padStart(12, '0')}`
}
