// Adds up what many runs of a scenario gave; plain data, so that it can cross from one thread to another.
import type { InvariantId, Violation } from './oracle/claims.ts'
import type { Verdict } from './simulate.ts'

export interface Failure {
  readonly seed: number
  readonly violations: readonly Violation[]
}

export interface Tally {
  readonly scenario: string
  runs: number
  /** Runs in which its fault struck. */
  struck: number
  fired: number
  failed: number
  /** The first ones. */
  readonly failures: Failure[]
  readonly judged: Partial<Record<InvariantId, number>>
}

const mostFailures = 12

export function newTally(scenario: string): Tally {
  return { scenario, runs: 0, struck: 0, fired: 0, failed: 0, failures: [], judged: {} }
}

export function addVerdict(tally: Tally, verdict: Pick<Verdict, 'seed' | 'violations' | 'judged' | 'fired'>): void {
  const { seed, violations, judged, fired } = verdict
  tally.runs++
  tally.fired += fired
  if (fired > 0) tally.struck++
  for (const [id, times] of judged) tally.judged[id] = (tally.judged[id] ?? 0) + times
  if (violations.length === 0) return
  tally.failed++
  if (tally.failures.length < mostFailures) tally.failures.push({ seed, violations })
}

export function addTally(to: Tally, from: Tally): void {
  to.runs += from.runs
  to.struck += from.struck
  to.fired += from.fired
  to.failed += from.failed
  to.failures.push(...from.failures)
  to.failures.sort((a, b) => a.seed - b.seed)
  to.failures.splice(mostFailures)
  for (const [id, times] of Object.entries(from.judged)) {
    // Its keys are the ids that the same type put in.
    const known = id as InvariantId
    to.judged[known] = (to.judged[known] ?? 0) + times
  }
}
