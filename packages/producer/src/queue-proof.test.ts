import { expect, test } from 'vitest'
import { reduce } from './partition-queue.ts'
import type { Profile } from './profile.ts'
import { candidate, stage, type Departure } from './queue-departure.ts'
import { newQueueState, type QueuedBatch, type QueueState } from './queue-state.ts'

const sequenced: Profile = {
  acks: -1,
  codec: null,
  idempotent: true,
  idempotenceRequired: false,
  identity: null,
  timeoutMs: 1_000,
  deliveryTimeoutMs: 10_000,
  repeatOnStaleMetadata: true
}
const plain: Profile = { ...sequenced, idempotent: false }
const rules = {
  quarantineMs: 1_000,
  dataLossPolicy: 'continue',
  topicRecreatedPolicy: 'fail',
  retries: Infinity
} as const

function batchOf(profile: Profile): QueuedBatch {
  return {
    recordCount: 1,
    compressed: false,
    profile,
    deadlineMs: 10_000,
    sequence: -1,
    wireSequence: -1,
    identity: null,
    inFlight: false,
    route: 0,
    attempts: 0,
    everUncertain: false,
    lastUncertainMs: 0,
    givenUp: false,
    cappedAnswers: 0,
    refused: null,
    remake: null,
    firstError: null,
    lastError: null
  }
}

/** Everything that may leave on this connection now. */
function leave(state: QueueState<QueuedBatch>, route: number): QueuedBatch[] {
  const identity = { producerId: 1n, producerEpoch: 0, version: 1 }
  const departure: Departure = { nowMs: 0, route, identity, plainFallback: false }
  const left: QueuedBatch[] = []
  for (let next = candidate(state, departure); next !== null; next = candidate(state, departure)) {
    stage(state, next, departure)
    left.push(next)
  }
  return left
}

function acknowledge(state: QueueState<QueuedBatch>, batch: QueuedBatch): void {
  const verdict = { kind: 'acked', baseOffset: 0n, appendTimeMs: -1n } as const
  reduce(state, { type: 'answered', batch, verdict, nowMs: 0, delayMs: 0 }, rules)
}

// Story: a leader that is new to a producer would append any first sequence. Were its answer to a plain batch taken for a
// proof that it knows our sequences, the first of several sequenced batches could be refused, and the second be appended.
test('a batch without a sequence, written on a new connection, does not open the window for those with one', () => {
  const state = newQueueState<QueuedBatch>()
  state.batches.push(batchOf(sequenced))
  for (const batch of leave(state, 1)) acknowledge(state, batch)
  state.batches.push(batchOf(plain), batchOf(sequenced), batchOf(sequenced))
  const [first] = leave(state, 2)
  expect(first!.profile).toBe(plain)
  acknowledge(state, first!)
  expect(leave(state, 2)).toHaveLength(1)
})
