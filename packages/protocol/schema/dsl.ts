// The words that schemas are written in. A schema is plain data; property order is wire order.

export type ScalarKind = 'bool' | 'int8' | 'int16' | 'int32' | 'int64' | 'uuid' | 'string' | 'bytes' | 'records'
export type FieldType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'struct'; readonly struct: Struct }
  | { readonly kind: 'list'; readonly element: FieldType }

export interface Struct {
  /** Unique within its message. */
  readonly name: string
  readonly fields: Fields
}

export type Fields = Readonly<Record<string, Field>>
export type DefaultValue = boolean | number | bigint | string | null

export interface FieldSettings {
  readonly type: FieldType
  readonly from: number
  readonly to: number
  readonly nullableFrom: number
  readonly tag: number | null
  readonly initial: DefaultValue | undefined
  readonly text: string
}

/** Versions without an end. */
export const forever = 32_767

/** A field's type and what is special about it. Each modifier gives a new field. */
export class Field {
  readonly settings: FieldSettings

  constructor(settings: FieldSettings) {
    this.settings = settings
  }

  /** The first version that has the field. */
  since(version: number): Field {
    return this.#with({ from: version })
  }

  /** The last version that has the field. */
  until(version: number): Field {
    return this.#with({ to: version })
  }

  /** May be null, from this version on if one is given. */
  nullable(fromVersion = 0): Field {
    return this.#with({ nullableFrom: fromVersion })
  }

  /** Written among the tagged fields of its struct, and only when it is not the default. */
  tagged(tag: number): Field {
    return this.#with({ tag })
  }

  /** What the field is when it is not given or not in the version. Without: zero, false, empty. */
  default(value: DefaultValue): Field {
    return this.#with({ initial: value })
  }

  /** What the name does not say: units, special values. */
  doc(text: string): Field {
    return this.#with({ text })
  }

  #with(changes: Partial<FieldSettings>): Field {
    return new Field({ ...this.settings, ...changes })
  }
}

function field(type: FieldType): Field {
  return new Field({ type, from: 0, to: forever, nullableFrom: forever, tag: null, initial: undefined, text: '' })
}

export const bool: Field = field({ kind: 'bool' })
export const int8: Field = field({ kind: 'int8' })
export const int16: Field = field({ kind: 'int16' })
export const int32: Field = field({ kind: 'int32' })
export const int64: Field = field({ kind: 'int64' })
export const uuid: Field = field({ kind: 'uuid' })
export const string: Field = field({ kind: 'string' })
export const bytes: Field = field({ kind: 'bytes' })
/** Record batches, written by reference. */
export const records: Field = field({ kind: 'records' })

/** A struct that several fields of one message share. */
export function shape(name: string, fields: Fields): Struct {
  return { name, fields }
}

export function struct(name: string, fields: Fields): Field {
  return field({ kind: 'struct', struct: shape(name, fields) })
}

/** A list of a scalar (`list(int32)`), of a new struct (`list('Topic', { ... })`), or of a shared one (`list(topic)`). */
export function list(element: Field | Struct): Field
export function list(name: string, fields: Fields): Field
export function list(element: Field | Struct | string, fields: Fields = {}): Field {
  if (element instanceof Field) return field({ kind: 'list', element: element.settings.type })
  const elements = typeof element === 'string' ? shape(element, fields) : element
  return field({ kind: 'list', element: { kind: 'struct', struct: elements } })
}

export type Versions = readonly [min: number, max: number]

export interface ApiSchema {
  readonly name: string
  readonly key: number
  /** What the client implements; null for an API that only the test cluster answers. */
  readonly versions: Versions | null
  /** What the test cluster implements: as wide as a current broker. */
  readonly serverVersions: Versions
  /** The first version with compact lengths and tagged fields. */
  readonly flexibleFrom: number
  /** The first version in which the client must wait `throttleTimeMs` by itself (KIP-219). */
  readonly throttleFrom?: number
  readonly request: Fields
  readonly response: Fields
}

const zeroes: Readonly<Record<ScalarKind, DefaultValue>> = {
  bool: false,
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0n,
  uuid: '00000000-0000-0000-0000-000000000000',
  string: '',
  bytes: '',
  records: null
}

/** The default of a scalar field; bytes have only the empty one, written as an empty string. */
export function defaultOf(settings: FieldSettings): DefaultValue {
  if (settings.initial !== undefined) return settings.initial
  const { kind } = settings.type
  if (kind === 'struct' || kind === 'list') throw new Error(`A ${kind} has no default value of its own`)
  return zeroes[kind]
}
