// The end of a batch for its callers, and what becomes of its place in the queue.
import { TimeoutError, type KafkaError, type RecordOutcome } from '@sluice/core'
import type { Step } from './queue-events.ts'
import { awaitGhost, rememberGhost, type QueuedBatch, type QueueState } from './queue-state.ts'
import type { RecordBlame } from './verdict.ts'

/** An attempt may have been written. It stays so until the batch is acknowledged, or a refusal counts. */
export function markUncertain<Batch extends QueuedBatch>(step: Step<Batch>, batch: Batch): void {
  batch.everUncertain = true
  batch.ghostUntilMs = step.nowMs + step.rules.quarantineMs
  step.state.draining = true
  step.state.provenRoute = 0
}

/**
 * Ends a batch for its callers. If it may have been written under a sequence, or is still in flight, its place is kept till
 * its fate is known; otherwise it leaves, and what was sequenced behind it moves down.
 */
export function giveUp<Batch extends QueuedBatch>(
  step: Step<Batch>,
  batch: Batch,
  cause: KafkaError,
  blame: readonly RecordBlame[] = []
): void {
  const outcome: RecordOutcome = batch.everUncertain || batch.inFlight ? 'unknown' : 'not-persisted'
  step.effects.push({ type: 'failed', batch, cause, outcome, blame })
  // Who waits behind a gap waits no more, or for fewer.
  if (step.state.gapUntilMs > 0) step.state.draining = true
  if (batch.inFlight || (batch.everUncertain && batch.sequence >= 0)) batch.givenUp = true
  else leaveQueue(step, batch)
}

/** Everything queued ends for its callers. */
export function giveUpAll<Batch extends QueuedBatch>(step: Step<Batch>, cause: KafkaError): void {
  for (const batch of [...step.state.batches]) if (!batch.givenUp) giveUp(step, batch, cause)
}

/** Given-up batches that turned out never to have been written, or that never had a sequence, leave. */
export function forgetRefusedGivenUps<Batch extends QueuedBatch>(step: Step<Batch>): void {
  const { state, effects } = step
  for (const batch of state.batches.filter(each => each.givenUp && (!each.everUncertain || each.sequence < 0))) {
    leaveQueue(step, batch)
    effects.push({ type: 'forgotten', batch })
  }
}

/**
 * Under another identity, or none, a batch proves nothing about the given-up ones ahead of it: they need no place.
 *
 * @returns whether there were any
 */
export function forgetGivenUps<Batch extends QueuedBatch>(state: QueueState<Batch>): boolean {
  const before = state.batches.length
  while (state.staged > 0 && state.batches[0]!.givenUp) {
    rememberGhost(state, state.batches.shift()!)
    state.staged--
  }
  return state.batches.length < before
}

function leaveQueue<Batch extends QueuedBatch>(step: Step<Batch>, batch: Batch): void {
  if (batch.sequence < 0) waitForGhost(step, batch)
  remove(step.state, batch)
}

/**
 * Story: without sequences, batch 1 is lost with its connection and given up; batch 2 goes out on a new connection and is
 * written; then the broker executes what it had read of 1, and 1 is behind 2. So 2 waits until that cannot happen any more.
 */
function waitForGhost<Batch extends QueuedBatch>({ state }: Step<Batch>, batch: Batch): void {
  if (batch.everUncertain) awaitGhost(state, batch)
}

/** Takes a batch that is known not to be written out of the queue; the sequences behind it have a gap to close. */
function remove<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch): void {
  const place = state.batches.indexOf(batch)
  state.batches.splice(place, 1)
  if (place < state.staged) state.staged--
  if (batch.sequence < 0) return
  state.gapAt = state.gapAt < 0 ? batch.sequence : Math.min(state.gapAt, batch.sequence)
  state.draining = true
}

/** The error of a batch whose time is over. */
export function expiry(batch: QueuedBatch): KafkaError {
  const limitMs = batch.profile.deliveryTimeoutMs
  const tries = batch.attempts === 1 ? '1 attempt' : `${batch.attempts} attempts`
  const message = `Not delivered within deliveryTimeout (${limitMs} ms) after ${tries}`
  const cause = batch.lastError
  return new TimeoutError(cause === null ? message : `${message}; last: ${cause.message}`, {
    operation: 'delivery',
    limitMs,
    cause: cause ?? undefined
  })
}
