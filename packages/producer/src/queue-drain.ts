// After a negative answer, with nothing in flight any more: what the answers meant together, and how to go on.
import { areAllGivenUp, mostStaged } from './queue-departure.ts'
import { bump, renew, stopForLoss, tellLoss } from './queue-epoch.ts'
import type { Step } from './queue-events.ts'
import { closeGap } from './queue-gap.ts'
import { expiry, forgetRefusedGivenUps } from './queue-giving-up.ts'
import { notWrittenEither, refusalToDecide } from './queue-probing.ts'
import { isBehindGap, type QueuedBatch, type QueueState, type Refusal } from './queue-state.ts'

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
  const { state } = step
  // It knows another epoch, or another writer, under our id.
  if (state.ackedEnd < 0) renew(step, refusal.cause)
  else if (isForgottenWithReason(state, refusal)) bump(step, refusal.cause)
  else contradicted(step, head, refusal)
}

/** The broker has no memory of us, so its answer says nothing about earlier attempts: what is uncertain stays so. */
function decideForgotten<Batch extends QueuedBatch>(step: Step<Batch>, head: Batch, refusal: Refusal): void {
  const { state } = step
  if (isForgottenWithReason(state, refusal)) bump(step, refusal.cause)
  else if (state.batches[0]!.givenUp || state.ackedEnd < 0) renew(step, refusal.cause)
  else contradicted(step, head, refusal)
}

/** The log begins behind all that was acknowledged: nothing is lost, and the memory of us went with it. */
function isForgottenWithReason<Batch extends QueuedBatch>(
  { ackedOffset }: QueueState<Batch>,
  { logStartOffset }: Refusal
): boolean {
  return ackedOffset >= 0n && logStartOffset > ackedOffset
}

/** The broker contradicts its own acknowledgement: it lost our records, or its memory of them. */
function contradicted<Batch extends QueuedBatch>(step: Step<Batch>, head: Batch, refusal: Refusal): void {
  tellLoss(step, head, refusal)
  if (step.rules.dataLossPolicy === 'continue') bump(step, refusal.cause)
  else stopForLoss(step, refusal.cause)
}

function remakeRefused<Batch extends QueuedBatch>({ state, effects }: Step<Batch>): void {
  for (const batch of state.batches) {
    batch.refused = null
    if (batch.remake === null) continue
    effects.push({ type: 'remake', batch, how: batch.remake, cause: batch.lastError! })
    batch.remake = null
  }
}
