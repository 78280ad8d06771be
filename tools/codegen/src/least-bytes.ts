// How few bytes a value can take: what a count of them is checked against before it is believed.
import type { FieldType, Fields } from '@sluice/protocol/schema'
import type { Range } from './model.ts'

const fixed = { bool: 1, int8: 1, int16: 2, int32: 4, int64: 8, uuid: 16 } as const

/** The least over all the versions. */
export function leastBytes(type: FieldType, versions: Range, flexibleFrom: number): number {
  let least = Infinity
  for (let version = versions.min; version <= versions.max; version++) {
    least = Math.min(least, typeBytes(type, version, version >= flexibleFrom))
  }
  return least
}

function typeBytes(type: FieldType, version: number, flexible: boolean): number {
  if (type.kind === 'struct') return fieldsBytes(type.struct.fields, version, flexible)
  if (type.kind === 'string') return flexible ? 1 : 2
  if (type.kind === 'bytes' || type.kind === 'records' || type.kind === 'list') return flexible ? 1 : 4
  return fixed[type.kind]
}

function fieldsBytes(fields: Fields, version: number, flexible: boolean): number {
  let bytes = flexible ? 1 : 0
  for (const { settings } of Object.values(fields)) {
    const present = version >= settings.from && version <= settings.to && settings.tag === null
    if (present) bytes += typeBytes(settings.type, version, flexible)
  }
  return bytes
}
