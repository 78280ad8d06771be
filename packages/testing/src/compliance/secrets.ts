// Finds secrets in what can be read of an object: in its properties however deep, in bytes, in its JSON, in what inspect prints.
import { inspect } from 'node:util'

interface Found {
  /** Such as `.users<alice>.key`. */
  readonly path: string
  readonly text: string
}

/** Where a secret can be read, as words that follow "in"; null where none can. */
export function whereShown(value: unknown, secrets: readonly string[], whose: string): string | null {
  for (const { path, text } of readable(value)) {
    if (shows(text, secrets)) return path === '' ? whose : `${path} of ${whose}`
  }
  const all = { depth: Infinity, showHidden: true, getters: true, maxArrayLength: Infinity, maxStringLength: Infinity }
  if (shows(inspect(value, all), secrets)) return `what inspect prints of ${whose}`
  return shows(jsonOf(value), secrets) ? `the JSON of ${whose}` : null
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    // What has no JSON shows nothing in it.
    return ''
  }
}

function shows(text: string, secrets: readonly string[]): boolean {
  const texts = [text, ...decoded(text)]
  return secrets.some(secret => formsOf(secret).some(form => texts.some(each => each.includes(form))))
}

function formsOf(secret: string): string[] {
  return [
    secret,
    Buffer.from(secret).toString('latin1'),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret)
  ]
}

const hexPairs = /(?:[0-9a-fA-F]{2}[ ,:]*){6,}/g
const codes = /(?:(?:"?\d{1,5}"?:)?\s*\d{1,5}\s*,?\s*){6,}/g
const base64Runs = /[A-Za-z0-9+/_-]{8,}/g

/** What stands in a text as hex, as a list of codes, or in base64. */
function* decoded(text: string): Generator<string> {
  for (const [run] of text.matchAll(hexPairs)) yield Buffer.from(run.replaceAll(/[ ,:]/g, ''), 'hex').toString('latin1')
  for (const [run] of text.matchAll(codes))
    yield textOf(
      run
        .replaceAll(/"?\d+"?:/g, '')
        .match(/\d+/g)!
        .map(Number)
    )
  for (const [run] of text.matchAll(base64Runs)) {
    // The run may begin with what is no part of it.
    for (let start = 0; start < 4; start++) yield Buffer.from(run.slice(start), 'base64').toString('latin1')
  }
}

function textOf(numbers: Iterable<unknown>): string {
  let text = ''
  for (const each of numbers) text += typeof each === 'string' ? each : String.fromCharCode(Number(each))
  return text
}

/** More than any mechanism refers to, unless it refers to half the process. */
const mostObjects = 20_000

/** All texts and bytes that can be reached, bytes as a character each. */
function* readable(root: unknown): Generator<Found> {
  const seen = new Set<unknown>()
  const left: { readonly path: string; readonly value: unknown }[] = [{ path: '', value: root }]
  for (let next = left.pop(); next !== undefined && seen.size < mostObjects; next = left.pop()) {
    const { path, value } = next
    if (typeof value === 'string') yield { path, text: value }
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
    if (!isObject || seen.has(value) || value === globalThis || value === process) continue
    seen.add(value)
    const content = contentOf(value)
    if (content !== null) yield { path, text: content }
    for (const [name, part] of partsOf(value)) left.push({ path: path + name, value: part })
  }
}

/** Of what is a row of bytes, codes or characters. */
function contentOf(value: object): string | null {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return Buffer.from(value).toString('latin1')
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
    return value instanceof DataView ? bytes : `${bytes}\n${textOf(value as Uint8Array)}`
  }
  return Array.isArray(value)
    ? textOf(value.filter(each => typeof each === 'number' || typeof each === 'string'))
    : null
}

/** What it refers to, by the names that lead there; a Map's entries are named by their keys. */
function* partsOf(value: object): Generator<readonly [name: string, part: unknown]> {
  if (ArrayBuffer.isView(value)) return
  if (value instanceof Map) {
    for (const [key, part] of value) {
      yield ['<key>', key]
      yield [`<${typeof key === 'string' ? key : typeof key}>`, part]
    }
  }
  if (value instanceof Set) for (const part of value) yield ['<>', part]
  for (let owner: object | null = value; owner !== null && !isBuiltIn(owner); owner = Reflect.getPrototypeOf(owner)) {
    for (const name of Reflect.ownKeys(owner)) yield [`.${String(name)}`, propertyOf(value, name)]
  }
}

/** Prototypes of the language itself hold nobody's secrets, and their getters want objects of their own. */
function isBuiltIn(owner: object): boolean {
  const made: unknown = Object.hasOwn(owner, 'constructor') ? Reflect.get(owner, 'constructor') : null
  return typeof made === 'function' && Function.prototype.toString.call(made).includes('[native code]')
}

function propertyOf(value: object, name: string | symbol): unknown {
  try {
    return Reflect.get(value, name)
  } catch {
    // It shows nothing to those who look.
    return undefined
  }
}
