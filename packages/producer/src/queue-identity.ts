// Under which producer id and epoch a partition writes: what it goes over to, comes back to, and never uses again.
import { FencedError, type KafkaError } from '@sluice/core'
import { sameIdentity, type Identity } from './profile.ts'
import { forgetGivenUps } from './queue-giving-up.ts'
import { forgetGap, spentError, type LeftIdentity, type QueuedBatch, type QueueState } from './queue-state.ts'

const lastEpoch = 32_767
export const noEpochLeft = 'The given producer id has no epoch left'

/** The identity that the producer holds now; each InitProducerId raises the version. */
export interface HeldIdentity extends Identity {
  readonly version: number
}

/** Takes over the producer's identity, or the batch's own, where it differs from what the partition writes under. */
export function adopt<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  held: HeldIdentity | null
): boolean {
  const explicit = batch.profile.identity
  if (explicit !== null) {
    if (state.identityVersion === -1 && sameIdentity(state.explicitIdentity, explicit)) return true
    return spentError(state, explicit) === null && changeIdentity(state, explicit, -1, explicit)
  }
  if (held === null || held.version <= state.staleIdentityVersion) return false
  return state.identityVersion === held.version || changeIdentity(state, held, held.version, null)
}

/** Whether a batch without a sequence would go on under the identity that the staged ones have. */
export function sharesIdentity<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  batch: Batch,
  held: HeldIdentity | null
): boolean {
  const { identity } = batch.profile
  if (identity !== null) return state.identityVersion === -1 && sameIdentity(state.explicitIdentity, identity)
  return state.identityVersion !== -1 && held?.version === state.identityVersion
}

/**
 * Story: a call goes out under a pair of its own, and the next under the producer's identity again. Were that one's sequences
 * to begin at 0 again, the broker would acknowledge them as duplicates of the first ones, and write nothing.
 *
 * @returns false if the identity has no epoch left to begin anew in
 */
function changeIdentity<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  identity: Identity,
  version: number,
  explicit: Identity | null
): boolean {
  const isWanted = (each: LeftIdentity): boolean =>
    each.version === version && sameIdentity(each.explicitIdentity, explicit)
  const left = state.leftIdentities.find(isWanted)
  const { producerId, producerEpoch } = left?.identity ?? identity
  const used = usedEpoch(state, producerId)
  const goesOn = left?.isClean === true && left.identity.producerEpoch === used
  if (!goesOn && used >= lastEpoch) {
    if (explicit === null) state.staleIdentityVersion = Math.max(state.staleIdentityVersion, version)
    else spend(state, explicit, noEpochLeft)
    return false
  }
  leaveIdentity(state, isWanted)
  forgetGivenUps(state)
  state.explicitIdentity = explicit
  if (goesOn) resumeEpoch(state, left)
  else startEpoch(state, { producerId, producerEpoch: Math.max(producerEpoch, used + 1) }, version)
  return true
}

function leaveIdentity<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  isWanted: (left: LeftIdentity) => boolean
): void {
  const { identity, identityVersion: version, explicitIdentity, nextSequence, epochBase, ackedEnd } = state
  state.leftIdentities = state.leftIdentities.filter(each => !isWanted(each))
  if (identity === null || version === 0) return
  // All that were given, for any may be given again; of the producer's own, the one that it holds.
  const kept = state.leftIdentities.filter(each => explicitIdentity !== null || each.explicitIdentity !== null)
  const isClean = nextSequence === (ackedEnd < 0 ? epochBase : ackedEnd)
  const sequenced = nextSequence - epochBase
  state.leftIdentities = [...kept, { identity, version, explicitIdentity, sequenced, isClean }]
}

/** Whether the last sequences of the epoch were written nobody will find out: what comes next begins another. */
export function leaveForGood<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  leaveIdentity(state, () => false)
  dropIdentity(state)
  forgetGap(state)
}

function resumeEpoch<Batch extends QueuedBatch>(state: QueueState<Batch>, left: LeftIdentity): void {
  startEpoch(state, left.identity, left.version)
  state.epochBase = state.nextSequence - left.sequenced
  if (left.sequenced > 0) state.ackedEnd = state.nextSequence
}

/** Whether another epoch of the producer id can begin. */
export function hasNextEpoch<Batch extends QueuedBatch>(state: QueueState<Batch>): boolean {
  return state.identity !== null && usedEpoch(state, state.identity.producerId) < lastEpoch
}

/** What comes next begins at sequence 0 in another epoch of the same producer id. */
export function startNextEpoch<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  const { producerId } = state.identity!
  startEpoch(state, { producerId, producerEpoch: usedEpoch(state, producerId) + 1 }, state.identityVersion)
}

/** The next sequence is 0 on the wire, and the broker has still to prove that it knows us. */
function startEpoch<Batch extends QueuedBatch>(state: QueueState<Batch>, identity: Identity, version: number): void {
  rememberEpoch(state)
  state.identity = { producerId: identity.producerId, producerEpoch: identity.producerEpoch }
  state.identityVersion = version
  state.epochBase = state.nextSequence
  state.ackedEnd = -1
  forgetGap(state)
  state.provenRoute = 0
  state.probing = null
}

/** What is written next is not under `identity`. */
function rememberEpoch<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  if (state.identity === null) return
  const { producerId } = state.identity
  state.usedEpochs = (state.usedEpochs ?? new Map()).set(producerId, usedEpoch(state, producerId))
}

/**
 * The highest epoch of a producer id that the partition has written under; -1 for none.
 *
 * Story: an epoch that was begun here after a loss of data is given by the program later. Were its sequences to begin at 0
 * again, the broker would acknowledge them as duplicates of the first ones, and write nothing. One below it, it fences.
 */
function usedEpoch<Batch extends QueuedBatch>({ identity, usedEpochs }: QueueState<Batch>, producerId: bigint): number {
  const before = usedEpochs?.get(producerId) ?? -1
  return identity?.producerId === producerId ? Math.max(before, identity.producerEpoch) : before
}

/** The partition writes under none until a batch needs one. */
function dropIdentity<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  rememberEpoch(state)
  state.identity = null
  state.identityVersion = 0
  state.explicitIdentity = null
}

/** Nothing is written under the pair that the partition has been given; under others it is. */
export function spendIdentity<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  why: string,
  cause?: KafkaError
): void {
  spend(state, state.explicitIdentity!, why, cause)
  dropIdentity(state)
}

/** From now on nothing is written under a pair that the user gave. */
function spend<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  identity: Identity,
  why: string,
  cause?: KafkaError
): void {
  const error = new FencedError(`${why}; this partition takes records under another identity`, {
    cause,
    outcome: 'not-persisted'
  })
  state.spentIdentities = [...state.spentIdentities, { identity, error }]
}
