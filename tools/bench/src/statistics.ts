// The few statistics that noisy machines deserve: medians, and how far the rounds lie apart.

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** @throws Error for no numbers */
export function spread(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b)
  const [least] = sorted
  const most = sorted.at(-1)
  if (least === undefined || most === undefined) throw new Error('No numbers, no median')
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? most
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? least) + upper) / 2
  return { median, least, most }
}

/** The smallest number that at least `share` of the sorted ones do not exceed. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}
