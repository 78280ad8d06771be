// The smallest message with one long list in it: what a check of list lengths must still let through.
import type { Field, Fields, FieldType } from '@sluice/protocol/schema'
import { defaultValue, type Struct, type Value } from '../src/reference.ts'

const longList = 300

/** Every list that a version has, by the names of the fields that lead to it. */
export function listPaths(fields: Fields, version: number, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([name, { settings }]) => {
    const { type, from, to } = settings
    if (version < from || version > to) return []
    const path = prefix + name
    const inner = listPaths(innerFields(type), version, `${path}.`)
    return type.kind === 'list' ? [path, ...inner] : inner
  })
}

/** Lists on the way to the long one have one element, all others none. */
export function smallestMessage(fields: Fields, version: number, path: string): Struct {
  const members: Record<string, Value> = {}
  const [first, ...rest] = path.split('.')
  for (const [name, field] of Object.entries(fields)) {
    members[name] = name === first ? along(field, version, rest.join('.')) : smallest(field)
  }
  return members
}

function along({ settings: { type } }: Field, version: number, rest: string): Value {
  if (type.kind !== 'list') return smallestMessage(innerFields(type), version, rest)
  const element =
    type.element.kind === 'struct' ? smallestMessage(type.element.struct.fields, version, rest) : scalar(type.element)
  return Array.from({ length: rest === '' ? longList : 1 }, () => element)
}

function smallest(field: Field): Value {
  const { type, tag } = field.settings
  return tag !== null || type.kind === 'list' || type.kind === 'struct' ? defaultValue(field) : scalar(type)
}

function scalar({ kind }: FieldType): Value {
  if (kind === 'string') return ''
  if (kind === 'bytes' || kind === 'records') return new Uint8Array(0)
  if (kind === 'uuid') return '00000000-0000-0000-0000-000000000000'
  if (kind === 'bool') return false
  return kind === 'int64' ? 0n : 0
}

function innerFields(type: FieldType): Fields {
  if (type.kind === 'list') return innerFields(type.element)
  return type.kind === 'struct' ? type.struct.fields : {}
}
