// How long to wait before the next attempt.
import { surface, type KafkaError, type Random } from '@sluice/core'

export interface RetryContext {
  /** What failed, such as `Metadata` or `Produce`. */
  readonly operation: string
  /** Attempts that failed so far, 1 or more. */
  readonly attempt: number
  readonly error: KafkaError | null
}

/** Milliseconds. */
export type RetryDelay = (context: RetryContext) => number

const initialMs = 100
const longestMs = 1_000
const jitter = 0.2
const doublings = Math.log2(longestMs / initialMs)

/** @see KIP-580 */
export function exponentialDelay(random: Random): RetryDelay {
  return ({ attempt }) => {
    const spread = 1 - jitter + 2 * jitter * random()
    return Math.min(longestMs, spread * initialMs * 2 ** Math.min(attempt - 1, doublings))
  }
}

/** The `retryDelay` option as a function that cannot fail: what a user's function throws surfaces, nonsense is not used. */
export function retryDelayOf(option: number | RetryDelay | undefined, random: Random): RetryDelay {
  if (typeof option === 'number') return () => option
  const standard = exponentialDelay(random)
  if (option === undefined) return standard
  return context => {
    try {
      const delayMs = option(context)
      if (Number.isFinite(delayMs) && delayMs >= 0) return delayMs
    } catch (error) {
      surface(error)
    }
    return standard(context)
  }
}
