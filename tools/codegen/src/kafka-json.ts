// A message in the JSON that Kafka's own classes read.
import type { Fields, FieldType } from '@sluice/protocol/schema'
import { kafkaName } from './kafka-names.ts'
import type { Struct, Value } from './reference.ts'

/** @param message such as `ProduceRequest` @param value with every field that the version has */
export function kafkaJson(message: string, fields: Fields, version: number, value: Struct): string {
  return structJson(message, fields, version, value)
}

function structJson(path: string, fields: Fields, version: number, value: Struct): string {
  const members: string[] = []
  for (const [name, { settings }] of Object.entries(fields)) {
    const content = value[name]
    if (version < settings.from || version > settings.to || content === undefined) continue
    const own = `${path}.${name}`
    members.push(`${JSON.stringify(kafkaName(own))}:${valueJson(own, settings.type, version, content)}`)
  }
  return `{${members.join(',')}}`
}

function valueJson(path: string, type: FieldType, version: number, value: Value): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) {
    if (type.kind !== 'list') throw new Error(`${path} is no list`)
    return `[${value.map(element => valueJson(path, type.element, version, element)).join(',')}]`
  }
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (type.kind === 'struct') return structJson(path, type.struct.fields, version, value as Struct)
  if (type.kind === 'uuid')
    return JSON.stringify(Buffer.from((value as string).replaceAll('-', ''), 'hex').toString('base64url'))
  // A bigint as it is: JSON numbers have no limit.
  return typeof value === 'string' ? asciiJson(value) : `${value as number | bigint | boolean}`
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(/[^\0-~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
