// docs/configuration.md against the code: which options there are, their defaults and ranges, and which of them one call may have.
import { readFileSync } from 'node:fs'
import { ConnectionPool } from '@sluice/base'
import { baseOptionTable, type OptionTable } from '@sluice/base/parts'
import { isKafkaError, ProduceAcks } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { composeProducer } from '../src/compose.ts'
import { clientDefaults, producerOptionTable } from '../src/options.ts'

interface Row {
  readonly name: string
  readonly standard: string
  readonly takes: string
  readonly perCall: string
}

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
const table: OptionTable = { ...baseOptionTable, ...producerOptionTable }
const forCallsOnly = ['messages', 'signal', 'records']
const rows = optionRows(page)

/** The rows of all tables that have a column for each of these. */
function optionRows(text: string): readonly Row[] {
  const cells = text.split('\n').map(line => line.split('|').map(cell => cell.trim()))
  return cells.flatMap(([, first = '', standard = '', takes = '', perCall = '', meaning]) => {
    const name = /^`(\w+)`$/.exec(first)?.[1]
    return name === undefined || meaning === undefined ? [] : [{ name, standard, takes, perCall }]
  })
}

const parts = composeProducer({ bootstrapBrokers: ['kafka'] })
const { settings, base } = parts
const { profile } = settings
const pool = base.connections.settings

/** What each option is when it is left out, where that is a plain value. */
const defaults: Readonly<Record<string, number | boolean | string>> = {
  acks: nameOf(profile.acks),
  idempotent: profile.idempotent,
  repeatOnStaleMetadata: profile.repeatOnStaleMetadata,
  trustBaseOffset: settings.rules.trustBaseOffset,
  dataLossPolicy: settings.rules.dataLossPolicy,
  topicRecreatedPolicy: settings.rules.topicRecreatedPolicy,
  compression: profile.codec?.name ?? 'none',
  strict: base.settings.strict,
  linger: settings.lingerMs,
  batchSize: settings.batchBytes,
  maxRequestSize: settings.maxRequestBytes,
  bufferMemory: settings.bufferMemoryBytes,
  bufferTimeout: settings.bufferTimeoutMs,
  maxWaiting: settings.maxWaiting,
  deliveryTimeout: profile.deliveryTimeoutMs,
  requestTimeout: pool.requestTimeoutMs,
  timeout: profile.timeoutMs,
  connectTimeout: pool.connectTimeoutMs,
  retries: base.settings.retries === Infinity,
  idleTimeout: clientDefaults.idleTimeout,
  metadataMaxAge: base.settings.metadataMaxAgeMs,
  clientId: base.settings.clientId,
  autocreateTopics: base.settings.autocreateTopics,
  maxInflights: pool.maxInflights,
  maxResponseSize: clientDefaults.maxResponseSize,
  records: parts.options.read({ messages: [] }, null).records
}

function nameOf(acks: ProduceAcks): string {
  const name = Object.entries(ProduceAcks).find(([, value]) => value === acks)?.[0]
  return `ProduceAcks.${name}`
}

/** A value as the page writes it. */
function written(value: number | boolean | string): string {
  if (typeof value === 'number') return value.toLocaleString('en')
  return typeof value === 'string' && !value.startsWith('ProduceAcks') ? `\`'${value}'\`` : `\`${value}\``
}

const units: readonly (readonly [words: RegExp, unit: string])[] = [
  [/^a number of milliseconds /, 'ms '],
  [/^a whole number of bytes /, 'bytes '],
  [/^a whole number /, 'whole number ']
]

/** How the page says what a rule wants, or how that begins; null where it uses words of its own. */
function asWritten(must: string): string | null {
  if (must === 'true or false') return '`true`, `false`'
  if (must === 'one of "continue", "fail"') return "`'continue'`, `'fail'`"
  const other = /^true or false or (.*)$/.exec(must)?.[1]
  if (other !== undefined) return `\`true\`, \`false\`, or ${asWritten(other)}`
  for (const [words, unit] of units) if (words.test(must)) return unit + range(must.replace(words, ''))
  return null
}

function range(words: string): string {
  const [, from, to] = /^from ([\d,]+) to ([\d,]+)/.exec(words) ?? []
  // What all times and some sizes reach to is said once.
  if (from !== undefined && to !== undefined) return to === '2,147,483,647' ? `from ${from}` : `${from} to ${to}`
  return words.startsWith('not negative') ? 'from 0' : words.replace('at least', 'from')
}

/** Whether one call may have it: another value than the producer's is not refused for being one. */
function isForCalls(name: string): boolean {
  const refusal = refusalOf(() => parts.options.read({ messages: [], [name]: valueOf(name) }, null))
  return !/describes the producer|belong to the producer/.test(refusal)
}

const methods = ['forTopic', 'connect', 'epochMs', 'monotonicMs', 'after', 'soon', 'authenticate', 'acquire', 'peek']
const everything = Object.fromEntries([...methods, 'updateBrokers', 'connections'].map(name => [name, () => 0]))
const values = [false, true, 1, 7, 70_000, 7n, 'fail', 'continue', 'other', ['kafka:1'], [], {}, () => 0]

/** A value that its rule takes and that is not the default. */
function valueOf(name: string): unknown {
  const all: readonly unknown[] = [...values, { ...everything, name: 'X' }]
  const value = all.find(each => each !== defaults[name] && table[name]!.holds(each))
  if (value === undefined) throw new Error(`none of the values is one of ${name}`)
  return value
}

function refusalOf(act: () => void): string {
  try {
    act()
    return ''
  } catch (error) {
    if (isKafkaError(error)) return error.message
    throw error
  }
}

describe('the page of all options', () => {
  it('has each option once, and no other', () => {
    const names = rows.map(({ name }) => name).toSorted()
    expect(names).toEqual([...Object.keys(table), ...forCallsOnly].toSorted())
  })

  it('says their defaults', () => {
    const wrong = Object.entries(defaults).flatMap(([name, value]) => {
      const { standard } = rows.find(row => row.name === name)!
      return standard === written(value) || standard.startsWith(`${written(value)} `) ? [] : [[name, standard, value]]
    })
    expect(wrong).toEqual([])
  })

  it('has the defaults that the options of a call are compared with', () => {
    expect(defaults).toMatchObject(clientDefaults)
  })

  it('says what numbers and flags they take', () => {
    const wrong = Object.entries(table).flatMap(([name, { must }]) => {
      const expected = asWritten(must)
      const { takes } = rows.find(row => row.name === name)!
      return expected === null || takes === expected || takes.startsWith(`${expected}, `) ? [] : [[takes, expected]]
    })
    expect(wrong).toEqual([])
  })

  it('says which of them one call may have', () => {
    const marked = rows.filter(({ perCall }) => perCall === 'yes').map(({ name }) => name)
    expect(marked).toEqual(rows.map(({ name }) => name).filter(name => forCallsOnly.includes(name) || isForCalls(name)))
  })

  it('says which of them a pool is made with', () => {
    const isOfPools = (name: string): boolean =>
      !refusalOf(() => new ConnectionPool({ [name]: Symbol(name) })).startsWith('There is no option')
    const [, listed = ''] = /<!-- pool -->([\s\S]*?)<!-- end -->/.exec(page) ?? []
    const names = [...listed.matchAll(/`(\w+)`/g)].map(match => match[1]!)
    expect([...names, 'context'].toSorted()).toEqual(Object.keys(table).filter(isOfPools).toSorted())
  })
})
