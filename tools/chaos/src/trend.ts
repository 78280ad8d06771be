// Whether something grows over a run although it goes up and down all the time.
import type { Vitals } from './vitals.ts'

export type Vital = Exclude<keyof Vitals, 'atMs' | 'timersOf'>

export interface Trend {
  /** Of all samples. */
  readonly median: number
  readonly most: number
  readonly perMinute: number
  /** What that amounts to from the first window to the last. */
  readonly growth: number
  /** Of each window, the sample that stands for it. */
  readonly points: readonly number[]
}

/** What stands for a window: its lowest sample, or the one in the middle. */
export type Point = 'low' | 'middle'

const windows = 10

/**
 * A leak lifts the low points too, which queues that fill and drain do not. So: the run without its first fifth, in which memory
 * is still being taken, cut into ten windows; of each the lowest sample; and through these the median of all slopes between two.
 * Faults take connections away, and their timers: looked at now and then, their low points tell of when one looked. So the
 * census counts these all the time besides.
 */
export function trendOf(samples: readonly Vitals[], what: Vital, point: Point = 'low'): Trend {
  const warm = samples.slice(Math.floor(samples.length / 5))
  const points = pointsOf(warm, what, point)
  const slopes: number[] = []
  points.forEach((one, index) => {
    for (const other of points.slice(index + 1)) slopes.push((other.value - one.value) / (other.atMs - one.atMs))
  })
  const values = warm.map(each => each[what])
  const perMs = median(slopes)
  const spanMs = points.length < 2 ? 0 : points.at(-1)!.atMs - points[0]!.atMs
  return {
    median: median(values),
    most: Math.max(0, ...values),
    perMinute: perMs * 60_000,
    growth: perMs * spanMs,
    points: points.map(({ value }) => value)
  }
}

function pointsOf(
  samples: readonly Vitals[],
  what: Vital,
  point: Point
): { readonly atMs: number; readonly value: number }[] {
  const size = Math.max(1, Math.floor(samples.length / windows))
  const points: { atMs: number; value: number }[] = []
  for (let at = 0; at + size <= samples.length; at += size) {
    const window = samples.slice(at, at + size)
    const middle = window[Math.floor(window.length / 2)]!
    const values = window.map(each => each[what])
    points.push({ atMs: middle.atMs, value: point === 'low' ? Math.min(...values) : median(values) })
  }
  return points
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
