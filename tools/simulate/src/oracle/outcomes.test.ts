import { describe, expect, test } from 'vitest'
import type { CallRecord, FinalLog, RunRecord, SentRecord } from '../run-record.ts'
import type { Plan } from '../story.ts'
import { Ledger } from '../wire/ledger.ts'
import { valueOf } from '../wire/naming.ts'
import { Claims } from './claims.ts'
import { judgeOutcomes } from './outcomes.ts'

const startedEpochMs = 1_700_000_000_000

function callOf(number: number, acks: number): CallRecord {
  return {
    call: number,
    acks,
    idempotent: acks === -1,
    startedMs: 0,
    startedEpochMs,
    settledEpochMs: startedEpochMs + 50,
    blockedAtStartMs: 0,
    deliveryTimeoutMs: 1_000,
    records: [],
    returned: true,
    aborted: false,
    settledMs: 50,
    blockedMs: 0,
    settleOrder: number,
    settlements: 1,
    error: null,
    early: false
  }
}

interface Written {
  /** As given. */
  readonly timestamp?: number
  /** As it stands in the log, and as it was told. */
  readonly stored: number
  readonly told?: number
  readonly acks?: number
}

/** Calls of one record each, all acknowledged; the log has them in this order. */
function judged(
  written: readonly Written[],
  order: readonly number[] = written.map((_, number) => number),
  appendTimeMs: number | null = null
): string[] {
  const records = written.map(({ timestamp, stored, told = stored, acks = -1 }, number): SentRecord => {
    const call = callOf(number, acks)
    const record: SentRecord = {
      number,
      call,
      topic: 'orders',
      wanted: 0,
      key: null,
      bytes: 20,
      wantedBytes: 20,
      odd: null,
      headers: 0,
      timestamp: timestamp ?? null,
      isFlawed: false,
      fate: 'acked',
      partition: 0,
      offset: order.indexOf(number),
      toldTimestamp: told,
      error: null
    }
    call.records.push(record)
    return record
  })
  const log: FinalLog = {
    topic: 'orders',
    partition: 0,
    deleted: false,
    startOffset: 0,
    batches: order.map((number, baseOffset) => ({
      baseOffset,
      producerId: 1,
      epoch: 0,
      sequence: baseOffset,
      count: 1,
      intact: true,
      appendTimeMs,
      records: [
        {
          offsetDelta: 0,
          timestamp: written[number]!.stored,
          key: null,
          value: valueOf({ number, topic: 'orders', partition: 0 }, 20),
          headers: 0
        }
      ]
    }))
  }
  const claims = new Claims()
  const timestampType = appendTimeMs === null ? 'create' : 'append'
  judgeOutcomes(runOf(records, log, { topics: { orders: { partitions: 1, timestampType } } }), claims)
  return claims.violations.map(({ id }) => id)
}

function runOf(records: readonly SentRecord[], log: FinalLog, cluster: Plan['cluster']): RunRecord {
  const watcher = { onAttempt: () => {}, onFate: () => {} }
  return {
    plan: { seed: 1, cluster, producer: {}, events: [] },
    calls: records.map(({ call }) => call),
    others: [],
    records,
    logs: [log],
    losses: { records: new Set(), undecided: new Set(), forgetful: new Set() },
    ledger: new Ledger(
      () => 0,
      name => ({ name, log: name }),
      watcher,
      true
    ),
    dataLosses: [],
    connectionErrors: [],
    events: new Map(),
    effects: [],
    healedMs: 0,
    timersFired: 0,
    endedMs: 0,
    mostQueuedBytes: 0,
    mostTimersPending: 0,
    leftover: { queuedBytes: 0, queuedRecords: 0, timers: 0, links: 0, closed: true, quietMs: 0, quietTimers: 0 },
    thrown: [],
    application: { thrown: 0, surfaced: 0, failedCompressions: 0 },
    probes: []
  }
}

describe('what is claimed of a record in the log', () => {
  test('it has the time that it was given', () => {
    expect(judged([{ timestamp: 7, stored: 7 }])).toEqual([])
    expect(judged([{ timestamp: 7, stored: 8 }])).toEqual(['I9'])
  })

  test('without one it has a moment of its call', () => {
    expect(judged([{ stored: startedEpochMs }, { stored: startedEpochMs + 50 }])).toEqual([])
    expect(judged([{ stored: startedEpochMs - 1 }, { stored: startedEpochMs + 51 }])).toEqual(['I9', 'I9'])
  })

  test('the caller is told the time that it has', () => {
    expect(judged([{ timestamp: 7, stored: 7, told: 8 }])).toEqual(['I9'])
  })

  test('where brokers put their own time, that is what is told', () => {
    expect(judged([{ timestamp: 7, stored: 7, told: 99 }], [0], 99)).toEqual([])
    expect(judged([{ timestamp: 7, stored: 7, told: 7 }], [0], 99)).toEqual(['I9'])
  })

  test('it is behind those of earlier calls, whatever the acks of each', () => {
    const calls = [{ stored: startedEpochMs }, { stored: startedEpochMs, acks: 1 }]
    expect(judged(calls)).toEqual([])
    // Settled in the order of the calls, and written in the other.
    expect(judged(calls, [1, 0])).toEqual(['I3'])
  })
})
