// How a partition ends an epoch of its producer id, and goes on in the next, under another id, or not at all.
import { FencedError, type KafkaError } from '@sluice/core'
import type { Step } from './queue-events.ts'
import { giveUpAll } from './queue-giving-up.ts'
import { hasNextEpoch, spendIdentity, startNextEpoch } from './queue-identity.ts'
import { forgetGap, rememberGhost, type QueuedBatch, type Refusal } from './queue-state.ts'

/** The remaining batches start again at sequence 0 in the next epoch of the same producer id. */
export function bump<Batch extends QueuedBatch>(step: Step<Batch>, cause: KafkaError): void {
  const { state } = step
  if (!hasNextEpoch(state)) {
    renew(step, cause)
    return
  }
  leaveEpoch(step, cause)
  startNextEpoch(state)
}

/** The remaining batches wait for a new producer id. */
export function renew<Batch extends QueuedBatch>(step: Step<Batch>, cause: KafkaError): void {
  const { state } = step
  leaveEpoch(step, cause)
  // A broker that forgot the old id writes what is lost under that one; one that fences it does not.
  if (state.fenced !== null) state.ghost = null
  state.fenced = null
  if (state.identity === null) return
  state.staleIdentityVersion = Math.max(state.staleIdentityVersion, state.identityVersion)
  if (state.identityVersion === -1) {
    const why = 'The given producer id and epoch are fenced: another producer writes under them'
    stop(step, why, cause)
    // Our sequences of this epoch are used, and the next epoch may be the other producer's: none is left to us.
    spendIdentity(state, why, cause)
    return
  }
  step.effects.push({ type: 'identity-wanted', newerThan: state.staleIdentityVersion, cause })
}

/**
 * What was ever uncertain may be in the log under the old identity, and must never appear under another: it fails, unknown.
 * The rest loses its sequences.
 */
function leaveEpoch<Batch extends QueuedBatch>({ state, effects }: Step<Batch>, cause: KafkaError): void {
  for (const batch of state.batches.filter(each => each.givenUp || each.everUncertain)) {
    if (batch.givenUp) effects.push({ type: 'forgotten', batch })
    else effects.push({ type: 'failed', batch, cause, outcome: 'unknown', blame: [] })
    rememberGhost(state, batch)
    state.batches.splice(state.batches.indexOf(batch), 1)
  }
  for (const batch of state.batches) unsequence(batch)
  state.staged = 0
  forgetGap(state)
}

/** It begins anew, and no refusal of its sequence counts any more. One that was given up still says under what it may be written. */
export function unsequence(batch: QueuedBatch): void {
  batch.refused = null
  batch.sequence = -1
  batch.wireSequence = -1
  if (!batch.givenUp) batch.identity = null
}

/** Acknowledged records are gone. */
export function tellLoss<Batch extends QueuedBatch>(
  { state, rules, effects }: Step<Batch>,
  batch: Batch,
  { cause, logStartOffset }: Pick<Refusal, 'cause' | 'logStartOffset'>
): void {
  const continued = rules.dataLossPolicy === 'continue'
  effects.push({ type: 'data-lost', batch, cause, ackedOffset: state.writtenOffset, logStartOffset, continued })
  state.writtenOffset = -1n
}

export function stopForLoss<Batch extends QueuedBatch>(step: Step<Batch>, cause: KafkaError): void {
  stop(step, 'The partition is stopped: the broker lost acknowledged records; reset() accepts that', cause)
}

/** Everything queued fails, and so does all that comes until a reset. */
export function stop<Batch extends QueuedBatch>(step: Step<Batch>, why: string, cause?: KafkaError): void {
  step.state.stopped = new FencedError(why, { cause, outcome: 'not-persisted' })
  giveUpAll(step, step.state.stopped)
}
