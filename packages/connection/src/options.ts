// Checks options against a table, in the user's words: the path, the value and, for a name that does not exist, the nearest that does.
import { Buffer } from 'node:buffer'
import { InvalidArgumentError } from '@sluice/core'

export interface OptionRule {
  /** Completes "connectTimeout must be ...". */
  readonly must: string
  readonly holds: (value: unknown) => boolean
  /** The value is never shown, only its type. */
  readonly secret?: true
  /** What is wrong within a value that does not hold, by the path of the part; null: the value as a whole. */
  readonly within?: ((value: unknown, path: string) => string | null) | undefined
}

export type OptionTable = Readonly<Record<string, OptionRule>>

/**
 * Checks every option that the table names and refuses those that it does not. An explicit undefined is the same as absent.
 * Levels that add options of their own spread the tables of the levels below into one, so that each name is judged once.
 *
 * @param path goes before the name, such as `send` for `send.acks`; empty for a constructor
 * @throws InvalidArgumentError
 */
export function checkOptions(table: OptionTable, options: object, path = ''): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidArgumentError(`${path === '' ? 'The options' : path} must be an object, not ${described(options)}`)
  const problem = problemIn(table, options, path)
  if (problem !== null) throw new InvalidArgumentError(problem)
}

function problemIn(table: OptionTable, options: object, path: string): string | null {
  const prefix = path === '' ? '' : `${path}.`
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(table, name) || Reflect.get(options, name) === undefined) continue
    const nearest = nearestName(name, Object.keys(table))
    return `There is no option ${prefix}${name}${nearest === null ? '' : `: did you mean ${prefix}${nearest}?`}`
  }
  for (const [name, rule] of Object.entries(table)) {
    const value: unknown = Reflect.get(options, name)
    if (value !== undefined && !rule.holds(value)) return problemOf(rule, value, prefix + name)
  }
  return null
}

function problemOf(rule: OptionRule, value: unknown, path: string): string {
  const within = rule.within?.(value, path) ?? null
  if (within !== null) return within
  return `${path} must be ${rule.must}, not ${rule.secret === true ? typeName(value) : described(value)}`
}

/** The name that was probably meant; null if none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const wanted = name.toLowerCase()
  let nearest: string | null = null
  let least = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance >= least) continue
    least = distance
    nearest = candidate
  }
  // Half a name, such as `brokers` for `bootstrapBrokers`, is far from it letter by letter.
  if (nearest !== null || wanted.length < 4) return nearest
  return known.find(candidate => candidate.toLowerCase().endsWith(wanted)) ?? null
}

/** Letters to insert, remove, replace or swap with their neighbour. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = last[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      let best = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1)
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (swapped) best = Math.min(best, beforeLast[j - 2]! + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[to.length]!
}

const longestShown = 60

/** A value as an error message shows it: short, and never the inside of an object. */
export function described(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > longestShown ? `${value.slice(0, longestShown)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value)
  return typeName(value)
}

/** What a value is, and nothing of what it holds. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (value instanceof Promise) return 'a promise'
  if (typeof value === 'object') return 'an object'
  return `a ${typeof value}`
}

/** 1234567 as 1,234,567. `Intl` does that, too, but brings along megabytes and milliseconds. */
const grouped = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')
// The longest time that is a time and not a mistake: about 24.8 days.
const longestMs = 2_147_483_647

function range(min: number, max: number): string {
  if (max === Number.MAX_SAFE_INTEGER) return min === 0 ? 'not negative' : `at least ${grouped(min)}`
  return `from ${grouped(min)} to ${grouped(max)}`
}

/** Rules that option tables are written with. */
export const rules = {
  milliseconds: (min = 0, max: number = longestMs): OptionRule => ({
    must: `a number of milliseconds ${range(min, max)}`,
    holds: value => typeof value === 'number' && value >= min && value <= max
  }),
  bytes: (min = 0, max: number = longestMs): OptionRule => ({
    must: `a whole number of bytes ${range(min, max)}`,
    holds: value => isWhole(value, min, max)
  }),
  count: (min = 0, max: number = Number.MAX_SAFE_INTEGER): OptionRule => ({
    must: `a whole number ${range(min, max)}`,
    holds: value => isWhole(value, min, max)
  }),
  flag: (): OptionRule => ({ must: 'true or false', holds: value => typeof value === 'boolean' }),
  text: (maxBytes: number = Infinity): OptionRule => ({
    must: maxBytes === Infinity ? 'a string' : `a string of at most ${grouped(maxBytes)} bytes`,
    holds: value => typeof value === 'string' && Buffer.byteLength(value) <= maxBytes
  }),
  anything: (): OptionRule => ({ must: 'anything', holds: () => true }),
  method: (does: string): OptionRule => ({ must: `a function ${does}`, holds: value => typeof value === 'function' }),
  /** An object that has these methods, and perhaps the optional ones. */
  object: (what: string, methods: readonly string[] = [], optional: readonly string[] = []): OptionRule => ({
    must: methods.length === 0 ? what : `${what} (an object with ${methods.join(', ')})`,
    holds: value => hasMethods(value, methods) && wrongOptional(value, optional) === undefined,
    within: (value, path) => {
      const wrong = hasMethods(value, methods) ? wrongOptional(value, optional) : undefined
      return wrong === undefined
        ? null
        : `${path}.${wrong} must be a function, not ${described(memberOf(value, wrong))}`
    }
  }),
  oneOf: (values: readonly (string | number | boolean)[]): OptionRule => ({
    must: `one of ${values.map(described).join(', ')}`,
    holds: value => values.some(known => known === value)
  }),
  either: (first: OptionRule, second: OptionRule): OptionRule => ({
    must: `${first.must} or ${second.must}`,
    holds: value => first.holds(value) || second.holds(value),
    within: (value, path) => first.within?.(value, path) ?? second.within?.(value, path) ?? null,
    ...((first.secret ?? second.secret) ? { secret: true } : {})
  }),
  listOf: (each: OptionRule): OptionRule => ({
    must: `a list in which each is ${each.must}`,
    holds: value => Array.isArray(value) && wrongAt(value, each) < 0,
    within: (value, path) => {
      if (!Array.isArray(value)) return null
      const at = wrongAt(value, each)
      return at < 0 ? null : problemOf(each, value[at], `${path}[${at}]`)
    }
  }),
  /** An object that has some of these members, and no others. */
  objectOf: (must: string, table: OptionTable): OptionRule => ({
    must,
    holds: value => hasMethods(value, []) && problemIn(table, Object(value), '') === null,
    within: (value, path) => (hasMethods(value, []) ? problemIn(table, Object(value), path) : null)
  }),
  secret: (rule: OptionRule): OptionRule => ({ ...rule, secret: true })
} as const

/** Holes count, too. */
function wrongAt(list: readonly unknown[], each: OptionRule): number {
  return list.findIndex(value => !each.holds(value))
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
}

function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return methods.every(name => typeof memberOf(value, name) === 'function')
}

function wrongOptional(value: unknown, methods: readonly string[]): string | undefined {
  return methods.find(name => !['undefined', 'function'].includes(typeof memberOf(value, name)))
}

/** Undefined for what has no members. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
