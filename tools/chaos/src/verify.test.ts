// Logs that were tampered with: what a run would have to find.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadRecord } from '@sluice/kafka'
import { afterAll, describe, expect, test } from 'vitest'
import type { Mode } from './arguments.ts'
import { readBooks, type LaneOutcomes } from './books.ts'
import { LaneMap } from './lanes.ts'
import { Ledger, outcomes, type OutcomeCode } from './ledger.ts'
import { writeStamp } from './stamp.ts'
import { verify, type Findings } from './verify.ts'

const run = 77
const lanes = new LaneMap([{ name: 't', partitions: 1 }], 1)
const directory = mkdtempSync(join(tmpdir(), 'sluice-verify-'))

afterAll(() => rmSync(directory, { recursive: true }))

interface Story {
  /** The outcome of each record. */
  readonly told: readonly (OutcomeCode | null)[]
  /** Their numbers as they lie in the log. */
  readonly log: readonly number[]
  readonly mode?: Mode
  /** Attempts that were repeated, and the records in them. */
  readonly doubts?: readonly [attempts: number, records: number]
  readonly change?: (record: ReadRecord) => ReadRecord
  /** Where acknowledged records were said to be: the offset of their number, plus this. */
  readonly shift?: number
  /** Records that come after the last that is read. */
  readonly late?: number
}

const { acked, notPersisted, unknown } = outcomes

/** @param settlements number and outcome of records, in the order in which they were told */
function booksOf(accepted: number, settlements: readonly (readonly [number, OutcomeCode, number])[]): LaneOutcomes[] {
  const path = join(directory, 'ledger')
  const ledger = new Ledger(path, 1)
  for (let i = 0; i < accepted; i++) ledger.accept(0)
  for (const [n, code, offset] of settlements) ledger.settle(0, n, code, offset)
  return [...readBooks(path, lanes.lanes, ledger.close())]
}

async function judge(story: Story): Promise<Findings> {
  const { told, log, mode = 'idempotent', doubts = [0, 0], change, shift = 0, late = 0 } = story
  const settlements = told.flatMap((code, n): [number, OutcomeCode, number][] =>
    code === null ? [] : [[n, code, code === acked ? log.indexOf(n) + shift : -1]]
  )
  const records = log.map((n, offset) => recordAt(n, offset)).map(record => change?.(record) ?? record)
  const [attempts, repeated] = doubts
  const evidence = { run, mode, lanes, books: booksOf(told.length, settlements), inCallOrder: [0] }
  return verify(
    { read: async () => records, endOffsets: async () => [BigInt(records.length + late)] },
    { ...evidence, doubts: { attempts: [attempts], records: [repeated] } }
  )
}

function recordAt(n: number, offset: number): ReadRecord {
  return {
    partition: 0,
    offset: BigInt(offset),
    timestamp: 0n,
    timestampType: 'CreateTime',
    leaderEpoch: 0,
    key: null,
    value: writeStamp({ run, producer: 0, topic: 0, partition: 0, n }),
    headers: []
  }
}

const atOffset =
  (offset: number) =>
  (record: ReadRecord): ReadRecord => ({ ...record, offset: BigInt(offset) })

const blameless = {
  lost: 0,
  duplicated: 0,
  unexplained: 0,
  outOfOrder: 0,
  untrue: 0,
  misplaced: 0,
  strange: 0,
  gaps: 0,
  unread: 0,
  unsettled: 0,
  settledTwice: 0,
  settledOutOfOrder: 0
}

describe('verify', () => {
  test('finds nothing wrong where all is as told', async () => {
    const findings = await judge({ told: [acked, acked, notPersisted, unknown, unknown, acked], log: [0, 1, 3, 5] })
    expect(findings).toMatchObject({
      ...blameless,
      recordsRead: 4,
      unknownFound: 1,
      partitionsHit: 1,
      fewestLeaders: 1
    })
  })

  test.each<[string, Story, Partial<Findings>]>([
    ['a lost record', { told: [acked, acked], log: [0] }, { lost: 1 }],
    ['a duplicate', { told: [acked, acked], log: [0, 1, 1] }, { duplicated: 1, unexplained: 1 }],
    ['a duplicate of unknown outcome', { told: [unknown], log: [0, 0] }, { duplicated: 1, unexplained: 1 }],
    ['a wrong order', { told: [acked, acked], log: [1, 0] }, { outOfOrder: 1 }],
    ['an untrue outcome', { told: [notPersisted], log: [0] }, { untrue: 1 }],
    ['a wrong order among failures', { told: [unknown, acked], log: [1, 0] }, { outOfOrder: 1 }],
    ['a record without outcome', { told: [null], log: [] }, { unsettled: 1 }],
    ['a wrong offset', { told: [acked], log: [0], shift: 1 }, { misplaced: 1 }],
    ['a log that begins later', { told: [acked], log: [0], shift: 3, change: atOffset(3) }, { gaps: 1 }],
    ['a record that comes late', { told: [acked], log: [0], late: 1 }, { unread: 1 }],
    [
      'a damaged value',
      { told: [acked], log: [0], change: record => ({ ...record, value: Buffer.from('damaged, and too long') }) },
      { strange: 1, lost: 1 }
    ],
    [
      'a foreign key',
      { told: [acked], log: [0], change: record => ({ ...record, key: Buffer.from('foreign') }) },
      { strange: 1, lost: 1 }
    ]
  ])('finds %s', async (_what, story, found) => {
    expect(await judge(story)).toMatchObject({ ...blameless, ...found })
  })

  test.each<[string, Story, Partial<Findings>]>([
    ['one attempt explains one repetition', { told: [], log: [], doubts: [1, 2] }, { unexplained: 0 }],
    ['none explains none', { told: [], log: [] }, { unexplained: 2 }],
    ['a smaller one explains less', { told: [], log: [], doubts: [1, 1] }, { unexplained: 1 }]
  ])('without sequences, %s', async (_what, { doubts }, found) => {
    const story: Story = { told: [acked, acked, acked], log: [0, 1, 0, 1, 2], mode: 'plain' }
    expect(await judge({ ...story, ...(doubts === undefined ? {} : { doubts }) })).toMatchObject({
      ...blameless,
      duplicated: 2,
      ...found
    })
  })

  test('a partition in which a producer has nothing is not hit', async () => {
    expect(await judge({ told: [notPersisted], log: [] })).toMatchObject({ partitions: 1, partitionsHit: 0 })
  })

  test('a record that was settled twice, or before one that was accepted earlier, is found', async () => {
    const books = booksOf(2, [
      [1, acked, 1],
      [0, acked, 0],
      [0, acked, 0]
    ])
    const findings = await verify(
      { read: async () => [recordAt(0, 0), recordAt(1, 1)], endOffsets: async () => [2n] },
      { run, mode: 'idempotent', lanes, books, doubts: { attempts: [0], records: [0] }, inCallOrder: [0] }
    )
    expect(findings).toMatchObject({ settledTwice: 1, settledOutOfOrder: 2 })
  })
})
