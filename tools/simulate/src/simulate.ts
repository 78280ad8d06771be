// One seed of one scenario: makes its story, runs it, judges it.
import { Dice } from './dice.ts'
import { Claims, type InvariantId, type Violation } from './oracle/claims.ts'
import { judgeRun } from './oracle/judge.ts'
import type { RunRecord } from './run-record.ts'
import { modeOf, type Scenario } from './scenario.ts'
import type { Plan } from './story.ts'
import type { Medium } from './world/story-network.ts'
import { runWorld } from './world/world.ts'

const timed: ReadonlySet<InvariantId> = new Set(['I7', 'I11', 'I15', 'specific'])

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

/** Over sockets nothing is claimed that depends on how long things take, or on which comes first. */
export async function judgePlan(scenario: Scenario, plan: Plan, medium: Medium = 'memory'): Promise<Verdict> {
  const claims = new Claims()
  const run = await runWorld(plan, claims, medium)
  judgeRun(run, claims)
  scenario.judge?.(run, claims, modeOf(scenario, plan.seed))
  const { judged } = claims
  const violations = medium === 'tcp' ? claims.violations.filter(({ id }) => !timed.has(id)) : claims.violations
  return { seed: plan.seed, violations, judged, fired: scenario.fired(run), run }
}
