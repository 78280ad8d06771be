// One seed is one run, whatever ran before it.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { judgePlan, planOf } from './simulate.ts'
import { scenarios } from './scenarios/index.ts'
import type { RunRecord } from './run-record.ts'

function wireHash({ ledger, calls, endedMs }: RunRecord): string {
  const told = calls.map(call => [call.settledMs, call.records.map(record => [record.fate, record.offset])])
  return createHash('sha256')
    .update(JSON.stringify([ledger.attempts, ledger.requests, told, endedMs]))
    .digest('hex')
}

const scenarioOf = (id: string): (typeof scenarios)[number] => scenarios.find(scenario => scenario.id === id)!

describe('a seed', () => {
  test.each(['F1', 'F21', 'F22a', 'F49', 'F64', 'R1', 'R2'])('of %s gives the same run each time', async id => {
    const scenario = scenarioOf(id)
    const once = await judgePlan(scenario, planOf(scenario, 11))
    await judgePlan(scenario, planOf(scenario, 12))
    const again = await judgePlan(scenario, planOf(scenario, 11))
    expect(wireHash(again.run)).toBe(wireHash(once.run))
    expect(once.violations).toEqual([])
  })

  test('gives another run than the next one', async () => {
    const scenario = scenarioOf('R1')
    const [one, other] = [
      await judgePlan(scenario, planOf(scenario, 1)),
      await judgePlan(scenario, planOf(scenario, 2))
    ]
    expect(wireHash(one.run)).not.toBe(wireHash(other.run))
  })
})

describe('scenarios', () => {
  // F39 loads modules of the built producer once more, which only Node's own loader does.
  test.each(scenarios.filter(scenario => scenario.isFull !== true && scenario.id !== 'F39'))(
    '$id holds for its first seed',
    async scenario => {
      const { violations } = await judgePlan(scenario, planOf(scenario, 1))
      expect(violations).toEqual([])
    }
  )

  test('have each an id of their own', () => {
    expect(new Set(scenarios.map(scenario => scenario.id)).size).toBe(scenarios.length)
  })
})
