// Random messages of a schema.
import * as fc from 'fast-check'
import type { Field, Fields, FieldType } from '@sluice/protocol/schema'
import type { Struct, Value } from '../src/reference.ts'

const scalars: Record<Exclude<FieldType['kind'], 'list' | 'struct'>, fc.Arbitrary<Value>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uuid: fc.uuid(),
  // Long enough at times that a compact length takes two bytes.
  string: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ minLength: 120, maxLength: 140 })),
  bytes: fc.uint8Array({ maxLength: 40 }),
  records: fc.uint8Array({ maxLength: 200 })
}

/** A value with every field that the version has; those that may be left out sometimes are. */
export function arbitraryMessage(fields: Fields, version: number): fc.Arbitrary<Struct> {
  const required: Record<string, fc.Arbitrary<Value>> = {}
  const optional: Record<string, fc.Arbitrary<Value | undefined>> = {}
  for (const [name, field] of Object.entries(fields)) {
    const { from, to, initial, tag } = field.settings
    if (version < from || version > to) continue
    const value = arbitraryField(field, version)
    if (initial === undefined && tag === null) required[name] = value
    else optional[name] = fc.option(value, { nil: undefined, freq: 3 })
  }
  return fc.record({ ...required, ...optional })
}

function arbitraryField({ settings }: Field, version: number): fc.Arbitrary<Value> {
  const value = arbitraryValue(settings.type, version)
  return version >= settings.nullableFrom ? fc.option(value, { nil: null, freq: 4 }) : value
}

function arbitraryValue(type: FieldType, version: number): fc.Arbitrary<Value> {
  if (type.kind === 'list') return fc.array(arbitraryValue(type.element, version), { maxLength: 3 })
  if (type.kind === 'struct') return arbitraryMessage(type.struct.fields, version)
  return scalars[type.kind]
}
