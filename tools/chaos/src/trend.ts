// Whether something grows over a run although it goes up and down all the time.
import type { Vitals } from './vitals.ts'

export type Vital = Exclude<keyof Vitals, 'atMs'>

export interface Trend {
  /** Of all samples. */
  readonly median: number
  readonly most: number
  readonly perMinute: number
  /** What that amounts to from the first window to the last. */
  readonly growth: number
  /** Of each window, the lowest sample. */
  readonly lows: readonly number[]
}

const windows = 10

/**
 * A leak lifts the low points too, which queues that fill and drain do not. So: the run without its first fifth, in which memory
 * is still being taken, cut into ten windows; of each the lowest sample; and through these the median of all slopes between two.
 */
export function trendOf(samples: readonly Vitals[], what: Vital): Trend {
  const warm = samples.slice(Math.floor(samples.length / 5))
  const lows = lowPoints(warm, what)
  const slopes: number[] = []
  lows.forEach((one, index) => {
    for (const other of lows.slice(index + 1)) slopes.push((other.value - one.value) / (other.atMs - one.atMs))
  })
  const values = warm.map(each => each[what])
  const perMs = median(slopes)
  const spanMs = lows.length < 2 ? 0 : lows.at(-1)!.atMs - lows[0]!.atMs
  return {
    median: median(values),
    most: Math.max(0, ...values),
    perMinute: perMs * 60_000,
    growth: perMs * spanMs,
    lows: lows.map(({ value }) => value)
  }
}

function lowPoints(samples: readonly Vitals[], what: Vital): { readonly atMs: number; readonly value: number }[] {
  const size = Math.max(1, Math.floor(samples.length / windows))
  const lows: { atMs: number; value: number }[] = []
  for (let at = 0; at + size <= samples.length; at += size) {
    const window = samples.slice(at, at + size)
    const middle = window[Math.floor(window.length / 2)]!
    lows.push({ atMs: middle.atMs, value: Math.min(...window.map(each => each[what])) })
  }
  return lows
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
