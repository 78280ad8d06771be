// Spreads seeds over worker threads.
import type { Profiler } from 'node:inspector'
import { Worker } from 'node:worker_threads'
import type { Change } from '@sluice/plants'
import type { SeedRange } from './batch.ts'
import { rangesOf, type SeedsWanted } from './shares.ts'
import { addTally, newTally, type Tally } from './tally.ts'
import type { Medium } from './world/story-network.ts'

export interface ThreadOptions {
  readonly coverage: boolean
  readonly medium: Medium
  /** Bugs, as changes of compiled code. */
  readonly planted: readonly Change[]
}

export type ThreadTask = SeedRange | 'end'

export type ThreadCoverage = readonly Profiler.ScriptCoverage[]

export type ThreadNews =
  | { readonly tally: Tally; readonly coverage?: undefined }
  | { readonly coverage: ThreadCoverage }

export interface Crew extends Pick<ThreadOptions, 'coverage' | 'medium'> {
  /** How many threads, at most. */
  readonly jobs: number
}

export interface Progress {
  /** Some more runs are done. */
  ran(runs: number, failed: number): void
  /** All runs of a scenario are done. In the order of the scenarios. */
  finished(tally: Tally): void
}

/** One tally per scenario, in the order given, and per thread what it ran of the code. */
export async function runOnThreads(
  scenarios: readonly string[],
  seeds: SeedsWanted,
  { jobs, coverage, medium }: Crew,
  progress: Progress
): Promise<{ readonly tallies: readonly Tally[]; readonly coverage: readonly ThreadCoverage[] }> {
  const tallies = scenarios.map(newTally)
  const ranges = rangesOf(scenarios, seeds)
  const left = new Map(scenarios.map(id => [id, ranges.filter(range => range.scenario === id).length]))
  let told = 0
  const onTally = (tally: Tally): void => {
    const { scenario, runs, failed } = tally
    addTally(tallies[scenarios.indexOf(scenario)]!, tally)
    left.set(scenario, left.get(scenario)! - 1)
    progress.ran(runs, failed)
    while (told < tallies.length && left.get(scenarios[told]!) === 0) progress.finished(tallies[told++]!)
  }
  const threads = Math.max(1, Math.min(jobs, ranges.length))
  const options: ThreadOptions = { coverage, medium, planted: [] }
  const covered = await Promise.all(Array.from({ length: threads }, () => drain(ranges, options, onTally)))
  return { tallies, coverage: covered }
}

/** A run makes much that is soon forgotten. */
const maxYoungGenerationSizeMb = 64

/** One thread, until nothing is left to do. */
function drain(
  ranges: SeedRange[],
  workerData: ThreadOptions,
  onTally: (tally: Tally) => void
): Promise<ThreadCoverage> {
  return new Promise((resolve, reject) => {
    const url = new URL('./worker.js', import.meta.url)
    const worker = new Worker(url, { workerData, resourceLimits: { maxYoungGenerationSizeMb } })
    const next = (): void => worker.postMessage((ranges.shift() ?? 'end') satisfies ThreadTask)
    worker.on('message', (told: ThreadNews) => {
      if (told.coverage !== undefined) return void worker.terminate().then(() => resolve(told.coverage))
      onTally(told.tally)
      next()
    })
    worker.on('error', reject)
    next()
  })
}
