// The interfaces of a generated module.
import type { FieldType } from '@sluice/protocol/schema'
import type { Message, Part, PartField } from './model.ts'

const scalarTypes = {
  bool: 'boolean',
  int8: 'number',
  int16: 'number',
  int32: 'number',
  int64: 'bigint',
  uuid: 'string',
  string: 'string',
  bytes: 'Uint8Array'
} as const

export function emitTypes(message: Message): string {
  return message.parts.map(part => emitInterface(part, message)).join('\n\n')
}

/** A field's type, without null. */
export function typeText(type: FieldType, message: Message): string {
  if (type.kind === 'list') return `readonly ${typeText(type.element, message)}[]`
  if (type.kind === 'struct') return message.partOf(type.struct).typeName
  if (type.kind === 'records') return message.direction === 'write' ? 'RecordBytes' : 'Uint8Array'
  return scalarTypes[type.kind]
}

function emitInterface(part: Part, message: Message): string {
  const lines = part.fields.map(field => emitField(field, message))
  // An empty interface would accept anything.
  if (lines.length === 0) return `export type ${part.typeName} = Readonly<Record<string, never>>`
  return `export interface ${part.typeName} {\n${lines.join('\n')}\n}`
}

function emitField(field: PartField, message: Message): string {
  const optional = message.direction === 'write' && field.optional
  const type = typeText(field.type, message) + (field.nullable === 'never' ? '' : ' | null')
  const doc = field.doc === '' ? '' : `  /** ${field.doc} */\n`
  return `${doc}  readonly ${field.name}${optional ? '?' : ''}: ${type}${optional ? ' | undefined' : ''}`
}
