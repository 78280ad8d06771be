// After a negative answer, with nothing in flight any more: what the answers meant together, and how to go on.
import { FencedError, type KafkaError } from '@sluice/core'
import { areAllGivenUp, mostStaged } from './queue-departure.ts'
import type { Step } from './queue-events.ts'
import { expiry, forgetRefusedGivenUps, giveUpAll } from './queue-giving-up.ts'
import { hasNextEpoch, spendIdentity, startNextEpoch } from './queue-identity.ts'
import { isInQuarantine, notWrittenEither, refusalToDecide } from './queue-probing.ts'
import { forgetGap, isBehindGap, rememberGhost, type QueuedBatch, type Refusal } from './queue-state.ts'

/** Decides and rewinds, once the last answer is in; until then nothing. */
export function settleDown<Batch extends QueuedBatch>(step: Step<Batch>): void {
  const { state } = step
  if (state.inFlight > 0) return
  state.route = 0
  limitGivenUps(step)
  if (!state.draining) return
  state.staged = 0
  state.failures++
  forgetRefusedGivenUps(step)
  if (state.fenced !== null) renew(step, state.fenced)
  decideRefusal(step)
  limitGivenUps(step)
  closeGap(step)
  remakeRefused(step)
  state.retryAtMs = Math.max(state.retryAtMs, step.nowMs + state.retryDelayMs)
  state.retryDelayMs = 0
  // Batches that were taken out on the way asked for a drain that is over.
  state.draining = false
}

/** As many given-up batches as a broker remembers: a probe behind them would be one too many. */
function limitGivenUps<Batch extends QueuedBatch>(step: Step<Batch>): void {
  const last = step.state.batches[mostStaged - 1]
  if (last === undefined || !areAllGivenUp(step.state.batches, mostStaged)) return
  bump(step, last.lastError ?? expiry(last))
}

/** What OUT_OF_ORDER_SEQUENCE_NUMBER or UNKNOWN_PRODUCER_ID means for the first batch in line (semantics 2.2). */
function decideRefusal<Batch extends QueuedBatch>(step: Step<Batch>): void {
  const { state } = step
  const head = state.batches.find(batch => !batch.givenUp)
  const refusal = refusalToDecide(step, head)
  if (head === undefined || refusal === null) return
  if (refusal.forgotten) decideForgotten(step, head, refusal)
  else if (state.batches[0]!.givenUp) refuseProbe(step, head, refusal)
  // Behind a gap no sequence is the next: `closeGap` knows what that says.
  else if (!isBehindGap(state, head)) decideOutOfOrder(step, head, refusal)
}

/**
 * Behind given-up batches: they were not written, and neither was the probe, nor what is behind it. What it asked is answered,
 * and what was kept back for it goes on at once: a rest could cost it its deadline.
 */
function refuseProbe<Batch extends QueuedBatch>(step: Step<Batch>, probe: Batch, { cause }: Refusal): void {
  for (const batch of notWrittenEither(step.state, probe)) batch.everUncertain = false
  bump(step, cause)
  step.state.retryDelayMs = 0
}

function decideOutOfOrder<Batch extends QueuedBatch>(step: Step<Batch>, head: Batch, refusal: Refusal): void {
  const { ackedEnd } = step.state
  if (head.wireSequence === 0 && ackedEnd < 0) renew(step, refusal.cause)
  else if (ackedEnd === head.sequence) loseData(step, head, refusal)
  // It expects a sequence that nobody has: one was given up between what it took and this.
  else bump(step, refusal.cause)
}

/**
 * The broker has no memory of us, so its answer says nothing about earlier attempts: what is uncertain stays so. If the log
 * begins behind all that was acknowledged it forgot us with reason, and nothing is lost.
 */
function decideForgotten<Batch extends QueuedBatch>(step: Step<Batch>, head: Batch, refusal: Refusal): void {
  const { state } = step
  if (state.ackedOffset >= 0n && refusal.logStartOffset > state.ackedOffset) bump(step, refusal.cause)
  else if (state.batches[0]!.givenUp || state.ackedEnd < 0) renew(step, refusal.cause)
  else loseData(step, head, refusal)
}

/** The broker contradicts its own acknowledgement: it lost our records, or its memory of them. */
function loseData<Batch extends QueuedBatch>(step: Step<Batch>, head: Batch, refusal: Refusal): void {
  const continued = step.rules.dataLossPolicy === 'continue'
  const { cause, logStartOffset } = refusal
  const { ackedOffset } = step.state
  step.effects.push({ type: 'data-lost', batch: head, cause, ackedOffset, logStartOffset, continued })
  if (continued) bump(step, cause)
  else stop(step, 'The partition is stopped: the broker lost acknowledged records; reset() accepts that', cause)
}

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
function renew<Batch extends QueuedBatch>(step: Step<Batch>, cause: KafkaError): void {
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

/**
 * Batches behind one that is certainly not written take over its sequences, once none of them can be in the log. If one of
 * them ends before that is known, there is nothing to wait for any more: the rest begins a new epoch.
 */
function closeGap<Batch extends QueuedBatch>(step: Step<Batch>): void {
  const { state } = step
  if (state.gapAt < 0) return
  const behind = state.batches.filter(batch => isBehindGap(state, batch))
  const doubtful = doubtfulBehindGap(step, behind)
  const last = doubtful.at(-1)
  const expired = behind.findLast(batch => batch.givenUp)
  // Nobody asks about one that was given up, and it may be what the broker remembers: those in doubt ahead of it stay so.
  if (expired !== undefined && (last === undefined || expired.sequence > last.sequence)) {
    bump(step, expired.lastError ?? expiry(expired))
    return
  }
  if (last !== undefined) {
    if (last.refused?.forgotten === true) renew(step, last.refused.cause)
    // Sent again, the first would only be refused.
    else if (!behind[0]!.everUncertain || behind[0]!.refused !== null || state.gapUntilMs > 0)
      state.gapUntilMs = Math.max(...doubtful.map(batch => batch.ghostUntilMs))
    return
  }
  for (const batch of behind) unsequence(batch)
  state.nextSequence = state.gapAt
  forgetGap(state)
}

/**
 * Story: 1, 2 and 3 are in flight; 1 is rejected, and the connection is cut before 2 and 3 are answered. The broker waits for
 * 1's sequence, so it should have written neither; but one that was started again refuses all but the last that it wrote. So,
 * the last first: each is sent again as it was, alone, and is not in the log if it is refused when no lost attempt of it can
 * be executed any more.
 */
function doubtfulBehindGap<Batch extends QueuedBatch>(step: Step<Batch>, behind: readonly Batch[]): Batch[] {
  const doubtful = behind.filter(batch => batch.everUncertain && !batch.givenUp)
  for (let last = doubtful.at(-1); last !== undefined; last = doubtful.at(-1)) {
    if (last.refused?.forgotten !== false || isInQuarantine(last, step)) break
    last.everUncertain = false
    doubtful.pop()
  }
  return doubtful
}

function remakeRefused<Batch extends QueuedBatch>({ state, effects }: Step<Batch>): void {
  for (const batch of state.batches) {
    batch.refused = null
    if (batch.remake === null) continue
    effects.push({ type: 'remake', batch, how: batch.remake, cause: batch.lastError! })
    batch.remake = null
  }
}

/** Everything queued fails, and so does all that comes until a reset. */
export function stop<Batch extends QueuedBatch>(step: Step<Batch>, why: string, cause?: KafkaError): void {
  step.state.stopped = new FencedError(why, { cause, outcome: 'not-persisted' })
  giveUpAll(step, step.state.stopped)
}
