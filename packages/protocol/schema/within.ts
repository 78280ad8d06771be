// A message as those see it who speak some of its versions only.
import { Field, type Fields, type FieldType, type Versions } from './dsl.ts'

/** The fields that are in any of the versions, at every depth: code for these versions knows no other. */
export function within(fields: Fields, versions: Versions): Fields {
  const [min, max] = versions
  const seen = Object.entries(fields).filter(([, { settings }]) => settings.from <= max && settings.to >= min)
  return Object.fromEntries(
    seen.map(([name, { settings }]) => [name, new Field({ ...settings, type: typeWithin(settings.type, versions) })])
  )
}

function typeWithin(type: FieldType, versions: Versions): FieldType {
  if (type.kind === 'list') return { ...type, element: typeWithin(type.element, versions) }
  if (type.kind !== 'struct') return type
  return { ...type, struct: { ...type.struct, fields: within(type.struct.fields, versions) } }
}
