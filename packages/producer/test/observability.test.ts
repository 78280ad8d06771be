// docs/observability.md against the code: methods of observers, events and numbers, and what each of them tells.
import { readFileSync } from 'node:fs'
import type { Observer } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import type { ProducerEvents } from '../src/events.ts'
import type { ProducerStats } from '../src/stats.ts'

/** Whoever adds a member cannot compile this before it is named here, nor see it pass before the page has it. */
type Members<T> = Readonly<Record<keyof T, true>>
type Observed = Required<Observer>
type Payload<Event> = Event extends [infer Only] ? Members<Only> : Readonly<Record<string, never>>

const broker = { broker: true, connection: true } as const

const methods: { readonly [Method in keyof Observed]: Members<Parameters<Observed[Method]>[0]> } = {
  onConnection: { broker: true, state: true, elapsedMs: true, error: true },
  onRequest: { broker: true, api: true, version: true, bytes: true },
  onResponse: { broker: true, api: true, latencyMs: true, throttleMs: true, error: true },
  onMetadata: { topics: true, brokers: true, elapsedMs: true },
  onBatch: {
    topic: true,
    partition: true,
    records: true,
    bytes: true,
    wireBytes: true,
    codec: true,
    queuedMs: true
  },
  onRetry: { topic: true, partition: true, attempt: true, delayMs: true, error: true },
  onOutcome: {
    topic: true,
    partition: true,
    records: true,
    outcome: true,
    attempts: true,
    elapsedMs: true,
    error: true
  }
}

const events: { readonly [Name in keyof ProducerEvents]: Payload<ProducerEvents[Name]> } = {
  'producer:drain': {},
  'producer:dataloss': {
    topic: true,
    partition: true,
    error: true,
    brokerId: true,
    lastAckedOffset: true,
    logStartOffset: true,
    leaderEpochBefore: true,
    leaderEpochAfter: true,
    continued: true
  },
  'producer:fallback': { error: true },
  'client:throttle': { ...broker, throttleMs: true, api: true },
  'client:broker:connect': broker,
  'client:broker:disconnect': { ...broker, error: true },
  'client:broker:failed': { ...broker, error: true },
  'client:broker:drain': broker,
  'client:broker:sasl:handshake': { ...broker, mechanism: true },
  'client:broker:sasl:authentication': { ...broker, mechanism: true },
  'client:broker:sasl:authentication:extended': { ...broker, mechanism: true },
  'client:metadata': { id: true, brokers: true, controllerId: true, topics: true, lastUpdate: true },
  'client:close': {}
}

const stats: Members<ProducerStats> = {
  queuedRecords: true,
  queuedBytes: true,
  inFlight: true,
  delivered: true,
  failed: true,
  unknown: true,
  retries: true,
  requests: true,
  throttledMs: true
}

const page = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8')

/** What stands first in each row under a heading, and the members that its last cell begins its parts with. */
function rowsOf(heading: string): Readonly<Record<string, readonly string[]>> {
  const section = page.split(/^## /m).find(text => text.startsWith(heading)) ?? ''
  const cells = section.split('\n').map(line => line.split('|').map(cell => cell.trim()))
  return Object.fromEntries(
    cells.flatMap(([, first = '', ...rest]) => {
      const name = /^`([\w:]+)`$/.exec(first)?.[1]
      return name === undefined ? [] : [[name, membersIn(rest.at(-2) ?? '')]]
    })
  )
}

function membersIn(cell: string): readonly string[] {
  return [...cell.replaceAll(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(match => match[1]!).toSorted()
}

function named(members: Readonly<Record<string, object>>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(members).map(([name, of]) => [name, Object.keys(of).toSorted()]))
}

describe('the page of what can be observed', () => {
  it('has every method of an observer, with what it is told', () => {
    expect(rowsOf('An observer')).toEqual(named(methods))
  })

  it('has every event, with its payload', () => {
    expect(rowsOf('Events')).toEqual(named(events))
  })

  it('has every number', () => {
    expect(Object.keys(rowsOf('Numbers'))).toEqual(Object.keys(stats))
  })
})
