// How long to wait before the next attempt.
import { backoffMs } from '@sluice/connection'
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

const standardRange = { initialMs: 100, maxMs: 1_000 }

export function exponentialDelay(random: Random): RetryDelay {
  return ({ attempt }) => backoffMs(standardRange, attempt, random)
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
