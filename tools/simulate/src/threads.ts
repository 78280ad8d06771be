// Spreads seeds over worker threads.
import { Worker } from 'node:worker_threads'
import type { SeedRange } from './batch.ts'
import { addTally, newTally, type Tally } from './tally.ts'

const seedsAtOnce = 25

/** @returns one tally per scenario, in the order given */
export async function runOnThreads(
  scenarios: readonly string[],
  seeds: { readonly from: number; readonly count: number },
  jobs: number
): Promise<Tally[]> {
  const tallies = new Map(scenarios.map(id => [id, newTally(id)]))
  const ranges = rangesOf(scenarios, seeds)
  const threads = Math.max(1, Math.min(jobs, ranges.length))
  await Promise.all(
    Array.from({ length: threads }, () => drain(ranges, tally => addTally(tallies.get(tally.scenario)!, tally)))
  )
  return [...tallies.values()]
}

function rangesOf(scenarios: readonly string[], seeds: { readonly from: number; readonly count: number }): SeedRange[] {
  const ranges: SeedRange[] = []
  for (const scenario of scenarios) {
    for (let done = 0; done < seeds.count; done += seedsAtOnce)
      ranges.push({ scenario, from: seeds.from + done, count: Math.min(seedsAtOnce, seeds.count - done) })
  }
  return ranges
}

/** One thread, until nothing is left to do. */
function drain(ranges: SeedRange[], onTally: (tally: Tally) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url))
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
