// Spreads seeds over worker threads.
import { Worker } from 'node:worker_threads'
import type { SeedRange } from './batch.ts'
import { rangesOf, type SeedsWanted } from './shares.ts'
import { addTally, newTally, type Tally } from './tally.ts'

export interface Progress {
  /** Some more runs are done. */
  ran(runs: number, failed: number): void
  /** All runs of a scenario are done. In the order of the scenarios. */
  finished(tally: Tally): void
}

/** @returns one tally per scenario, in the order given */
export async function runOnThreads(
  scenarios: readonly string[],
  seeds: SeedsWanted,
  jobs: number,
  progress: Progress
): Promise<Tally[]> {
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
  await Promise.all(Array.from({ length: threads }, () => drain(ranges, onTally)))
  return tallies
}

/** A run makes much that is soon forgotten. */
const maxYoungGenerationSizeMb = 64

/** One thread, until nothing is left to do. */
function drain(ranges: SeedRange[], onTally: (tally: Tally) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb } })
    const next = (): void => {
      const range = ranges.shift()
      if (range === undefined) void worker.terminate().then(() => resolve())
      else worker.postMessage(range)
    }
    worker.on('message', (tally: Tally) => {
      onTally(tally)
      next()
    })
    worker.on('error', reject)
    next()
  })
}
