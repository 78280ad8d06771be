// One seed of one scenario: makes its story, runs it, judges it.
import { Dice } from './dice.ts'
import { Claims, type InvariantId, type Violation } from './oracle/claims.ts'
import { judgeRun } from './oracle/judge.ts'
import type { RunRecord } from './run-record.ts'
import { modeOf, type Scenario } from './scenario.ts'
import type { Plan } from './story.ts'
import { runWorld } from './world/world.ts'

export interface Verdict {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly judged: ReadonlyMap<InvariantId, number>
  readonly fired: number
  readonly run: RunRecord
}

export function planOf(scenario: Scenario, seed: number): Plan {
  return { seed, ...scenario.plan(new Dice(seed), modeOf(scenario, seed)) }
}

export async function judgePlan(scenario: Scenario, plan: Plan): Promise<Verdict> {
  const claims = new Claims()
  const run = await runWorld(plan, claims)
  judgeRun(run, claims)
  scenario.judge?.(run, claims, modeOf(scenario, plan.seed))
  const { violations, judged } = claims
  return { seed: plan.seed, violations, judged, fired: scenario.fired(run), run }
}
