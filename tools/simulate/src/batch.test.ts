import { expect, test } from 'vitest'
import { runSeeds } from './batch.ts'
import { HarnessError } from './harness-error.ts'
import type { Scenario } from './scenario.ts'

const failing = (error: Error): Scenario => ({
  id: 'X',
  group: 'R',
  title: 'never told',
  plan() {
    throw error
  },
  fired: () => 0
})

test('a run that breaks down is a failure of its own', async () => {
  const tally = await runSeeds(failing(new Error('stuck')), { from: 3, count: 2 })
  expect([tally.runs, tally.failed, tally.failures[0]!.seed]).toEqual([2, 2, 3])
})

test('a simulator at fault is no failure of a run, or it would count as a planted bug that is caught', async () => {
  await expect(runSeeds(failing(new HarnessError('two changes')), { from: 3, count: 2 })).rejects.toThrow('two changes')
})
