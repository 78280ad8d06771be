// Who runs which seeds: runs are shared evenly among scenarios, and cut into pieces that threads take one by one.
import type { SeedRange } from './batch.ts'

export interface SeedsWanted {
  readonly first: number
  /** In all; null: one of each scenario. */
  readonly runs: number | null
}

const seedsAtOnce = 20

/** How many runs each of so many scenarios gets: the first ones one more where they cannot be equal. */
export function shares(runs: number, scenarios: number): number[] {
  const least = Math.floor(runs / scenarios)
  return Array.from({ length: scenarios }, (_, place) => least + (place < runs % scenarios ? 1 : 0))
}

/** In the order of the scenarios, so that one after the other is finished. */
export function rangesOf(scenarios: readonly string[], seeds: SeedsWanted): SeedRange[] {
  const counts = shares(seeds.runs ?? scenarios.length, scenarios.length)
  return scenarios.flatMap((scenario, place) => {
    const ranges: SeedRange[] = []
    for (let done = 0; done < counts[place]!; done += seedsAtOnce)
      ranges.push({ scenario, from: seeds.first + done, count: Math.min(seedsAtOnce, counts[place]! - done) })
    return ranges
  })
}
