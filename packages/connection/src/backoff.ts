// How long to wait before trying again: exponential, with jitter drawn once per attempt.
import type { Random } from '@sluice/core'

export interface BackoffRange {
  readonly initialMs: number
  readonly maxMs: number
}

const jitter = 0.2

/**
 * @param failures in a row, 1 or more
 * @returns milliseconds, never above `maxMs`
 * @see KIP-580
 */
export function backoffMs(range: BackoffRange, failures: number, random: Random): number {
  const { initialMs, maxMs } = range
  if (initialMs >= maxMs) return maxMs
  const doublings = Math.min(failures - 1, Math.log2(maxMs / initialMs))
  const spread = 1 - jitter + 2 * jitter * random()
  return Math.min(maxMs, initialMs * 2 ** doublings * spread)
}
