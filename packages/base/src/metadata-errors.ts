// What those who wait for metadata are told when it does not come.
import { ClosedError, InvalidArgumentError, TimeoutError, type KafkaError } from '@sluice/core'

export function closedError(): ClosedError {
  return new ClosedError('The client is closed', { outcome: 'not-persisted' })
}

export function topicNameError(name: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `Topic name ${JSON.stringify(name)} is not 1 to 249 letters, digits, dots, underscores or hyphens`,
    { outcome: 'not-persisted' }
  )
}

export interface LateWaiter {
  /** Null: waited for the cluster as such. */
  readonly topic: string | null
  readonly startedMs: number
  readonly deadlineMs: number
}

export function lateError(waiter: LateWaiter, cause: KafkaError | null): TimeoutError {
  const limitMs = Math.max(0, waiter.deadlineMs - waiter.startedMs)
  const what = waiter.topic === null ? 'the cluster' : `topic ${waiter.topic}`
  const why = cause === null ? '' : `: ${cause.message}`
  return new TimeoutError(`Metadata of ${what} did not come within ${limitMs} ms${why}`, {
    operation: 'Metadata',
    limitMs,
    cause: cause ?? undefined,
    outcome: 'not-persisted'
  })
}
