import { describe, expect, test } from 'vitest'
import type { ChaosArguments } from './arguments.ts'
import type { ChaosResult, WingResult } from './chaos.ts'
import { claims } from './claims.ts'
import { Tally } from './tally.ts'
import type { Vitals } from './vitals.ts'

const given: ChaosArguments = {
  minutes: 30,
  modes: ['idempotent'],
  seed: 1,
  rate: 6_000,
  outageSeconds: 0,
  deliveryTimeout: null,
  json: null
}

const flatSamples: Vitals[] = Array.from({ length: 360 }, (_, i) => ({
  atMs: i * 5_000,
  heapBytes: 20_000_000,
  bufferBytes: 8_000_000,
  residentBytes: 130_000_000,
  sockets: 10,
  lowestSockets: 10,
  produceConnections: 6,
  controlConnections: 4,
  otherConnections: 0,
  openingConnections: 0,
  timers: 10,
  pendingTimers: 30,
  lowestPendingTimers: 30,
  timersOf: { alarm: 6, refresher: 4, round: 2, pool: 5, watchdog: 10, lane: 3 },
  resources: 25,
  queuedBytes: 1_000_000
}))

const told: WingResult['told'] = {
  counts: { accepted: 6_000_000, acked: 6_000_000, notPersisted: 0, unknown: 0 },
  accepted: [],
  settlingMs: 500,
  samples: flatSamples,
  fullest: 1,
  overBytes: 0,
  bufferMemory: 50_000_000,
  mostConnections: 30,
  longestBlockMs: 100,
  latestMs: 300,
  earliestMs: 2,
  heldAfterClose: 0,
  resources: [],
  refusals: 5,
  untold: 0,
  disappointed: { notPersisted: 0, unknown: 0 },
  dataLosses: [],
  doubts: { attempts: [], records: [] },
  retries: [],
  failures: []
}

const loss: WingResult['told']['dataLosses'][number] = {
  atMs: 1_000,
  topic: 'wide',
  partition: 0,
  brokerId: 1,
  lastAckedOffset: 41,
  logStartOffset: -1,
  leaderEpochBefore: 3,
  leaderEpochAfter: 4,
  continued: true,
  error: 'The broker answered OUT_OF_ORDER_SEQUENCE_NUMBER (45)'
}

const findings: WingResult['findings'] = {
  recordsRead: 6_000_000,
  lost: 0,
  duplicated: 0,
  unexplained: 0,
  outOfOrder: 0,
  untrue: 0,
  misplaced: 0,
  strange: 0,
  unknownFound: 0,
  unsettled: 0,
  settledTwice: 0,
  settledOutOfOrder: 0,
  gaps: 0,
  unread: 0,
  partitionsHit: 21,
  partitions: 21,
  fewestLeaders: 9,
  stories: []
}

function tallyOf(kills: number, pauses: number): Tally {
  const tally = new Tally()
  tally.add('kill', kills)
  tally.add('pause', pauses)
  return tally
}

const good: WingResult = {
  mode: 'idempotent',
  tally: new Tally(),
  cuts: 100,
  told,
  end: { code: 0, lingeredMs: 5 },
  findings
}
const run: ChaosResult = { tally: tallyOf(20, 20), sendingMs: 1_800_000, wings: [good] }

const broken = (result: ChaosResult, args: ChaosArguments = given): string[] =>
  claims(result, args)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what)

const brokenBy = (change: Partial<WingResult>): string[] => broken({ ...run, wings: [{ ...good, ...change }] })
const brokenByTold = (change: Partial<typeof told>): string[] => brokenBy({ told: { ...told, ...change } })
const brokenByFinding = (change: Partial<typeof findings>): string[] =>
  brokenBy({ findings: { ...findings, ...change } })

describe('what a run must show', () => {
  test('a good run shows it', () => {
    expect(broken(run)).toEqual([])
  })

  test('a run that did nothing does not', () => {
    const idle = { ...told, counts: { accepted: 0, acked: 0, notPersisted: 0, unknown: 0 } }
    const nothing = { ...findings, recordsRead: 0, partitionsHit: 0, fewestLeaders: 0 }
    const wings = [{ ...good, cuts: 0, told: idle, findings: nothing }]
    expect(broken({ ...run, tally: new Tally(), wings })).toEqual([
      'kills',
      'pauses',
      'every partition hit by every producer',
      'connections cut',
      'acknowledged per second',
      'leaders that each partition had'
    ])
  })

  test('a short run needs its share of the faults', () => {
    const minute = { ...given, minutes: 1 }
    const short = { ...run, sendingMs: 60_000, wings: [{ ...good, cuts: 4 }] }
    expect(broken({ ...short, tally: tallyOf(1, 1) }, minute)).toEqual([])
    expect(broken({ ...short, tally: tallyOf(0, 0) }, minute)).toEqual(['kills', 'pauses'])
  })

  test.each([
    ['lost', 'lost'],
    ['duplicated', 'duplicated'],
    ['outOfOrder', 'out of order'],
    ['untrue', 'outcome untrue'],
    ['misplaced', 'not where it was said to be'],
    ['strange', 'damaged, or in a wrong place'],
    ['gaps', 'offsets that hold nothing'],
    ['unread', 'in the log and not read'],
    ['unsettled', 'without outcome'],
    ['settledTwice', 'settled twice'],
    ['settledOutOfOrder', 'acknowledged after a later one']
  ])('one record that is %s breaks a promise', (name, what) => {
    expect(brokenByFinding({ [name]: 1 })).toEqual([what])
  })

  test('without sequences, only duplicates that nothing explains break a promise', () => {
    expect(brokenBy({ mode: 'plain', findings: { ...findings, duplicated: 9 } })).toEqual([])
    expect(brokenBy({ mode: 'plain', findings: { ...findings, duplicated: 9, unexplained: 1 } })).toEqual([
      'duplicates that no repeated attempt explains'
    ])
  })

  test('a record that was given up although there was time breaks a promise', () => {
    const disappointed = { notPersisted: 1, unknown: 1 }
    expect(brokenByTold({ disappointed })).toEqual([
      'given up although there was time',
      'left unknown although there was time'
    ])
    const hurried = { ...given, deliveryTimeout: 5_000 }
    expect(broken({ ...run, wings: [{ ...good, told: { ...told, disappointed } }] }, hurried)).toEqual([])
  })

  test.each<[string, Partial<typeof told>, string]>([
    ['too many sockets', { mostConnections: 9 }, 'sockets'],
    ['too much memory', { overBytes: 300_000 }, 'memory within bufferMemory and one batch'],
    ['a call that is late', { latestMs: 1_200 }, 'ms after its deadline that a call was settled'],
    ['a timeout that is early', { earliestMs: 400 }, 'ms too early that a record was out of time'],
    ['a record that was forgotten', { settlingMs: 31_000 }, 'ms after the last fault until all was settled'],
    ['memory that is not given back', { heldAfterClose: 1 }, 'bytes held after close'],
    ['a socket that is left', { resources: ['TCPSocketWrap'] }, 'left after close'],
    ['lost data', { dataLosses: [loss] }, 'reports of lost data'],
    ['an error that says nothing', { untold: 1 }, 'errors without outcome']
  ])('%s breaks a promise', (_what, change, what) => {
    expect(brokenByTold(change)).toEqual([what])
  })

  test('a heap that grows by a tenth in half an hour is not flat', () => {
    const growing = flatSamples.map((each, i) => ({ ...each, heapBytes: 20_000_000 + i * 10_000 }))
    expect(brokenByTold({ samples: growing })).toEqual(['heapBytes flat'])
  })

  test('a socket that no pool has a connection for breaks a promise', () => {
    const [first, ...others] = flatSamples
    expect(brokenByTold({ samples: [{ ...first!, sockets: 11 }, ...others] })).toEqual(['sockets without a connection'])
  })

  test.each([
    ['the deadline of a connection that is gone', { watchdog: 11 }],
    ['a seventh alarm for six producers', { alarm: 7 }],
    ['the timer of a file that should have none', { 'batch-writer': 1 }]
  ])('%s breaks a promise, once it is seen', (_what, timersOf) => {
    const [first, ...others] = flatSamples
    const leaking = { ...first!, timersOf: { ...first!.timersOf, ...timersOf } }
    expect(brokenByTold({ samples: [leaking, ...others] })).toEqual(['timers without an owner'])
  })

  test('a connection that is being opened may have two timers', () => {
    const [first, ...others] = flatSamples
    const opening = { ...first!, openingConnections: 1, timersOf: { ...first!.timersOf, watchdog: 11 } }
    expect(brokenByTold({ samples: [opening, ...others] })).toEqual([])
  })

  test('timers that do not keep the process alive, one more every four minutes, are not flat', () => {
    const growing = flatSamples.map((each, i) => {
      const more = Math.floor(i / 48)
      return { ...each, pendingTimers: 30 + more, lowestPendingTimers: 30 + more }
    })
    expect(brokenByTold({ samples: growing })).toEqual([
      'pendingTimers flat',
      'lowestPendingTimers flat',
      'pendingTimers flat, by middles'
    ])
  })

  test('idle sockets that stay open, one more every six minutes, are not flat', () => {
    const growing = flatSamples.map((each, i) => {
      const more = Math.floor(i / 72)
      return { ...each, sockets: 10 + more, lowestSockets: 10 + more, otherConnections: more }
    })
    expect(brokenByTold({ samples: growing })).toEqual(['sockets flat', 'lowestSockets flat'])
  })

  test('a process that had to be ended breaks a promise', () => {
    expect(brokenBy({ end: { code: null, lingeredMs: 10_000 } })).toEqual(['the process ended by itself'])
  })

  test('an outage must have killed every broker, and made send ask to wait', () => {
    const outage = { ...given, outageSeconds: 120 }
    expect(broken({ ...run, tally: tallyOf(3, 0) }, outage)).toEqual([])
    const careless = { ...good, told: { ...told, refusals: 0 } }
    expect(broken({ ...run, tally: tallyOf(2, 0), wings: [careless] }, outage)).toEqual([
      'kills',
      'times that send asked to wait'
    ])
  })
})
