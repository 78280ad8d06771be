import { expect, test } from 'vitest'
import type { Scenario } from './scenario.ts'
import { traffic } from './scenarios/traffic.ts'
import { shrink } from './shrink.ts'
import { judgePlan, planOf } from './simulate.ts'

/** Fails as soon as anything goes to partition 1. */
const picky: Scenario = {
  id: 'T1',
  group: 'R',
  title: 'partition 1 is not to be written to',
  plan: dice => ({
    cluster: { topics: { orders: { partitions: 3 } } },
    producer: {},
    probe: false,
    events: [...traffic(dice, { calls: 20, overMs: 100, keyed: 0, mostMessages: 5 }), { atMs: 50, kind: 'cut' }]
  }),
  fired: () => 1,
  judge: (run, claims) => {
    for (const { wanted, number } of run.records)
      claims.check('specific', wanted !== 1, () => `Record ${number} goes to partition 1`)
  }
}

test('a failing story is cut down to the one event, and the one message, that make it fail', async () => {
  const { violations, run } = await judgePlan(picky, planOf(picky, 5))
  const plan = await shrink(picky, run.plan, violations[0]!)
  expect(plan.events).toHaveLength(1)
  expect(plan.events[0]).toMatchObject({ kind: 'send' })
  const again = await judgePlan(picky, plan)
  expect(again.violations[0]).toMatchObject({ id: 'specific' })
})
