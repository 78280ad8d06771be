// The functions that read a message: one for the message, one for each struct in it.
import type { FieldType } from '@sluice/protocol/schema'
import { typeText } from './emit-types.ts'
import { leastBytes } from './least-bytes.ts'
import { defaultText, flexibility, presence, type Message, type Part, type PartField } from './model.ts'

export function emitReaders(message: Message): string {
  return message.parts.map(part => emitReader(part, message)).join('\n\n')
}

function emitReader(part: Part, message: Message): string {
  const flexible = flexibility(part)
  const plain = part.fields.filter(field => field.tag === null)
  const lines = plain.map(field => emitField(field, part, message))
  lines.push(...emitTags(part, message))
  lines.push(`return { ${part.fields.map(field => field.name).join(', ')} }`)
  const body = lines.join('\n')
  const head =
    /\bflexible\b/.test(body) && flexible === 'flexible' ? `const flexible = version >= ${part.flexibleFrom}\n` : ''
  const reader = /\br\b/.test(body) ? 'r' : '_r'
  const version = /\bversion\b/.test(head + body) ? 'version' : '_version'
  return `function ${part.functionName}(${reader}: Reader, ${version}: number): ${part.typeName} {\n${head}${body}\n}`
}

function emitField(field: PartField, part: Part, message: Message): string {
  const test = presence(field, part)
  const { name, type } = field
  if (type.kind !== 'list') {
    const read = readNullable(field, flexibility(part))
    return `const ${name} = ${test === null ? read : `${test} ? ${read} : ${defaultText(field, message)}`}`
  }
  const count = test === null ? countText(field, part) : `${test} ? ${countText(field, part)} : 0`
  return declareList(field, message, count)
}

function declareList(field: PartField, message: Message, count: string): string {
  const { name, type } = field
  if (type.kind !== 'list') throw new Error(`${name} is no list`)
  const element = typeText(type.element, message)
  if (field.nullable === 'never') {
    // As long as it will be: what grows takes room for 17 at once.
    const filled = `for (let i = 0; i < ${name}.length; i++) ${name}[i] = ${readElement(field, type.element, message)}`
    return `const ${name} = new Array<${element}>(${count})\n${filled}`
  }
  const counted = `const ${name}Count = ${count}\n`
  const declared = `const ${name}: ${element}[] | null = ${name}Count < 0 ? null : []\n`
  return counted + declared + fillList(field, type.element, message, `${name}Count`)
}

function fillList(field: PartField, element: FieldType, message: Message, count: string): string {
  const read = readElement(field, element, message)
  return `for (let n = ${count}; n > 0; n--) ${field.name}${field.nullable === 'never' ? '' : '?'}.push(${read})`
}

function readElement(field: PartField, element: FieldType, message: Message): string {
  return element.kind === 'struct'
    ? `${message.partOf(element.struct).functionName}(r, version)`
    : readScalar(element, false, listFlexibility(field, message))
}

function listFlexibility(field: PartField, message: Message): string {
  return flexibility(message.parts.find(part => part.fields.includes(field))!)
}

function countText(field: PartField, part: Part): string {
  if (field.type.kind !== 'list') throw new Error(`${field.name} is no list`)
  const least = leastBytes(field.type.element, field.range, part.flexibleFrom)
  const flexible = field.tag === null ? flexibility(part) : 'true'
  if (field.nullable === 'never') return `r.count(${least}, ${flexible})`
  if (field.nullable === 'always') return `r.nullableCount(${least}, ${flexible})`
  return `(version >= ${field.nullableFrom} ? r.nullableCount(${least}, ${flexible}) : r.count(${least}, ${flexible}))`
}

function readNullable(field: PartField, flexible: string): string {
  if (field.nullable !== 'sometimes') return readScalar(field.type, field.nullable === 'always', flexible)
  const nullable = readScalar(field.type, true, flexible)
  return `(version >= ${field.nullableFrom} ? ${nullable} : ${readScalar(field.type, false, flexible)})`
}

function readScalar({ kind }: FieldType, nullable: boolean, flexible: string): string {
  if (kind === 'list' || kind === 'struct') throw new Error(`A ${kind} is not a scalar`)
  if (kind === 'string') return `r.${nullable ? 'nullableString' : 'string'}(${flexible})`
  if (kind === 'bytes') return `r.${nullable ? 'nullableBlob' : 'blob'}(${flexible})`
  return kind === 'records' ? `r.records(${flexible})` : `r.${kind}()`
}

/** Tagged fields: known ones are read, others skipped. */
function emitTags(part: Part, message: Message): string[] {
  const flexible = flexibility(part)
  if (flexible === 'false') return []
  const tagged = part.fields.filter(field => field.tag !== null).toSorted((a, b) => a.tag! - b.tag!)
  if (tagged.length === 0) return [flexible === 'true' ? 'r.skipTags()' : 'if (flexible) r.skipTags()']
  const defaults = tagged.map(field => emitTagDefault(field, message))
  const cases = tagged.map(field => emitTag(field, part, message))
  const loop = [
    'for (let tags = r.uvarint(); tags > 0; tags--) {',
    'const tag = r.uvarint()',
    'const end = r.openTag()',
    cases.join(' else '),
    'r.closeTag(end)',
    '}'
  ].join('\n')
  return [...defaults, flexible === 'true' ? loop : `if (flexible) {\n${loop}\n}`]
}

function emitTagDefault(field: PartField, message: Message): string {
  const nullable = field.nullable === 'never' ? '' : ' | null'
  const type = typeText(field.type, message)
  const mutable = field.type.kind === 'list' ? type.replace(/^readonly /, '') : type
  return `let ${field.name}: ${mutable}${nullable} = ${defaultText(field, message)}`
}

function emitTag(field: PartField, part: Part, message: Message): string {
  const late = field.range.min > Math.max(part.range.min, part.flexibleFrom)
  const test = late ? `tag === ${field.tag} && version >= ${field.range.min}` : `tag === ${field.tag}`
  return `if (${test}) {\n${emitTagContent(field, part, message)}\n}`
}

function emitTagContent(field: PartField, part: Part, message: Message): string {
  const { name, type } = field
  if (type.kind === 'struct') return `${name} = ${message.partOf(type.struct).functionName}(r, version)`
  if (type.kind !== 'list') return `${name} = ${readNullable(field, 'true')}`
  return `${name} = []\n${fillList(field, type.element, message, countText(field, part))}`
}
