// A schema as the generator sees it: one message in one direction, for a range of versions.
import {
  defaultOf,
  type ApiSchema,
  type DefaultValue,
  type Field,
  type Fields,
  type FieldType,
  type Struct
} from '@sluice/protocol/schema'

export interface Range {
  readonly min: number
  readonly max: number
}

export interface Half {
  readonly side: 'client' | 'server'
  readonly versions: Range
}

export type Direction = 'read' | 'write'

/** A message or a struct in it: one interface and one function of the generated module. */
export interface Part {
  readonly typeName: string
  readonly functionName: string
  /** The versions in which it can occur. */
  readonly range: Range
  readonly flexibleFrom: number
  readonly fields: readonly PartField[]
}

export interface PartField {
  readonly name: string
  readonly type: FieldType
  readonly range: Range
  /** Whether it is in every version that its part is in. */
  readonly always: boolean
  readonly nullable: 'never' | 'always' | 'sometimes'
  readonly nullableFrom: number
  readonly tag: number | null
  /** Whether it may be left out of a value that is to be written. */
  readonly optional: boolean
  readonly settings: Field['settings']
  readonly doc: string
}

export interface Message {
  readonly direction: Direction
  /** The message itself comes first. */
  readonly parts: readonly Part[]
  partOf(struct: Struct): Part
}

export function clientHalf(schema: ApiSchema): Half | null {
  return schema.versions === null ? null : { side: 'client', versions: rangeOf(schema.versions) }
}

export function serverHalf(schema: ApiSchema): Half {
  return { side: 'server', versions: rangeOf(schema.serverVersions) }
}

/** The request or the response of an API; structs that no version of the half has are left out. */
export function messageOf(schema: ApiSchema, kind: 'Request' | 'Response', half: Half): Message {
  const direction = (half.side === 'client') === (kind === 'Request') ? 'write' : 'read'
  const fields = kind === 'Request' ? schema.request : schema.response
  const ranges = structRanges(fields, half.versions)
  const prefix = schema.name + kind
  const parts = [partOf(prefix, `${direction}${kind}`, fields, half.versions, schema.flexibleFrom)]
  const byStruct = new Map<Struct, Part>()
  for (const [struct, range] of ranges) {
    const part = partOf(prefix + struct.name, direction + struct.name, struct.fields, range, schema.flexibleFrom)
    if (parts.some(other => other.functionName === part.functionName))
      throw new Error(`${prefix} has two structs named ${struct.name}`)
    parts.push(part)
    byStruct.set(struct, part)
  }
  return { direction, parts, partOf: struct => byStruct.get(struct)! }
}

/** The default of a scalar, struct or list field, as source text. */
export function defaultText(field: PartField, message: Message): string {
  const { type } = field
  if (type.kind === 'list') return '[]'
  if (type.kind === 'bytes') return 'new Uint8Array(0)'
  if (type.kind === 'uuid') return 'noUuid'
  if (type.kind !== 'struct') return literal(defaultOf(field.settings))
  const parts = message.partOf(type.struct).fields.map(inner => `${inner.name}: ${defaultText(inner, message)}`)
  return `{ ${parts.join(', ')} }`
}

/** What must hold of `version` for a field to be there, as source text; null if it always is. */
export function presence(field: PartField, part: Part): string | null {
  const tests: string[] = []
  if (field.range.min > part.range.min) tests.push(`version >= ${field.range.min}`)
  if (field.range.max < part.range.max) tests.push(`version <= ${field.range.max}`)
  return tests.length === 0 ? null : tests.join(' && ')
}

/** Whether a part is flexible, as source text: `true`, `false`, or a name to be defined. */
export function flexibility(part: Part): 'true' | 'false' | 'flexible' {
  if (part.range.min >= part.flexibleFrom) return 'true'
  return part.range.max < part.flexibleFrom ? 'false' : 'flexible'
}

function rangeOf(versions: readonly [number, number]): Range {
  return { min: versions[0], max: versions[1] }
}

function overlap(a: Range, b: Range): Range | null {
  const range = { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) }
  return range.min > range.max ? null : range
}

function structIn(type: FieldType): Struct | null {
  if (type.kind === 'struct') return type.struct
  return type.kind === 'list' ? structIn(type.element) : null
}

/** Every struct below these fields with the versions in which it can occur, outer ones first. */
function structRanges(fields: Fields, within: Range, found: Map<Struct, Range> = new Map()): Map<Struct, Range> {
  for (const { settings } of Object.values(fields)) {
    const struct = structIn(settings.type)
    const range = overlap(within, { min: settings.from, max: settings.to })
    if (struct === null || range === null) continue
    const known = found.get(struct) ?? range
    found.set(struct, { min: Math.min(known.min, range.min), max: Math.max(known.max, range.max) })
    structRanges(struct.fields, range, found)
  }
  return found
}

function partOf(typeName: string, functionName: string, fields: Fields, range: Range, flexibleFrom: number): Part {
  const own: PartField[] = []
  for (const [name, field] of Object.entries(fields)) {
    const resolved = fieldOf(name, field, range)
    if (resolved !== null) own.push(resolved)
  }
  return { typeName, functionName, range, flexibleFrom, fields: own }
}

function fieldOf(name: string, { settings }: Field, within: Range): PartField | null {
  const range = overlap(within, { min: settings.from, max: settings.to })
  if (range === null) return null
  const { type, nullableFrom, tag } = settings
  const always = range.min === within.min && range.max === within.max
  if (tag !== null && range.max < within.max)
    throw new Error(`${name} is tagged and ends with a version, which no tagged field does`)
  let nullable: PartField['nullable'] = 'never'
  if (nullableFrom <= range.min) nullable = 'always'
  else if (nullableFrom <= range.max) nullable = 'sometimes'
  if (type.kind === 'struct' && (tag === null || nullable !== 'never'))
    throw new Error(`${name} is a struct, which only works as a tagged field without null`)
  if (type.kind === 'records' && nullable !== 'always')
    throw new Error(`${name} is of type records, which always may be null`)
  return {
    name,
    type,
    range,
    always,
    nullable,
    nullableFrom,
    tag,
    optional: !always || tag !== null || settings.initial !== undefined,
    settings,
    doc: [settings.text, versionText(range, within)].filter(Boolean).join(' ')
  }
}

function versionText(range: Range, within: Range): string {
  const { min, max } = range
  if (min > within.min && max < within.max) return min === max ? `Version ${min} only.` : `Versions ${min} to ${max}.`
  if (min > within.min) return `From version ${min} on.`
  return max < within.max ? `Until version ${max}.` : ''
}

function literal(value: DefaultValue): string {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'string' ? `'${value}'` : String(value)
}
