// Checks what a test says, in the words of a client's own options: the path, the value and, for a name that does not exist, the nearest.
import { InvalidArgumentError } from '@sluice/core'

export interface Rule {
  /** Completes "brokers must be ...". */
  readonly must: string
  readonly holds: (value: unknown) => boolean
  /** Looks into a value that is not a plain one. @throws InvalidArgumentError */
  readonly within?: (value: unknown, path: string) => void
}

export type Rules = Readonly<Record<string, Rule>>

/**
 * An explicit undefined is the same as absent.
 *
 * @param path goes before the names, such as `topics.orders`; empty for none
 * @param noun what a name stands for, such as `option`
 * @throws InvalidArgumentError
 */
export function checkMembers(rules: Rules, given: unknown, path = '', noun = 'option'): void {
  const prefix = path === '' ? '' : `${path}.`
  if (!isObject(given))
    throw new InvalidArgumentError(`${path === '' ? `The ${noun}s` : path} must be an object, not ${described(given)}`)
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) throw unknownName(noun, name, Object.keys(rules), prefix)
    check(rule, value, prefix + name)
  }
}

/** @throws InvalidArgumentError */
export function check(rule: Rule, value: unknown, path: string): void {
  if (!rule.holds(value)) throw new InvalidArgumentError(`${path} must be ${rule.must}, not ${described(value)}`)
  rule.within?.(value, path)
}

/** @throws InvalidArgumentError */
export function checkName(noun: string, name: unknown, known: readonly string[]): void {
  if (!known.some(each => each === name)) throw unknownName(noun, String(name), known)
}

function unknownName(noun: string, name: string, known: readonly string[], prefix = ''): InvalidArgumentError {
  const near = nearest(name, known)
  const hint = near === null ? `, only ${known.join(', ')}` : `: did you mean ${prefix}${near}?`
  return new InvalidArgumentError(`There is no ${noun} ${prefix}${name}${hint}`)
}

function nearest(name: string, known: readonly string[]): string | null {
  const wanted = name.toLowerCase()
  const most = Math.max(1, Math.floor(name.length / 3))
  const [first] = known
    .map(candidate => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  return first !== undefined && first.distance <= most ? first.candidate : null
}

/** Letters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = last[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, last[j]! + 1, row[j - 1]! + 1))
    }
    last = row
  }
  return last[to.length]!
}

function described(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isNumber = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most

/** Rules that tables are written with. */
export const rules = {
  count: (least: number, most: number = Infinity): Rule => ({
    must: most === Infinity ? `a whole number, at least ${least}` : `a whole number from ${least} to ${most}`,
    holds: value => isNumber(value, least, most) && Number.isSafeInteger(value)
  }),
  milliseconds: (): Rule => ({
    must: 'a number of milliseconds that is not negative',
    holds: value => isNumber(value, 0, Infinity)
  }),
  amount: (must: string): Rule => ({ must, holds: value => isNumber(value, 0, Infinity) }),
  offset: (): Rule => ({
    must: 'a bigint that is not negative',
    holds: value => typeof value === 'bigint' && value >= 0n
  }),
  finite: (): Rule => ({ must: 'a finite number', holds: value => Number.isFinite(value) }),
  flag: (): Rule => ({ must: 'true or false', holds: value => typeof value === 'boolean' }),
  method: (): Rule => ({ must: 'a function', holds: value => typeof value === 'function' }),
  oneOf: (...values: readonly unknown[]): Rule => ({
    must: `one of ${values.map(described).join(', ')}`,
    holds: value => values.includes(value)
  }),
  either: (first: Rule, second: Rule): Rule => ({
    must: `${first.must} or ${second.must}`,
    holds: value => first.holds(value) || second.holds(value),
    within: (value, path) => (first.holds(value) ? first : second).within?.(value, path)
  }),
  /** An object that has these methods. */
  object: (must: string, methods: readonly string[] = []): Rule => ({
    must,
    holds: value => isObject(value) && methods.every(name => typeof Reflect.get(value, name) === 'function')
  }),
  /** An object that has some of these members, and no others. */
  members: (must: string, table: Rules): Rule => ({
    must,
    holds: isObject,
    within: (value, path) => checkMembers(table, value, path)
  }),
  listOf: (must: string, each: Rule): Rule => ({
    must,
    holds: Array.isArray,
    within: (value, path) => {
      if (Array.isArray(value)) for (const [at, one] of value.entries()) check(each, one, `${path}[${at}]`)
    }
  }),
  /** An object whose members, of any name, are such. */
  mapOf: (must: string, each: Rule): Rule => ({
    must,
    holds: isObject,
    within: (value, path) => {
      for (const [name, one] of Object.entries(Object(value))) check(each, one, `${path}.${name}`)
    }
  })
} as const
