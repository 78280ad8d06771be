// A handful of seeds of one scenario, one after the other.
import { HarnessError } from './harness-error.ts'
import type { Scenario } from './scenario.ts'
import { judgePlan, planOf } from './simulate.ts'
import type { Medium } from './world/story-network.ts'
import { addVerdict, newTally, type Tally } from './tally.ts'

export interface SeedRange {
  readonly scenario: string
  readonly from: number
  readonly count: number
}

/** @throws HarnessError */
export async function runSeeds(
  scenario: Scenario,
  { from, count }: Pick<SeedRange, 'from' | 'count'>,
  medium: Medium = 'memory'
): Promise<Tally> {
  const tally = newTally(scenario.id)
  for (let seed = from; seed < from + count; seed++) addVerdict(tally, await verdictOf(scenario, seed, medium))
  return tally
}

/** A run that breaks down is a failure of its own. */
async function verdictOf(scenario: Scenario, seed: number, medium: Medium): Promise<Parameters<typeof addVerdict>[1]> {
  try {
    return await judgePlan(scenario, planOf(scenario, seed), medium)
  } catch (thrown) {
    if (thrown instanceof HarnessError) throw thrown
    const text = `The run broke down: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`
    return { seed, violations: [{ id: 'specific', text }], judged: new Map(), fired: 0 }
  }
}
