// What a partition's queue knows, as data: its batches in order, and how much of the broker's view is proven.
import type { KafkaError } from '@sluice/core'
import { sameIdentity, type Identity, type Profile } from './profile.ts'

/**
 * The part of a batch that the queue reads and writes. The three regions of a queue:
 *
 *   batches:  [ given up … | staged: under a sequence, waiting for an answer or for another try | not yet sent … | open ]
 *              0                                                                                 ^ staged
 */
export interface QueuedBatch {
  readonly recordCount: number
  readonly compressed: boolean
  readonly profile: Profile
  /** Monotonic, milliseconds: when its oldest record must be settled. */
  readonly deadlineMs: number
  /** Logical sequence of the first record; -1 while it has none. */
  sequence: number
  wireSequence: number
  identity: Identity | null
  inFlight: boolean
  /** Which connection carried the last attempt; 0 before the first. */
  route: number
  attempts: number
  /** Monotonic, milliseconds: when the last attempt left; 0 before the first. */
  leftMs: number
  /** An attempt may have been written and nothing since has proven that it was not. */
  everUncertain: boolean
  /** Till when a lost attempt may still be written. */
  ghostUntilMs: number
  /** The caller was told `unknown`; it keeps its place only until its fate is known. */
  givenUp: boolean
  /** Answers that are put up with a few times only. */
  cappedAnswers: number
  /** The last answer refused its sequence. */
  refused: Refusal | null
  /** The broker takes its records only in another form. */
  remake: Remake | null
  firstError: KafkaError | null
  lastError: KafkaError | null
}

/** A sequence was refused: OUT_OF_ORDER_SEQUENCE_NUMBER or UNKNOWN_PRODUCER_ID. */
export interface Refusal {
  readonly cause: KafkaError
  /** The broker knows nothing of us, and cannot tell whether an earlier attempt was written. */
  readonly forgotten: boolean
  /** Where the log begins; -1 if the broker does not say. */
  readonly logStartOffset: bigint
}

/** `split`: in two batches; `uncompressed`: as they are. */
export type Remake = 'split' | 'uncompressed'

/** An identity that the partition wrote under before another took its place, and where it stopped. */
export interface LeftIdentity {
  readonly identity: Identity
  readonly version: number
  readonly explicitIdentity: Identity | null
  /** Records sequenced in its epoch. */
  readonly sequenced: number
  /** All of them were acknowledged: the broker expects the next. */
  readonly isClean: boolean
}

/** The first batch in line was refused, and yet may be in the log: one behind it is asked about. */
export interface Probing {
  readonly refusal: Refusal
  /** The connection that brought it: another broker may know nothing of us, and would take anything. */
  readonly route: number
  /** Logical sequence of the batch that is sent next, alone. */
  readonly at: number
}

/** Lost attempts under one producer id, and till when they may still be written. */
export interface Ghost {
  readonly producerId: bigint
  readonly ghostUntilMs: number
}

/** A pair that the user gave and that nothing can be written under any more, and what records that name it are told. */
export interface SpentIdentity {
  readonly identity: Identity
  readonly error: KafkaError
}

export interface QueueState<Batch extends QueuedBatch> {
  readonly batches: Batch[]
  /** How many of the first batches have been handed to a request since the last rewind. */
  staged: number
  inFlight: number
  /** The connection of what is in flight; 0 with nothing in flight. */
  route: number
  /** The connection on which the broker has proven to know our sequences; 0 for none. */
  provenRoute: number
  lastSuccessMs: number
  /** A negative answer came: nothing leaves until nothing is in flight. */
  draining: boolean
  /** The delay that the answers of this drain asked for. */
  retryDelayMs: number
  retryAtMs: number
  /** Till when a lost attempt of a batch that has left may still be written, and nothing would tell the broker not to. */
  ghostUntilMs: number
  /** Of batches that have left: what is written under the same producer id keeps a lost attempt from being written behind it. */
  ghost: Ghost | null
  /** Negative answers since the last success. */
  failures: number
  identity: Identity | null
  /** Which of the producer's identities `identity` came from; an explicit one is -1. */
  identityVersion: number
  /** The pair that the user gave for batches of this partition, as given. */
  explicitIdentity: Identity | null
  /** Should a batch come back to one of these, its sequences must not begin anew: the broker would take it for a duplicate. */
  leftIdentities: readonly LeftIdentity[]
  /** By producer id, the highest epoch that was written under before `identity`; null before there is one. */
  usedEpochs: Map<bigint, number> | null
  spentIdentities: readonly SpentIdentity[]
  /** The producer's identity must be newer than this before anything is sequenced. */
  staleIdentityVersion: number
  nextSequence: number
  epochBase: number
  /** Logical sequence behind the last acknowledged record of this epoch; -1 when nothing was. */
  ackedEnd: number
  /** Of the last acknowledged record with a sequence; -1 when it is not known. */
  ackedOffset: bigint
  /** Of the last acknowledged record of any kind; -1 when it is not known, or its loss was told. */
  writtenOffset: bigint
  /** A batch with this sequence was given up for certain, and the ones behind must move down; -1 for none. */
  gapAt: number
  /** The first behind the gap is certainly not written: when one in doubt behind it can be asked about; 0 if there is none. */
  gapUntilMs: number
  probing: Probing | null
  /** A fenced answer: the remaining batches need a new producer id. */
  fenced: KafkaError | null
  /** A policy stopped the partition. */
  stopped: KafkaError | null
}

export function blame(batch: Pick<QueuedBatch, 'firstError' | 'lastError'>, error: KafkaError): void {
  batch.firstError ??= error
  batch.lastError = error
}

export function newQueueState<Batch extends QueuedBatch>(): QueueState<Batch> {
  return {
    batches: [],
    staged: 0,
    inFlight: 0,
    route: 0,
    provenRoute: 0,
    lastSuccessMs: 0,
    draining: false,
    retryDelayMs: 0,
    retryAtMs: 0,
    ghostUntilMs: 0,
    ghost: null,
    failures: 0,
    identity: null,
    identityVersion: 0,
    explicitIdentity: null,
    leftIdentities: [],
    usedEpochs: null,
    spentIdentities: [],
    staleIdentityVersion: 0,
    nextSequence: 0,
    epochBase: 0,
    ackedEnd: -1,
    ackedOffset: -1n,
    writtenOffset: -1n,
    gapAt: -1,
    gapUntilMs: 0,
    probing: null,
    fenced: null,
    stopped: null
  }
}

/** Nothing leaves while it may still be written. */
export function awaitGhost<Batch extends QueuedBatch>(
  state: QueueState<Batch>,
  { ghostUntilMs }: Pick<Ghost, 'ghostUntilMs'>
): void {
  state.ghostUntilMs = Math.max(state.ghostUntilMs, ghostUntilMs)
}

/** The batch leaves the queue, and may still be written. */
export function rememberGhost<Batch extends QueuedBatch>(state: QueueState<Batch>, batch: Batch): void {
  if (!batch.everUncertain) return
  if (batch.identity === null) return awaitGhost(state, batch)
  const { producerId } = batch.identity
  const known = state.ghost
  // Two ids keep nothing of each other back.
  if (known !== null && known.producerId !== producerId) awaitGhost(state, known)
  const knownUntilMs = known?.producerId === producerId ? known.ghostUntilMs : 0
  state.ghost = { producerId, ghostUntilMs: Math.max(knownUntilMs, batch.ghostUntilMs) }
}

export function isBehindGap<Batch extends QueuedBatch>({ gapAt }: QueueState<Batch>, { sequence }: Batch): boolean {
  return gapAt >= 0 && gapAt < sequence
}

/** No batch moves down any more. */
export function forgetGap<Batch extends QueuedBatch>(state: QueueState<Batch>): void {
  state.gapAt = -1
  state.gapUntilMs = 0
}

/** Why records of this profile cannot be taken now; null if they can. */
export function refusalOf<Batch extends QueuedBatch>(state: QueueState<Batch>, profile: Profile): KafkaError | null {
  if (state.stopped !== null || state.spentIdentities.length === 0 || !profile.idempotent) return state.stopped
  return spentError(state, profile.identity)
}

/** Why nothing can be written under a pair that the user gave; null if it can. */
export function spentError<Batch extends QueuedBatch>(
  { spentIdentities }: QueueState<Batch>,
  explicit: Identity | null
): KafkaError | null {
  return spentIdentities.find(({ identity }) => sameIdentity(identity, explicit))?.error ?? null
}

/** How a batch is delivered: sequenced, acknowledged without sequences, or without any answer. */
export type DeliveryMode = 'idempotent' | 'plain' | 'silent'

export function modeOf(profile: Profile, plainFallback: boolean): DeliveryMode {
  if (profile.acks === 0) return 'silent'
  const isWithIdentity = !plainFallback || profile.idempotenceRequired || profile.identity !== null
  return profile.idempotent && isWithIdentity ? 'idempotent' : 'plain'
}
