// The functions that write a message: one for the message, one for each struct in it.
import type { FieldType } from '@sluice/protocol/schema'
import { defaultText, flexibility, presence, type Message, type Part, type PartField } from './model.ts'

export function emitWriters(message: Message): string {
  return message.parts.map(part => emitWriter(part, message)).join('\n\n')
}

function emitWriter(part: Part, message: Message): string {
  const flexible = flexibility(part)
  const lines = [...emitPlainFields(part, message, flexible), ...emitTags(part, message)]
  const body = lines.join('\n')
  const head = /\bflexible\b/.test(body) ? `const flexible = version >= ${part.flexibleFrom}\n` : ''
  const value = /\bm\./.test(body) ? 'm' : '_m'
  const version = /\bversion\b/.test(head + body) ? 'version' : '_version'
  return `function ${part.functionName}(w: Writer, ${value}: ${part.typeName}, ${version}: number): void {\n${head}${body}\n}`
}

/** Neighbours that are in the same versions share one test. */
function emitPlainFields(part: Part, message: Message, flexible: string): string[] {
  const blocks: { test: string | null; statements: string[] }[] = []
  for (const field of part.fields) {
    if (field.tag !== null) continue
    const test = presence(field, part)
    const last = blocks.at(-1)
    const statements = emitField(field, message, flexible)
    if (last?.test === test) last.statements.push(...statements)
    else blocks.push({ test, statements })
  }
  return blocks.map(({ test, statements }) => (test === null ? statements.join('\n') : when(test, statements)))
}

function when(test: string, statements: readonly string[]): string {
  const alone = statements.length === 1 && !statements[0]!.includes('\n')
  return alone ? `if (${test}) ${statements[0]}` : `if (${test}) {\n${statements.join('\n')}\n}`
}

/** What to write of a field: the value or its default, and never null where the version has none. */
function valueText(field: PartField, message: Message): string {
  const { name } = field
  let value = `m.${name}`
  if (field.optional) {
    const otherwise = defaultText(field, message)
    const nullIsValue = field.nullable !== 'never' && otherwise !== 'null'
    value = nullIsValue ? `(m.${name} === undefined ? ${otherwise} : m.${name})` : `(m.${name} ?? ${otherwise})`
  }
  if (field.nullable !== 'sometimes') return value
  return `(version >= ${field.nullableFrom} ? ${value} : notNull(${value}, '${name}'))`
}

function emitField(field: PartField, message: Message, flexible: string): string[] {
  const value = valueText(field, message)
  const { type } = field
  if (type.kind !== 'list') return [writeScalar(type, value, field.nullable !== 'never', flexible)]
  if (!field.optional && field.nullable === 'never') return writeList(type.element, value, message, flexible)
  return [`const ${field.name} = ${unwrapped(value)}`, ...writeListOrNull(field, type.element, message, flexible)]
}

function writeListOrNull(field: PartField, element: FieldType, message: Message, flexible: string): string[] {
  const elements = writeList(element, field.name, message, flexible)
  if (field.nullable === 'never') return elements
  return [`if (${field.name} === null) w.nullCount(${flexible})\nelse {\n${elements.join('\n')}\n}`]
}

function writeList(element: FieldType, list: string, message: Message, flexible: string): string[] {
  const item = element.kind === 'struct' ? lowerFirst(element.struct.name) : 'item'
  const write =
    element.kind === 'struct'
      ? `${message.partOf(element.struct).functionName}(w, ${item}, version)`
      : writeScalar(element, item, false, flexible)
  return [`w.count(${list}.length, ${flexible})`, `for (const ${item} of ${list}) ${write}`]
}

function writeScalar({ kind }: FieldType, value: string, nullable: boolean, flexible: string): string {
  const bare = unwrapped(value)
  if (kind === 'list' || kind === 'struct') throw new Error(`A ${kind} is not a scalar`)
  if (kind === 'string') return `w.${nullable ? 'nullableString' : 'string'}(${bare}, ${flexible})`
  if (kind === 'bytes') return `w.${nullable ? 'nullableBlob' : 'blob'}(${bare}, ${flexible})`
  return kind === 'records' ? `w.records(${bare}, ${flexible})` : `w.${kind}(${bare})`
}

function unwrapped(value: string): string {
  return value.startsWith('(') ? value.slice(1, -1) : value
}

/** Tagged fields that differ from their defaults, in the order of their tags. */
function emitTags(part: Part, message: Message): string[] {
  if (flexibility(part) === 'false') return []
  const tagged = part.fields.filter(field => field.tag !== null).toSorted((a, b) => a.tag! - b.tag!)
  const lines =
    tagged.length === 0
      ? ['w.noTags()']
      : [
          ...tagged.map(field => emitWorth(field, part, message)),
          `w.uvarint(${tagged.map(field => `(${worth(field)} ? 1 : 0)`).join(' + ')})`,
          ...tagged.map(field => emitTag(field, message))
        ]
  return flexibility(part) === 'flexible' ? [when('flexible', lines)] : lines
}

function worth(field: PartField): string {
  return `has${upperFirst(field.name)}`
}

/** Whether a tagged field has to be written. */
function emitWorth(field: PartField, part: Part, message: Message): string {
  const { name, type } = field
  const tests: string[] = []
  // Tagged fields exist only in flexible versions, and those have been told apart already.
  if (field.range.min > Math.max(part.range.min, part.flexibleFrom)) tests.push(`version >= ${field.range.min}`)
  if (type.kind === 'struct') {
    const inner = message
      .partOf(type.struct)
      .fields.map(own => `(${name}.${own.name} ?? ${defaultText(own, message)}) !== ${defaultText(own, message)}`)
    tests.push(`${name} !== undefined`, `(${inner.join(' || ')})`)
    return `const ${name} = m.${name}\nconst ${worth(field)} = ${tests.join(' && ')}`
  }
  tests.push(differs(field, message))
  return `const ${name} = ${unwrapped(valueText(field, message))}\nconst ${worth(field)} = ${tests.join(' && ')}`
}

function differs(field: PartField, message: Message): string {
  const { name, type } = field
  if (type.kind === 'list') return `${name}.length > 0`
  const usual = defaultText(field, message)
  if (type.kind === 'bool') return usual === 'false' ? name : `!${name}`
  return `${name} !== ${usual}`
}

function emitTag(field: PartField, message: Message): string {
  return `if (${worth(field)}) {\nconst start = w.openTag(${field.tag})\n${emitTagContent(field, message).join('\n')}\nw.closeTag(start)\n}`
}

function emitTagContent(field: PartField, message: Message): string[] {
  const { name, type } = field
  if (type.kind === 'struct') return [`${message.partOf(type.struct).functionName}(w, ${name}, version)`]
  if (type.kind === 'list') return writeListOrNull(field, type.element, message, 'true')
  return [writeScalar(type, name, field.nullable !== 'never', 'true')]
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
