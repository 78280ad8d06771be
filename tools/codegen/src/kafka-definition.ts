// Kafka's own definition of a message, in the terms of our schema, so that the two can be compared.
import { defaultOf, forever, type Field, type Fields, type FieldType } from '@sluice/protocol/schema'
import { kafkaName } from './kafka-names.ts'

/** What both sides say about one field. */
export interface FieldFacts {
  /** Kafka's names from the message down, such as `topicData.partitionData.index`. */
  readonly path: string
  readonly type: string
  /** The versions that have it, within those that are compared. */
  readonly versions: string
  readonly nullable: string
  readonly tag: number | null
  readonly default: string
}

interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean
  readonly fields?: readonly KafkaField[]
}

export interface KafkaDefinition {
  readonly apiKey: number
  readonly name: string
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly latestVersionUnstable?: boolean
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[]
}

interface Range {
  readonly min: number
  readonly max: number
}

/** The text of a definition: JSON with comments. */
export function parseDefinition(text: string): KafkaDefinition {
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, '')) as KafkaDefinition
}

export function parseVersions(text: string | undefined): Range {
  if (text === undefined || text === 'none') return { min: forever, max: -1 }
  const [min, max] = text.split('-')
  if (max !== undefined) return { min: Number(min), max: Number(max) }
  return text.endsWith('+')
    ? { min: Number(text.slice(0, -1)), max: forever }
    : { min: Number(text), max: Number(text) }
}

/** In wire order, structs before what is in them. */
export function definitionFacts(definition: KafkaDefinition, versions: Range): FieldFacts[] {
  const shared = new Map(definition.commonStructs?.map(({ name, fields }) => [name, fields]))
  const walk = (fields: readonly KafkaField[], prefix: string, within: Range): FieldFacts[] =>
    fields.flatMap(field => {
      const range = overlap(within, parseVersions(field.versions))
      if (range === null) return []
      const path = prefix + lowerFirst(field.name)
      const inner = field.fields ?? shared.get(field.type.replace('[]', '')) ?? []
      const tagged = parseVersions(field.taggedVersions)
      const own = {
        path,
        type: kafkaType(field.type),
        versions: rangeText(range),
        nullable: rangeText(overlap(range, parseVersions(field.nullableVersions))),
        tag: overlap(range, tagged) === null ? null : field.tag!,
        default: kafkaDefault(field)
      }
      return [own, ...walk(inner, `${path}.`, range)]
    })
  return walk(definition.fields, '', versions)
}

/** The same of our schema. */
export function schemaFacts(message: string, fields: Fields, versions: Range): FieldFacts[] {
  const walk = (members: Fields, ours: string, theirs: string, within: Range): FieldFacts[] =>
    Object.entries(members).flatMap(([name, field]) => {
      const { type, from, to, nullableFrom, tag } = field.settings
      const range = overlap(within, { min: from, max: to })
      if (range === null) return []
      const ownPath = `${ours}.${name}`
      const path = theirs + kafkaName(ownPath)
      const nullable = rangeText(overlap(range, { min: nullableFrom, max: forever }))
      const own = {
        path,
        type: schemaType(type),
        versions: rangeText(range),
        nullable,
        tag,
        default: schemaDefault(field)
      }
      return [own, ...walk(innerFields(type), ownPath, `${path}.`, range)]
    })
  return walk(fields, message, '', versions)
}

function overlap(a: Range, b: Range): Range | null {
  const range = { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) }
  return range.min > range.max ? null : range
}

function rangeText(range: Range | null): string {
  return range === null ? 'none' : `${range.min}-${range.max}`
}

const scalarKinds = new Set(['bool', 'int8', 'int16', 'int32', 'int64', 'uuid', 'string', 'bytes', 'records'])

function kafkaType(type: string): string {
  if (type.startsWith('[]')) return `[]${kafkaType(type.slice(2))}`
  return scalarKinds.has(type) ? type : 'struct'
}

function schemaType(type: FieldType): string {
  return type.kind === 'list' ? `[]${schemaType(type.element)}` : type.kind
}

function innerFields(type: FieldType): Fields {
  if (type.kind === 'list') return innerFields(type.element)
  return type.kind === 'struct' ? type.struct.fields : {}
}

function kafkaDefault({ type, default: given }: KafkaField): string {
  if (given !== undefined) return type.startsWith('int') ? String(BigInt(given)) : String(given)
  if (type === 'bool') return 'false'
  if (type.startsWith('int')) return '0'
  return type === 'records' ? 'null' : ''
}

function schemaDefault({ settings }: Field): string {
  const { kind } = settings.type
  if (kind === 'list' || kind === 'struct' || (kind === 'uuid' && settings.initial === undefined)) return ''
  return String(defaultOf(settings))
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
