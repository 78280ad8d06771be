import type { ReadRecord } from '@sluice/kafka'
import { describe, expect, test } from 'vitest'
import type { Mode } from './arguments.ts'
import { chaosTopic, LaneMap } from './lanes.ts'
import { Ledger, outcomes, type OutcomeCode } from './ledger.ts'
import { writeStamp } from './stamp.ts'
import { verify, type Findings } from './verify.ts'

const run = 77
const lanes = new LaneMap([chaosTopic('t', 1)], 1)

interface Story {
  /** The outcome of each record. */
  readonly told: readonly (OutcomeCode | null)[]
  /** Their numbers as they lie in the log. */
  readonly log: readonly number[]
  readonly mode?: Mode
  readonly uncertain?: number
  readonly change?: (record: ReadRecord) => ReadRecord
  /** Where acknowledged records were said to be: the offset of their number, plus this. */
  readonly shift?: number
}

const { acked, notPersisted, unknown } = outcomes

async function judge({ told, log, mode = 'idempotent', uncertain = 0, change, shift = 0 }: Story): Promise<Findings> {
  const ledger = new Ledger(lanes.lanes)
  for (const code of told) {
    const n = ledger.accept(0)
    if (code !== null) ledger.settle(0, n, code, code === acked ? log.indexOf(n) + shift : -1)
  }
  const records = log.map((n, offset) => recordAt(n, offset)).map(record => change?.(record) ?? record)
  const evidence = { run, mode, lanes, books: ledger.close(), uncertain: Uint32Array.of(uncertain), inCallOrder: [0] }
  return verify({ read: async () => records }, evidence)
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

const blameless = {
  lost: 0,
  duplicated: 0,
  unexplained: 0,
  outOfOrder: 0,
  untrue: 0,
  misplaced: 0,
  strange: 0,
  unsettled: 0,
  settledTwice: 0,
  settledOutOfOrder: 0
}

describe('verify', () => {
  test('finds nothing wrong where all is as told', async () => {
    const findings = await judge({ told: [acked, acked, notPersisted, unknown, unknown, acked], log: [0, 1, 3, 5] })
    expect(findings).toMatchObject({ ...blameless, recordsRead: 4, unknownFound: 1, partitionsHit: 1 })
  })

  test.each<[string, Story, Partial<Findings>]>([
    ['a lost record', { told: [acked, acked], log: [0] }, { lost: 1 }],
    ['a duplicate', { told: [acked, acked], log: [0, 1, 1] }, { duplicated: 1, unexplained: 1 }],
    ['a duplicate of unknown outcome', { told: [unknown], log: [0, 0] }, { duplicated: 1, unexplained: 1 }],
    ['a wrong order', { told: [acked, acked], log: [1, 0] }, { outOfOrder: 1 }],
    ['an untrue outcome', { told: [notPersisted], log: [0] }, { untrue: 1 }],
    ['a record without outcome', { told: [null], log: [] }, { unsettled: 1 }],
    ['a wrong offset', { told: [acked], log: [0], shift: 1 }, { misplaced: 1 }],
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

  test('without sequences, each attempt of unknown outcome explains one repetition', async () => {
    const story: Story = { told: [acked, acked, acked], log: [0, 1, 0, 1, 2], mode: 'plain' }
    expect(await judge({ ...story, uncertain: 1 })).toMatchObject({ ...blameless, duplicated: 2 })
    expect(await judge(story)).toMatchObject({ duplicated: 2, unexplained: 1 })
  })

  test('a record that was settled twice, or before one that was accepted earlier, is found', async () => {
    const ledger = new Ledger(lanes.lanes)
    for (let i = 0; i < 2; i++) ledger.accept(0)
    for (const n of [1, 0, 0]) ledger.settle(0, n, acked, n)
    const evidence = { run, mode: 'idempotent' as const, lanes, books: ledger.close(), uncertain: new Uint32Array(1) }
    const findings = await verify(
      { read: async () => [recordAt(0, 0), recordAt(1, 1)] },
      { ...evidence, inCallOrder: [0] }
    )
    expect(findings).toMatchObject({ settledTwice: 1, settledOutOfOrder: 2 })
  })
})
