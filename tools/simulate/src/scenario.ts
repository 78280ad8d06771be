// What a scenario is: a fault, who lives through it, and what is claimed besides the invariants.
import type { Dice } from './dice.ts'
import type { Claims } from './oracle/claims.ts'
import type { RunRecord } from './run-record.ts'
import type { Plan } from './story.ts'

export type Mode = 'idempotent' | 'plain'
export type Group = 'A' | 'B' | 'C' | 'D' | 'E' | 'P' | 'R'

export type PlanBody = Omit<Plan, 'seed'>

export interface Scenario {
  /** As in semantics 5.4, with a letter where one row has several faults; those of groups P and R are the simulator's own. */
  readonly id: string
  readonly group: Group
  readonly title: string
  /** As large as the row says, and run only when asked for; default: scaled down. */
  readonly isFull?: boolean
  /** Default: both, in turns. */
  readonly modes?: readonly Mode[]
  /** The story of one seed. */
  plan(dice: Dice, mode: Mode): PlanBody
  /** How often the fault really struck. */
  fired(run: RunRecord): number
  /** What section 5.4 says besides the invariants. Claims made here are `specific`. */
  judge?(run: RunRecord, claims: Claims, mode: Mode): void
}

export function modeOf(scenario: Scenario, seed: number): Mode {
  const modes = scenario.modes ?? ['idempotent', 'plain']
  return modes[seed % modes.length]!
}
