// What the command line may say.
import { parseArgs } from 'node:util'
import type { Medium } from './world/story-network.ts'

export interface SimulateArguments {
  /** Runs in all, shared among the scenarios; null: one of each. */
  readonly seeds: number | null
  readonly firstSeed: number
  /** Ids; empty: all. */
  readonly scenarios: readonly string[]
  readonly groups: readonly string[]
  readonly jobs: number
  /** Those at full size in place of those scaled down. */
  readonly full: boolean
  readonly medium: Medium
  /** Tell what of the packages ran; and in which of these files by name what did not. */
  readonly coverage: boolean
  readonly uncovered: readonly string[]
  readonly verbose: boolean
  /** Bugs to plant and to catch, by name, empty for all, and seeds of each scenario; null: none is planted. */
  readonly planted: { readonly names: readonly string[]; readonly seeds: number } | null
}

export const usage = `pnpm simulate [--seeds N] [--seed S] [--scenario F1[,F2]] [--group A[,B]] [--full] [--tcp] [--coverage]
              [--uncovered FILE[,FILE]] [--jobs N] [--verbose]
pnpm simulate --planted [NAME]... [--seeds N] [--jobs N]

  --seeds N      runs in all, shared among the scenarios, each with seeds of its own; default 1,000
  --seed S       the first seed of each scenario, default 1; alone it means this one
  --scenario     only these, by id; a number alone takes all of its row (F22 takes F22a and F22b)
  --group        only these groups: A to E of semantics 5.4, P for what a program may ask for, R for random stories
  --full         the scenarios that are scaled down otherwise (F52, F60, F61) at full size, and only these
  --tcp          over sockets of this machine; time goes on whenever they are quiet. One seed of each unless said otherwise
  --coverage     lines and branches of the producer that ran, and of what carries it
  --uncovered    what did not run in files with this in their path, such as producer/src
  --jobs N       worker threads, default: one per core
  --verbose      every invariant of every scenario, and the wire of a failing story
  --planted      plants known bugs of other clients, one at a time, and runs seeds until each is caught;
                 --seeds is for each scenario then, default 40`

const defaultSeeds = 1_000
const defaultHuntSeeds = 40

/** @throws Error with a text for people */
export function readArguments(given: readonly string[], cores: number): SimulateArguments {
  const { values, positionals } = parseArgs({
    args: [...given],
    allowPositionals: true,
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      scenario: { type: 'string' },
      group: { type: 'string' },
      jobs: { type: 'string' },
      full: { type: 'boolean' },
      tcp: { type: 'boolean' },
      coverage: { type: 'boolean' },
      uncovered: { type: 'string' },
      verbose: { type: 'boolean' },
      planted: { type: 'boolean', default: false }
    }
  })
  const { planted: isPlanted } = values
  if (!isPlanted && positionals.length > 0) throw new Error(`${positionals[0]} is no option`)
  const isOne = (values.seed !== undefined || values.tcp === true) && values.seeds === undefined
  return {
    seeds: isOne ? null : count('seeds', values.seeds, defaultSeeds),
    firstSeed: count('seed', values.seed, 1),
    scenarios: list(values.scenario),
    groups: list(values.group),
    full: values.full ?? false,
    medium: values.tcp === true ? 'tcp' : 'memory',
    coverage: values.coverage === true || values.uncovered !== undefined,
    uncovered: list(values.uncovered),
    jobs: count('jobs', values.jobs, cores),
    verbose: values.verbose ?? false,
    planted: isPlanted ? { names: positionals, seeds: count('seeds', values.seeds, defaultHuntSeeds) } : null
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
