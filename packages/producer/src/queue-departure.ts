// Which batch of a partition may leave now, and under which sequence.
import { forgetGivenUps } from './queue-giving-up.ts'
import { adopt, leaveForGood, sharesIdentity, type HeldIdentity } from './queue-identity.ts'
import { awaitGhost, isBehindGap, modeOf, type DeliveryMode, type QueuedBatch, type QueueState } from './queue-state.ts'
import { probed } from './queue-probing.ts'
import { wireSequence } from './sequence.ts'

/** A broker remembers the last five batches of a producer: more without an answer could not be told from duplicates. */
export const mostStaged = 5
/** After so long without a success the broker may have forgotten us, and the first batch must prove itself again. */
const proofLastsMs = 300_000

export interface Departure {
  readonly nowMs: number
  /** The connection that the batch would travel on, greater than 0. */
  readonly route: number
  readonly identity: HeldIdentity | null
  readonly plainFallback: boolean
}

/** Before this time nothing leaves. */
export function restsUntilMs({
  retryAtMs,
  ghostUntilMs,
  gapUntilMs
}: Pick<QueueState<QueuedBatch>, 'retryAtMs' | 'ghostUntilMs' | 'gapUntilMs'>): number {
  return Math.max(retryAtMs, ghostUntilMs, gapUntilMs)
}

/**
 * The batch that may leave on this connection now, or null. Changes nothing but the cursor over given-up batches, a probing
 * that is over, and till when nothing leaves.
 */
export function candidate<Batch extends QueuedBatch>(state: QueueState<Batch>, departure: Departure): Batch | null {
  if (state.stopped !== null || state.draining || departure.nowMs < restsUntilMs(state)) return null
  if (state.gapUntilMs > 0) return state.inFlight > 0 ? null : doubtBehindGap(state, departure)
  // Story: batches 1 and 2 are in flight on broker A; leadership moves to B. If batch 3 left for B now, B could append it
  // before A answers 1 with "not leader", and 1 would be written after 3. So: nothing leaves for B until A has answered.
  if (state.inFlight > 0 && state.route !== departure.route) return null
  if (state.probing !== null) {
    const probe = probed(state)
    if (probe !== undefined && !probe.givenUp && state.probing.route === departure.route)
      return state.inFlight > 0 || probe.deadlineMs <= departure.nowMs ? null : probe
    // There is nobody to ask about any more, or to ask: the first in line is sent again.
    state.probing = null
  }
  while (state.staged < state.batches.length && state.batches[state.staged]!.givenUp) state.staged++
  const batch = state.batches[state.staged]
  // Whose time is over is told so in a moment: did it leave now, nobody could say what became of it.
  if (batch === undefined || batch.deadlineMs <= departure.nowMs) return null
  if (!hasRoom(state, batch, modeOf(batch.profile, departure.plainFallback), departure)) return null
  if (state.ghost !== null || state.batches[0]!.givenUp) waitForGhosts(state, batch, departure)
  return departure.nowMs < state.ghostUntilMs ? null : batch
}

/** The last of those in doubt behind a gap is asked about: see `doubtfulBehindGap`. */
function doubtBehindGap<Batch extends QueuedBatch>(state: QueueState<Batch>, { nowMs }: Departure): Batch | null {
  const last = state.batches.findLast(batch => isBehindGap(state, batch) && batch.everUncertain && !batch.givenUp)
  return last === undefined || last.deadlineMs <= nowMs ? null : last
}

/**
 * Story: batch 1 is lost with its connection and given up, and the broker still has its bytes. Behind what came later under
 * the same producer id it refuses them; but batch 2, under another id or none, it writes, and then 1 behind it. So 2 waits
 * until that cannot happen any more.
 */
function waitForGhosts<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch, departure: Departure): void {
  const producerId = producerIdOf(batch, departure)
  if (state.ghost !== null && state.ghost.producerId !== producerId) awaitGhost(state, state.ghost)
  for (const { givenUp, identity, ghostUntilMs } of state.batches) {
    if (!givenUp) break
    if (identity?.producerId !== producerId) awaitGhost(state, { ghostUntilMs })
  }
  if (state.ghost !== null && state.ghost.ghostUntilMs <= departure.nowMs) state.ghost = null
}

/** What the batch would be written under. */
function producerIdOf(
  { profile, identity }: QueuedBatch,
  { plainFallback, identity: held }: Departure
): bigint | undefined {
  if (modeOf(profile, plainFallback) !== 'idempotent') return undefined
  return (identity ?? profile.identity ?? held)?.producerId
}

function hasRoom<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  mode: DeliveryMode,
  departure: Departure
): boolean {
  const { staged } = state
  if (staged === 0) return true
  // Behind one that was given up, wherever it is, goes a probe: alone, when all that was sent is answered.
  if (isAnyGivenUp(state.batches, staged)) return state.inFlight === 0 && areAllGivenUp(state.batches, staged)
  const ahead = state.batches[staged - 1]!
  if (isBehindGap(state, batch) && !isBehindGap(state, ahead)) return false
  if (modeOf(ahead.profile, departure.plainFallback) !== mode) return false
  if (mode === 'silent') return true
  if (mode === 'plain') return false
  if (batch.sequence < 0 && !sharesIdentity(state, batch, departure.identity)) return false
  const isProven = state.provenRoute === departure.route && departure.nowMs - state.lastSuccessMs < proofLastsMs
  return isProven && staged < mostStaged
}

/** Whether one of the first so many batches is given up. */
function isAnyGivenUp(batches: readonly QueuedBatch[], count: number): boolean {
  for (let i = 0; i < count; i++) if (batches[i]!.givenUp) return true
  return false
}

/** Whether the first so many batches are given up. */
export function areAllGivenUp(batches: readonly QueuedBatch[], count: number): boolean {
  for (let i = 0; i < count; i++) if (!batches[i]!.givenUp) return false
  return true
}

/**
 * Marks a candidate as leaving: it gets its sequence, and its identity is frozen.
 *
 * @returns false if it needs an identity that the producer does not hold, or one that is spent; then nothing else changed
 */
export function stage<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  departure: Departure
): boolean {
  const isSequenced = modeOf(batch.profile, departure.plainFallback) === 'idempotent'
  if (isSequenced && batch.sequence < 0) {
    if (!adopt(state, batch, departure.identity)) return false
    batch.identity = state.identity
    batch.sequence = state.nextSequence
    batch.wireSequence = wireSequence(batch.sequence, state.epochBase)
    state.nextSequence += batch.recordCount
  }
  if (isSequenced) {
    if (batch.sequence === state.epochBase) forgetGivenUps(state)
  } else if (forgetGivenUps(state)) leaveForGood(state)
  batch.inFlight = true
  batch.route = departure.route
  batch.attempts++
  batch.leftMs = departure.nowMs
  state.staged++
  state.inFlight++
  state.route = departure.route
  return true
}
