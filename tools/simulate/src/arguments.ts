// What the command line may say.
import { parseArgs } from 'node:util'

export interface SimulateArguments {
  /** Seeds per scenario. */
  readonly seeds: number
  readonly firstSeed: number
  /** Ids; empty: all. */
  readonly scenarios: readonly string[]
  readonly groups: readonly string[]
  readonly jobs: number
  readonly verbose: boolean
}

export const usage = `pnpm simulate [--seeds N] [--seed S] [--scenario F1[,F2]] [--group A[,B]] [--jobs N] [--verbose]

  --seeds N      seeds per scenario, default 100
  --seed S       the first seed, default 1; alone it means this one
  --scenario     only these, by id; a number alone takes all of its row (F22 takes F22a and F22b)
  --group        only these groups: A to E of semantics 5.4, R for random stories
  --jobs N       worker threads, default: one per core
  --verbose      every invariant of every scenario, and the wire of a failing story`

/** @throws Error with a text for people */
export function readArguments(given: readonly string[], cores: number): SimulateArguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      scenario: { type: 'string' },
      group: { type: 'string' },
      jobs: { type: 'string' },
      verbose: { type: 'boolean' }
    }
  })
  const seeds = count('seeds', values.seeds, values.seed === undefined ? 100 : 1)
  return {
    seeds,
    firstSeed: count('seed', values.seed, 1),
    scenarios: list(values.scenario),
    groups: list(values.group),
    jobs: count('jobs', values.jobs, cores),
    verbose: values.verbose ?? false
  }
}

function count(name: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise
  const number = Number(given)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new Error(`--${name} must be a whole number from 1, not ${given}`)
}

function list(given: string | undefined): string[] {
  return given === undefined ? [] : given.split(',').filter(each => each !== '')
}
