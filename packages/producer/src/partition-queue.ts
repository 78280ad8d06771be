// The batches of one partition, in order: a reducer that says which may go, and what each answer means for the rest.
// Synchronous and free of timers: state in place, effects as data. All ordering rules live here and nowhere else.
import { FencedError, TimeoutError, type KafkaError, type RecordOutcome } from '@sluice/core'
import { sameIdentity, type Identity } from './profile.ts'
import { modeOf, type DeliveryMode, type QueuedBatch, type QueueState } from './queue-state.ts'
import { wireSequence } from './sequence.ts'
import type { RecordBlame, Verdict } from './verdict.ts'

/** A broker remembers the last five batches of a producer: more without an answer could not be told from duplicates. */
const mostStaged = 5
/** After so long without a success the broker may have forgotten us, and the first batch must prove itself again. */
const proofLastsMs = 300_000
const lastEpoch = 32_767

export interface QueueRules {
  /** How long after the end of a connection a broker may still execute what it read from it. */
  readonly quarantineMs: number
  readonly dataLossPolicy: 'continue' | 'fail'
  readonly topicRecreatedPolicy: 'continue' | 'fail'
  /** Attempts after the first; Infinity for no limit. */
  readonly retries: number
}

/** The identity that the producer holds now; each InitProducerId raises the version. */
export interface HeldIdentity extends Identity {
  readonly version: number
}

export interface Departure {
  readonly nowMs: number
  /** The connection that the batch would travel on, greater than 0. */
  readonly route: number
  readonly identity: HeldIdentity | null
  readonly plainFallback: boolean
}

export type QueueEvent<Batch> =
  | {
      readonly type: 'answered'
      readonly batch: Batch
      readonly verdict: Verdict
      readonly nowMs: number
      readonly delayMs: number
    }
  | { readonly type: 'clock'; readonly nowMs: number }
  /** Split, or made smaller by an abort: the others take its place and its sequences. */
  | { readonly type: 'replaced'; readonly batch: Batch; readonly by: readonly Batch[] }
  /** A batch failed before it left: its codec threw, or all its records were aborted. */
  | { readonly type: 'dropped'; readonly batch: Batch; readonly cause: KafkaError; readonly nowMs: number }
  | { readonly type: 'recreated'; readonly topic: string; readonly nowMs: number }
  | { readonly type: 'reset' }
  /** Nothing that is queued shall be tried any longer. */
  | { readonly type: 'abandoned'; readonly cause: KafkaError; readonly nowMs: number }

export type QueueEffect<Batch> =
  | { readonly type: 'acked'; readonly batch: Batch; readonly baseOffset: bigint; readonly appendTimeMs: bigint }
  | {
      readonly type: 'failed'
      readonly batch: Batch
      readonly cause: KafkaError
      readonly outcome: RecordOutcome
      readonly blame: readonly RecordBlame[]
    }
  /** A batch that was given up has left the queue. */
  | { readonly type: 'forgotten'; readonly batch: Batch }
  | { readonly type: 'split'; readonly batch: Batch; readonly cause: KafkaError }
  | {
      readonly type: 'retrying'
      readonly batch: Batch
      readonly cause: KafkaError
      readonly refresh: boolean
      readonly delayMs: number
    }
  | { readonly type: 'identity-wanted'; readonly newerThan: number; readonly cause: KafkaError | null }
  | { readonly type: 'data-lost'; readonly batch: Batch; readonly cause: KafkaError; readonly continued: boolean }

type Effects<Batch> = QueueEffect<Batch>[]

// ---- what may go ----------------------------------------------------------------------------------------------------

/** The batch that may leave on this connection now, or null. Changes nothing but the cursor over given-up batches. */
export function candidate<Batch extends QueuedBatch>(state: QueueState<Batch>, departure: Departure): Batch | null {
  if (state.stopped !== null || state.draining || departure.nowMs < state.retryAtMs) return null
  // Story: batches 1 and 2 are in flight on broker A; leadership moves to B. If batch 3 left for B now, B could append it
  // before A answers 1 with "not leader", and 1 would be written after 3. So: nothing leaves for B until A has answered.
  if (state.inFlight > 0 && state.route !== departure.route) return null
  while (state.staged < state.batches.length && state.batches[state.staged]!.givenUp) state.staged++
  const batch = state.batches[state.staged]
  if (batch === undefined) return null
  const mode = modeOf(batch.profile, departure.plainFallback)
  if (!hasRoom(state, batch, mode, departure)) return null
  return batch
}

function hasRoom<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  mode: DeliveryMode,
  departure: Departure
): boolean {
  const { staged } = state
  if (staged === 0) return true
  if (state.batches[0]!.givenUp) return state.inFlight === 0 && allGivenUp(state.batches, staged)
  const ahead = state.batches[staged - 1]!
  if (modeOf(ahead.profile, departure.plainFallback) !== mode) return false
  if (mode === 'silent') return true
  if (mode === 'plain') return false
  if (batch.sequence < 0 && !sharesIdentity(state, batch, departure)) return false
  const proven = state.provenRoute === departure.route && departure.nowMs - state.lastSuccessMs < proofLastsMs
  return proven && staged < mostStaged
}

function allGivenUp(batches: readonly QueuedBatch[], count: number): boolean {
  for (let i = 0; i < count; i++) if (!batches[i]!.givenUp) return false
  return true
}

/** Whether a batch without a sequence would go on under the identity that the staged ones have. */
function sharesIdentity<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  departure: Departure
): boolean {
  if (batch.profile.identity !== null) return state.identityVersion === -1 && startedFrom(state, batch.profile.identity)
  return state.identityVersion !== -1 && departure.identity?.version === state.identityVersion
}

function startedFrom<Batch extends QueuedBatch>(state: QueueState<Batch>, identity: Identity): boolean {
  return sameIdentity(state.explicitIdentity, identity)
}

/**
 * Marks a candidate as leaving: it gets its sequence, and its identity is frozen.
 *
 * @returns false if it needs an identity that the producer does not hold; then nothing changed
 */
export function stage<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  departure: Departure
): boolean {
  const sequenced = modeOf(batch.profile, departure.plainFallback) === 'idempotent'
  if (sequenced && batch.sequence < 0) {
    if (!adopt(state, batch, departure)) return false
    batch.identity = state.identity
    batch.sequence = state.nextSequence
    batch.wireSequence = wireSequence(batch.sequence, state.epochBase)
    state.nextSequence += batch.recordCount
  }
  if (!sequenced || state.nextSequence === state.epochBase + batch.recordCount) forgetGivenUps(state)
  batch.inFlight = true
  batch.route = departure.route
  batch.attempts++
  state.staged++
  state.inFlight++
  state.route = departure.route
  return true
}

/** Under another identity, or none, a batch proves nothing about the given-up ones ahead of it: they need no place. */
function forgetGivenUps<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  while (state.staged > 0 && state.batches[0]!.givenUp) {
    state.batches.shift()
    state.staged--
  }
}

/** Takes over the producer's identity, or the batch's own, where it differs from what the partition writes under. */
function adopt<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch, departure: Departure): boolean {
  const explicit = batch.profile.identity
  if (explicit !== null) {
    if (state.identityVersion === -1 && startedFrom(state, explicit)) return true
    state.explicitIdentity = explicit
    startEpoch(state, explicit, -1)
    return true
  }
  const held = departure.identity
  if (held === null || held.version <= state.staleIdentityVersion) return false
  if (state.identityVersion !== held.version) startEpoch(state, held, held.version)
  return true
}

function startEpoch<Batch extends QueuedBatch>(state: QueueState<Batch>, identity: Identity, version: number): void {
  state.identity = { producerId: identity.producerId, producerEpoch: identity.producerEpoch }
  state.identityVersion = version
  state.epochBase = state.nextSequence
  state.ackedEnd = -1
  state.provenRoute = 0
}

// ---- what an event means ---------------------------------------------------------------------------------------------

export function reduce<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  event: QueueEvent<Batch>,
  rules: QueueRules
): readonly QueueEffect<Batch>[] {
  const effects: Effects<Batch> = []
  switch (event.type) {
    case 'answered':
      answered(state, event.batch, event.verdict, event, rules, effects)
      break
    case 'clock':
      expire(state, event.nowMs, rules, effects)
      break
    case 'replaced':
      replace(state, event.batch, event.by)
      break
    case 'dropped':
      giveUp(state, event.batch, event.cause, [], rules, effects)
      settleDown(state, event.nowMs, rules, effects)
      break
    case 'recreated':
      recreated(state, event.topic, event.nowMs, rules, effects)
      settleDown(state, event.nowMs, rules, effects)
      break
    case 'reset':
      reset(state)
      break
    case 'abandoned':
      for (const batch of [...state.batches]) if (!batch.givenUp) giveUp(state, batch, event.cause, [], rules, effects)
      settleDown(state, event.nowMs, rules, effects)
      break
  }
  return effects
}

interface Moment {
  readonly nowMs: number
  readonly delayMs: number
}

function answered<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  verdict: Verdict,
  moment: Moment,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  batch.inFlight = false
  state.inFlight--
  if (state.batches.includes(batch)) {
    if (verdict.kind === 'acked') acked(state, batch, verdict, moment.nowMs, effects)
    else refused(state, batch, verdict, moment, rules, effects)
  }
  settleDown(state, moment.nowMs, rules, effects)
}

function acked<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  verdict: Verdict & { readonly kind: 'acked' },
  nowMs: number,
  effects: Effects<Batch>
): void {
  const place = state.batches.indexOf(batch)
  const ahead = state.batches.slice(0, place)
  if (!ahead.every(earlier => earlier.givenUp || isProvenBy(earlier, batch))) {
    // Story: batch 1 was refused, yet batch 2 behind it was written: the broker did not know us when 1 came. Were 2 settled
    // now, 1 could never be written before it. So 2 keeps its identity, and when it is sent again it is a duplicate.
    markUncertain(state, batch, nowMs)
    return
  }
  for (const earlier of ahead) {
    if (earlier.givenUp) effects.push({ type: 'forgotten', batch: earlier })
    else effects.push({ type: 'acked', batch: earlier, baseOffset: -1n, appendTimeMs: -1n })
  }
  state.batches.splice(0, place + 1)
  state.staged = Math.max(0, state.staged - place - 1)
  state.failures = 0
  state.lastSuccessMs = nowMs
  if (!state.draining) state.provenRoute = batch.route
  if (batch.sequence >= 0) state.ackedEnd = batch.sequence + batch.recordCount
  effects.push(
    batch.givenUp
      ? { type: 'forgotten', batch }
      : { type: 'acked', batch, baseOffset: verdict.baseOffset, appendTimeMs: verdict.appendTimeMs }
  )
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

function refused<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  verdict: Exclude<Verdict, { kind: 'acked' }>,
  moment: Moment,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  batch.firstError ??= verdict.cause
  batch.lastError = verdict.cause
  state.draining = true
  state.provenRoute = 0
  state.retryDelayMs = Math.max(state.retryDelayMs, moment.delayMs)
  if (!verdict.certain) markUncertain(state, batch, moment.nowMs)
  if (batch.givenUp) return
  switch (verdict.kind) {
    case 'retry': {
      const limit = verdict.limit > 0 ? Math.min(verdict.limit, rules.retries) : rules.retries
      if (batch.attempts > limit) giveUp(state, batch, verdict.cause, [], rules, effects)
      else
        effects.push({
          type: 'retrying',
          batch,
          cause: verdict.cause,
          refresh: verdict.refresh,
          delayMs: moment.delayMs
        })
      return
    }
    case 'split':
      if (batch.everUncertain || batch.recordCount === 1) giveUp(state, batch, verdict.cause, [], rules, effects)
      else batch.oversized = verdict.cause
      return
    case 'resequence':
      batch.refused = verdict.cause
      return
    case 'fenced':
      state.fenced = verdict.cause
      return
    case 'failed':
      giveUp(state, batch, verdict.cause, verdict.blame, rules, effects)
  }
}

function markUncertain<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch, nowMs: number): void {
  batch.everUncertain = true
  batch.lastUncertainMs = nowMs
  state.draining = true
  state.provenRoute = 0
}

/**
 * Ends a batch for its callers. If it may have been written under a sequence, or is still in flight, its place is kept till
 * its fate is known; otherwise it leaves, and what was sequenced behind it moves down.
 */
function giveUp<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  cause: KafkaError,
  blame: readonly RecordBlame[],
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  const outcome: RecordOutcome = batch.everUncertain || batch.inFlight ? 'unknown' : 'not-persisted'
  effects.push({ type: 'failed', batch, cause, outcome, blame })
  const keepsPlace = batch.inFlight || (batch.everUncertain && batch.sequence >= 0)
  if (keepsPlace) {
    batch.givenUp = true
    return
  }
  waitForZombie(state, batch, rules)
  remove(state, batch)
}

/**
 * Story: without sequences, batch 1 is lost with its connection and given up; batch 2 goes out on a new connection and is
 * written; then the broker executes what it had read of 1, and 1 is behind 2. So 2 waits until that cannot happen any more.
 */
function waitForZombie<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch, rules: QueueRules): void {
  if (batch.sequence >= 0 || !batch.everUncertain) return
  state.retryAtMs = Math.max(state.retryAtMs, batch.lastUncertainMs + rules.quarantineMs)
}

/** Takes a batch that is known not to be written out of the queue. */
function remove<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch): void {
  const place = state.batches.indexOf(batch)
  state.batches.splice(place, 1)
  if (place < state.staged) state.staged--
  if (batch.sequence < 0) return
  state.gapAt = state.gapAt < 0 ? batch.sequence : Math.min(state.gapAt, batch.sequence)
  state.draining = true
}

// ---- after a drain ---------------------------------------------------------------------------------------------------

/** With nothing in flight any more: decides what the negative answers meant, and rewinds. */
function settleDown<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  nowMs: number,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  if (state.inFlight > 0) return
  state.route = 0
  limitGivenUps(state, rules, effects)
  if (!state.draining) return
  state.staged = 0
  state.failures++
  forgetRefusedGivenUps(state, rules, effects)
  if (state.fenced !== null) renew(state, state.fenced, rules, effects)
  decideRefusal(state, nowMs, rules, effects)
  limitGivenUps(state, rules, effects)
  closeGap(state)
  for (const batch of [...state.batches]) {
    batch.refused = null
    if (batch.oversized === null) continue
    effects.push({ type: 'split', batch, cause: batch.oversized })
    batch.oversized = null
  }
  state.retryAtMs = Math.max(state.retryAtMs, nowMs + state.retryDelayMs)
  state.retryDelayMs = 0
  // Batches that were taken out on the way asked for a drain that is over.
  state.draining = false
}

/** Given-up batches that turned out never to have been written, or that never had a sequence, leave. */
function forgetRefusedGivenUps<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  for (const batch of state.batches.filter(each => each.givenUp && (!each.everUncertain || each.sequence < 0))) {
    waitForZombie(state, batch, rules)
    remove(state, batch)
    effects.push({ type: 'forgotten', batch })
  }
}

/** As many given-up batches as a broker remembers: a probe behind them would be one too many. */
function limitGivenUps<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  const last = state.batches[mostStaged - 1]
  if (last === undefined || !allGivenUp(state.batches, mostStaged)) return
  bump(state, last.lastError ?? expiry(last), rules, effects)
}

/** What OUT_OF_ORDER_SEQUENCE_NUMBER or UNKNOWN_PRODUCER_ID means for the first batch in line (semantics 2.2). */
function decideRefusal<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  nowMs: number,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  const head = state.batches.find(batch => !batch.givenUp)
  if (head === undefined || head.refused === null) return
  const cause = head.refused
  // Story: a connection dies with batch 1 on it, and the broker still has its bytes. The retry on a new connection is
  // refused because of a batch between them. Were 1 renumbered now, the broker could still execute the old bytes, and 1
  // would be in the log twice. So a refusal counts only when the old connection is dead long enough.
  if (head.everUncertain && nowMs < head.lastUncertainMs + rules.quarantineMs) return
  const hasGivenUps = state.batches[0]!.givenUp
  if (!hasGivenUps && state.gapAt >= 0 && state.gapAt < head.sequence) {
    head.everUncertain = false
    return
  }
  if (hasGivenUps) {
    head.everUncertain = false
    bump(state, cause, rules, effects)
    return
  }
  if (head.wireSequence === 0 && state.ackedEnd < 0) {
    renew(state, cause, rules, effects)
    return
  }
  if (state.ackedEnd === head.sequence) loseData(state, head, cause, rules, effects)
}

/** The broker contradicts its own acknowledgement: it lost our records, or its memory of them. */
function loseData<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  head: Batch,
  cause: KafkaError,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  const continued = rules.dataLossPolicy === 'continue'
  effects.push({ type: 'data-lost', batch: head, cause, continued })
  if (continued) {
    bump(state, cause, rules, effects)
    return
  }
  stop(
    state,
    new FencedError('The partition is stopped: the broker lost acknowledged records; reset() accepts that', {
      cause,
      outcome: 'not-persisted'
    }),
    rules,
    effects
  )
}

/** The remaining batches start again at sequence 0 in the next epoch of the same producer id. */
function bump<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  cause: KafkaError,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  const identity = state.identity
  if (identity === null || identity.producerEpoch >= lastEpoch) {
    renew(state, cause, rules, effects)
    return
  }
  leaveEpoch(state, cause, effects)
  const { identityVersion } = state
  startEpoch(state, { producerId: identity.producerId, producerEpoch: identity.producerEpoch + 1 }, identityVersion)
}

/** The remaining batches wait for a new producer id. */
function renew<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  cause: KafkaError,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  leaveEpoch(state, cause, effects)
  state.fenced = null
  state.staleIdentityVersion = Math.max(state.staleIdentityVersion, state.identityVersion)
  if (state.identityVersion === -1) {
    stop(
      state,
      new FencedError('The given producer id and epoch are fenced: another producer writes under them', {
        cause,
        outcome: 'not-persisted'
      }),
      rules,
      effects
    )
    return
  }
  effects.push({ type: 'identity-wanted', newerThan: state.staleIdentityVersion, cause })
}

/**
 * What was ever uncertain may be in the log under the old identity, and must never appear under another: it fails, unknown.
 * The rest loses its sequences.
 */
function leaveEpoch<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  cause: KafkaError,
  effects: Effects<Batch>
): void {
  for (const batch of state.batches.filter(each => each.givenUp || each.everUncertain)) {
    if (batch.givenUp) effects.push({ type: 'forgotten', batch })
    else effects.push({ type: 'failed', batch, cause, outcome: 'unknown', blame: [] })
    state.batches.splice(state.batches.indexOf(batch), 1)
  }
  for (const batch of state.batches) unsequence(batch)
  state.staged = 0
  state.gapAt = -1
}

function unsequence(batch: QueuedBatch): void {
  batch.sequence = -1
  batch.wireSequence = -1
  batch.identity = null
}

/** Batches behind one that is certainly not written take over its sequences, once none of them can be in the log. */
function closeGap<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  if (state.gapAt < 0) return
  const behind = state.batches.filter(batch => batch.sequence > state.gapAt)
  if (behind.some(batch => batch.everUncertain)) return
  for (const batch of behind) unsequence(batch)
  state.nextSequence = state.gapAt
  state.gapAt = -1
}

// ---- deadlines, replacement, endings ----------------------------------------------------------------------------------

function expire<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  nowMs: number,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  for (const batch of state.batches.filter(each => !each.givenUp && each.deadlineMs <= nowMs)) {
    giveUp(state, batch, expiry(batch), [], rules, effects)
  }
  settleDown(state, nowMs, rules, effects)
}

function expiry(batch: QueuedBatch): KafkaError {
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

function replace<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch, by: readonly Batch[]): void {
  const place = state.batches.indexOf(batch)
  let sequence = batch.sequence
  for (const part of by) {
    part.attempts = batch.attempts
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

function recreated<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  topic: string,
  nowMs: number,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  const cause = new FencedError(`Topic ${topic} was deleted and created again; reset() accepts the new one`, {
    outcome: 'not-persisted'
  })
  if (rules.topicRecreatedPolicy === 'fail') {
    stop(state, cause, rules, effects)
    return
  }
  for (const batch of state.batches) {
    if (batch.inFlight) markUncertain(state, batch, nowMs)
  }
  for (const batch of state.batches.filter(each => each.everUncertain && !each.givenUp)) {
    giveUp(state, batch, cause, [], rules, effects)
  }
  bump(state, cause, rules, effects)
}

/** Everything queued fails, and so does all that comes until a reset. */
function stop<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  cause: KafkaError,
  rules: QueueRules,
  effects: Effects<Batch>
): void {
  state.stopped = cause
  for (const batch of [...state.batches]) if (!batch.givenUp) giveUp(state, batch, cause, [], rules, effects)
}

function reset<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  state.stopped = null
  state.retryAtMs = 0
  if (state.identity === null) return
  const { identity, identityVersion } = state
  for (const batch of state.batches) unsequence(batch)
  if (identity.producerEpoch >= lastEpoch || identityVersion === -1) {
    state.staleIdentityVersion = Math.max(state.staleIdentityVersion, identityVersion)
    state.identityVersion = 0
    return
  }
  startEpoch(state, { producerId: identity.producerId, producerEpoch: identity.producerEpoch + 1 }, identityVersion)
}
