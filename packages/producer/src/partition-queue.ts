// The batches of one partition, in order: a reducer that says what each event means for them.
// Synchronous and free of timers: state in place, effects as data. With queue-departure (what may leave), queue-drain (what
// negative answers meant) and queue-giving-up, the ordering rules live here and nowhere else.
import { FencedError, type KafkaError } from '@sluice/core'
import { brokerError, errorCodes } from '@sluice/protocol'
import { offsetBehind } from './offset.ts'
import { hasNextEpoch, noEpochLeft, spendIdentity, startNextEpoch } from './queue-identity.ts'
import { probed } from './queue-probing.ts'
import { settleDown } from './queue-drain.ts'
import { bump, stop, stopForLoss, tellLoss, unsequence } from './queue-epoch.ts'
import type { QueueEffect, QueueEvent, QueueRules, Step } from './queue-events.ts'
import { nextGap } from './queue-gap.ts'
import { expiry, giveUp, giveUpAll, markUncertain } from './queue-giving-up.ts'
import { blame, forgetGap, isBehindGap, type QueuedBatch, type QueueState, type Remake } from './queue-state.ts'
import { wireSequence } from './sequence.ts'
import type { NotAcked, Verdict } from './verdict.ts'

export function reduce<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  event: QueueEvent<Batch>,
  rules: QueueRules
): readonly QueueEffect<Batch>[] {
  const step: Step<Batch> = { state, rules, nowMs: event.nowMs, effects: [] }
  switch (event.type) {
    case 'answered':
      answered(step, event.batch, event.verdict, event.delayMs)
      break
    case 'clock':
      expire(step)
      break
    case 'replaced':
      if (!state.batches.includes(event.batch)) break
      replace(state, event.batch, event.by)
      break
    case 'dropped':
      // It may have expired while its codec worked.
      if (event.batch.givenUp || !state.batches.includes(event.batch)) break
      giveUp(step, event.batch, event.cause)
      break
    case 'recreated':
      recreated(step, event.topic)
      break
    case 'reset':
      reset(state)
      break
    case 'led':
      state.retryAtMs = 0
      break
    case 'abandoned':
      giveUpAll(step, event.cause)
      break
  }
  settleDown(step)
  return step.effects
}

const none: readonly never[] = []

// ---- answers ---------------------------------------------------------------------------------------------------------

function answered<Batch extends QueuedBatch>(step: Step<Batch>, batch: Batch, verdict: Verdict, delayMs: number): void {
  const { state } = step
  batch.inFlight = false
  state.inFlight--
  if (!state.batches.includes(batch)) return
  if (verdict.kind === 'acked') acked(step, batch, verdict)
  else refused(step, batch, verdict, delayMs)
}

function acked<Batch extends QueuedBatch>(
  step: Step<Batch>,
  batch: Batch,
  verdict: Verdict & { readonly kind: 'acked' }
): void {
  const { state, effects } = step
  if (state.batches[0] !== batch && !giveUpUnproven(step, batch)) {
    markUncertain(step, batch)
    return
  }
  const place = state.batches.indexOf(batch)
  for (const earlier of place === 0 ? none : state.batches.slice(0, place)) {
    if (earlier.givenUp) effects.push({ type: 'forgotten', batch: earlier })
    else effects.push({ type: 'acked', batch: earlier, baseOffset: -1n, appendTimeMs: -1n })
  }
  state.probing = null
  // A queue of one keeps its array.
  if (state.batches.length === 1) state.batches.pop()
  else if (place === 0) state.batches.shift()
  else state.batches.splice(0, place + 1)
  state.staged = Math.max(0, state.staged - place - 1)
  const { baseOffset, appendTimeMs } = verdict
  const loss = lossShownBy(step, batch, baseOffset)
  if (loss !== null) tellLoss(step, batch, { cause: loss, logStartOffset: -1n })
  noteSuccess(step, batch, baseOffset)
  const last: QueueEffect<Batch> = batch.givenUp
    ? { type: 'forgotten', batch }
    : { type: 'acked', batch, baseOffset, appendTimeMs }
  // What grows takes room for 17 at once, and mostly this is all.
  if (effects.length === 0) step.effects = [last]
  else effects.push(last)
  if (loss !== null && step.rules.dataLossPolicy === 'fail') stopForLoss(step, loss)
}

/**
 * Story: a new leader lost all that we wrote. It knows nothing of us, so it takes the next batch without a word, where
 * acknowledged ones were. Only a batch that is in doubt can be ahead of what was acknowledged before it; and one that was given
 * up may be of the log that was before.
 */
function lossShownBy<Batch extends QueuedBatch>(
  { state, rules }: Step<Batch>,
  batch: Batch,
  baseOffset: bigint
): KafkaError | null {
  const { writtenOffset } = state
  if (baseOffset < 0n || baseOffset > writtenOffset || !rules.trustBaseOffset) return null
  if (batch.everUncertain || batch.givenUp) return null
  return brokerError(errorCodes.NONE, {
    detail: `written at offset ${baseOffset}, and acknowledged was all up to ${writtenOffset}`
  })
}

/**
 * Gives up what is ahead of a batch that is written, and is neither proven to be written nor can be any more.
 *
 * @returns false, and nothing is given up, if it can
 *
 * Story: batch 1 was refused, yet batch 2 behind it was written: the broker did not know us when 1 came. Were 2 settled
 * now, 1 could never be written before it. So 2 keeps its identity, and when it is sent again it is a duplicate.
 *
 * Story: 1 was rejected for good, and of 2 and 3 behind it, which were lost, 3 is asked about, at another broker. That one
 * knows nothing of us, and writes 3, for which it would wait had it known us. Nothing can be written ahead of it any more, and
 * nothing is proven of it: what became of 2 is told as far as it is known.
 */
function giveUpUnproven<Batch extends QueuedBatch>(step: Step<Batch>, batch: Batch): boolean {
  const { state } = step
  const isPastGap = isBehindGap(state, batch)
  if (probed(state) === batch && !isPastGap) return true
  const ahead = state.batches.slice(0, state.batches.indexOf(batch))
  const unproven = ahead.filter(earlier => !earlier.givenUp && (isPastGap || !isProvenBy(earlier, batch)))
  if (unproven.length > 0 && !isPastGap) return false
  for (const earlier of unproven) giveUp(step, earlier, earlier.lastError ?? expiry(earlier))
  return true
}

function noteSuccess<Batch extends QueuedBatch>({ state, nowMs }: Step<Batch>, batch: Batch, baseOffset: bigint): void {
  state.failures = 0
  const lastOffset = offsetBehind(baseOffset, batch.recordCount - 1)
  if (!batch.givenUp) state.writtenOffset = lastOffset
  // What was written without a sequence does not prove that the broker knows ours.
  if (batch.sequence < 0) return
  state.lastSuccessMs = nowMs
  if (!state.draining) state.provenRoute = batch.route
  const isPastGap = isBehindGap(state, batch)
  state.ackedEnd = batch.sequence + batch.recordCount
  if (isPastGap) {
    // Taken by a broker that knew nothing of us: what follows goes on from here.
    forgetGap(state)
    state.gapAt = nextGap(state)
  }
  // The gap can be closed: nobody is ahead of it any more.
  if (state.gapAt >= 0 && (isPastGap || state.gapAt === state.ackedEnd)) state.draining = true
  state.ackedOffset = lastOffset
}

/** A broker appends a sequence only behind the one before it: the later batch's success is the earlier one's. */
function isProvenBy(earlier: QueuedBatch, later: QueuedBatch): boolean {
  return (
    earlier.sequence >= 0 &&
    later.sequence >= 0 &&
    earlier.everUncertain &&
    earlier.refused === null &&
    earlier.route === later.route &&
    earlier.identity === later.identity
  )
}

function refused<Batch extends QueuedBatch>(step: Step<Batch>, batch: Batch, verdict: NotAcked, delayMs: number): void {
  const { state } = step
  blame(batch, verdict.cause)
  state.draining = true
  state.provenRoute = 0
  state.retryDelayMs = Math.max(state.retryDelayMs, delayMs)
  if (!verdict.certain) markUncertain(step, batch)
  if (batch.givenUp) return
  switch (verdict.kind) {
    case 'retry':
      retry(step, batch, verdict, delayMs)
      break
    case 'remake':
      if (batch.everUncertain || !canBeRemade(batch, verdict.how)) giveUp(step, batch, verdict.cause)
      else batch.remake = verdict.how
      break
    case 'resequence':
      batch.refused = verdict
      break
    case 'fenced':
      state.fenced = verdict.cause
      if (verdict.ends) giveUp(step, batch, verdict.cause)
      break
    case 'failed':
      giveUp(step, batch, verdict.cause, verdict.blame)
      break
  }
}

function retry<Batch extends QueuedBatch>(
  step: Step<Batch>,
  batch: Batch,
  verdict: Verdict & { readonly kind: 'retry' },
  delayMs: number
): void {
  const { cause, refresh } = verdict
  if (verdict.cap < Infinity) batch.cappedAnswers++
  if (batch.cappedAnswers > verdict.cap || batch.attempts > step.rules.retries) giveUp(step, batch, cause)
  else step.effects.push({ type: 'retrying', batch, cause, refresh, delayMs })
}

function canBeRemade(batch: QueuedBatch, how: Remake): boolean {
  return how === 'split' ? batch.recordCount > 1 : batch.compressed
}

// ---- deadlines, replacement, policies --------------------------------------------------------------------------------

function expire<Batch extends QueuedBatch>(step: Step<Batch>): void {
  const { state, nowMs } = step
  for (const batch of state.batches.filter(each => !each.givenUp && each.deadlineMs <= nowMs)) {
    giveUp(step, batch, expiry(batch))
  }
}

function replace<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch, by: readonly Batch[]): void {
  const place = state.batches.indexOf(batch)
  let { sequence } = batch
  for (const part of by) {
    part.attempts = batch.attempts
    part.cappedAnswers = batch.cappedAnswers
    part.firstError = batch.firstError
    part.lastError = batch.lastError
    if (sequence < 0) continue
    part.sequence = sequence
    part.identity = batch.identity
    part.wireSequence = wireSequence(sequence, state.epochBase)
    sequence += part.recordCount
  }
  state.batches.splice(place, 1, ...by)
}

function recreated<Batch extends QueuedBatch>(step: Step<Batch>, topic: string): void {
  const { state, rules } = step
  state.writtenOffset = -1n
  // The new log knows no sequence of theirs either.
  state.leftIdentities = state.leftIdentities.map(left => ({ ...left, isClean: false }))
  const why = `Topic ${topic} was deleted and created again; reset() accepts the new one`
  if (rules.topicRecreatedPolicy === 'fail') {
    stop(step, why)
    return
  }
  const cause: KafkaError = new FencedError(why)
  for (const batch of state.batches) if (batch.inFlight) markUncertain(step, batch)
  for (const batch of state.batches.filter(each => each.everUncertain && !each.givenUp)) giveUp(step, batch, cause)
  bump(step, cause)
}

function reset<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  if (state.stopped === null) return
  state.stopped = null
  state.retryAtMs = 0
  forgetGap(state)
  const { identity, identityVersion } = state
  if (identity === null) return
  for (const batch of state.batches) unsequence(batch)
  if (!hasNextEpoch(state)) {
    // Sequence 0 once more in one epoch: the broker could acknowledge it as a duplicate of the first one, and write nothing.
    if (identityVersion === -1) return spendIdentity(state, noEpochLeft)
    state.staleIdentityVersion = Math.max(state.staleIdentityVersion, identityVersion)
    state.identityVersion = 0
    return
  }
  startNextEpoch(state)
}
