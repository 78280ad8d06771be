// Groups A and B once over real sockets: the producer, the story and the oracle are the same, the bytes go through the kernel.
import { expect, test } from 'vitest'
import { scenarios } from './scenarios/index.ts'
import { judgePlan, planOf } from './simulate.ts'

const chosen = scenarios.filter(({ group, isFull }) => (group === 'A' || group === 'B') && isFull !== true)

test.each(chosen)('$id over TCP: $title', async scenario => {
  const { violations, run } = await judgePlan(scenario, planOf(scenario, 1), 'tcp')
  expect(violations).toEqual([])
  expect(run.ledger.attempts.length).toBeGreaterThan(0)
})
