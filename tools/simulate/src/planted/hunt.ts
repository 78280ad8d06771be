// Runs seeds with a planted bug until a claim fails that holds without it.
import type { Tally } from '../tally.ts'
import type { Violation } from '../oracle/claims.ts'
import type { Plant } from './plant.ts'
import { SeedThread } from './seed-thread.ts'

export interface Catch {
  readonly scenario: string
  readonly seed: number
  readonly violation: Violation
}

export interface Hunt {
  readonly plant: Plant
  readonly caught: Catch | null
  /** Seeds that were run with the bug, those of every scenario counted. */
  readonly seeds: number
}

export interface HuntingGround {
  /** Every scenario; those that are likely to tell come first. */
  readonly scenarios: readonly string[]
  /** Of each scenario. */
  readonly seeds: number
  /** Where nothing is planted. */
  readonly sound: SeedThread
}

export async function hunt(plant: Plant, { scenarios, seeds, sound }: HuntingGround): Promise<Hunt> {
  const planted = new SeedThread(plant.changes)
  let run = 0
  try {
    for (const { scenario, seed } of order(plant.scenarios, scenarios, seeds)) {
      run++
      // One after another: the first that tells is the last.
      // oxlint-disable-next-line no-await-in-loop
      const violation = await failureOf(planted, scenario, seed)
      // oxlint-disable-next-line no-await-in-loop
      if (violation === null || isOfThePlant(violation) || (await failureOf(sound, scenario, seed)) !== null) continue
      return { plant, caught: { scenario, seed, violation }, seeds: run }
    }
    return { plant, caught: null, seeds: run }
  } finally {
    await planted.stop()
  }
}

/**
 * Story: a plant called a method that had been renamed. What it threw broke a claim, and the bug counted as caught, which was
 * not planted at all.
 */
function isOfThePlant({ text }: Violation): boolean {
  return /\b(?:Type|Reference)Error: /.test(text)
}

function* order(
  likely: readonly string[],
  all: readonly string[],
  seeds: number
): Generator<{ readonly scenario: string; readonly seed: number }, void, undefined> {
  const others = all.filter(scenario => !likely.includes(scenario))
  for (const scenarios of [likely, others])
    for (let seed = 1; seed <= seeds; seed++) for (const scenario of scenarios) yield { scenario, seed }
}

async function failureOf(thread: SeedThread, scenario: string, seed: number): Promise<Violation | null> {
  const tally: Tally | 'no end' = await thread.run({ scenario, from: seed, count: 1 })
  if (tally === 'no end') return { id: 'specific', text: 'The run does not end' }
  return tally.failures[0]?.violations[0] ?? null
}
