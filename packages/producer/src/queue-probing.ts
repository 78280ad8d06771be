// A broker refuses the first batch in line, and yet it may have written it: what is behind it tells.
import type { Step } from './queue-events.ts'
import { sameIdentity } from './profile.ts'
import { isBehindGap, type QueuedBatch, type QueueState, type Refusal } from './queue-state.ts'

/**
 * Story: 1, 2 and 3 are in flight, and written; the broker restarts before it answers. It remembers nothing but the last
 * batch of each producer (a snapshot holds no more; seen at Kafka 4.3.1). So it refuses 1 as out of order, as if it had lost
 * what it acknowledged before, but takes 3 for the duplicate that it is, and whoever is ahead of 3 is written, too. Were 3
 * not written, it would take it only behind 2. So, the last first: each that may be in the log is sent again, alone.
 *
 * @returns the refusal of the first batch in line, when there is nobody left to ask; null before, or if there is none
 */
export function refusalToDecide<Batch extends QueuedBatch>(step: Step<Batch>, head: Batch | undefined): Refusal | null {
  const { state } = step
  const refusal = knownRefusal(state, head)
  const asked = state.probing?.at ?? Infinity
  state.probing = null
  // Story: a connection dies with batch 1 on it, and the broker still has its bytes. The retry on a new connection is
  // refused because of a batch between them. Were 1 renumbered now, the broker could still execute the old bytes, and 1
  // would be in the log twice. So a refusal counts only if the retry left when the old connection was dead long enough.
  if (head === undefined || refusal === null) return null
  if (!doesRefusalCount(head)) {
    askAgainBy(step, head.ghostUntilMs)
    return null
  }
  if (refusal.forgotten || isBehindGap(state, head)) return refusal
  const doubtful = doubtfulBehind(state, head)
  const quarantineEndMs = Math.max(...doubtful.map(({ ghostUntilMs }) => ghostUntilMs))
  if (step.nowMs < quarantineEndMs) {
    askAgainBy(step, quarantineEndMs)
    return null
  }
  const next = doubtful.toReversed().find(batch => !batch.givenUp && batch.sequence < asked)
  if (next === undefined) return refusal
  state.probing = { refusal, route: head.route, at: next.sequence }
  // It is another question, and the broker is well: a rest could cost the first in line its deadline.
  state.retryDelayMs = 0
  return null
}

/** If the one that was asked about was not refused, or lost, the first in line is sent again, and all begins anew. */
function knownRefusal<Batch extends QueuedBatch>(state: QueueState<Batch>, head: Batch | undefined): Refusal | null {
  const { probing } = state
  if (probing === null) return head?.refused ?? null
  const probe = probed(state)
  return probe === undefined || probe.refused === null ? null : probing.refusal
}

/** Those behind the first in line that are in the log only if it is, and may be. */
function doubtfulBehind<Batch extends QueuedBatch>({ batches }: QueueState<Batch>, head: Batch): Batch[] {
  const doubtful: Batch[] = []
  if (!head.everUncertain) return doubtful
  for (const batch of batches.slice(batches.indexOf(head) + 1)) {
    if (batch.sequence < 0 || !batch.everUncertain || !sameIdentity(batch.identity, head.identity)) break
    doubtful.push(batch)
  }
  return doubtful
}

/**
 * What is not in the log if the first in line is refused and nobody is left to ask: all that is in doubt, but for one that was
 * given up and those ahead of it. Nobody asks about that one, and it may be what a broker that restarted remembers.
 */
export function notWrittenEither<Batch extends QueuedBatch>(state: QueueState<Batch>, head: Batch): Batch[] {
  const run = [head, ...doubtfulBehind(state, head)]
  return run.slice(run.findLastIndex(batch => batch.givenUp) + 1)
}

/** The batch that is asked about. */
export function probed<Batch extends QueuedBatch>({ batches, probing }: QueueState<Batch>): Batch | undefined {
  return probing === null ? undefined : batches.find(batch => batch.sequence === probing.at)
}

/** A refusal that says nothing yet is asked for again no later than when it does. */
function askAgainBy<Batch extends QueuedBatch>({ state, nowMs }: Step<Batch>, atMs: number): void {
  state.retryDelayMs = Math.min(state.retryDelayMs, Math.max(0, atMs - nowMs))
}

/** Whether a refusal says that no attempt was written, nor will be: lost ones cannot be executed behind it any more. */
export function doesRefusalCount({ everUncertain, leftMs, ghostUntilMs }: QueuedBatch): boolean {
  return !everUncertain || leftMs >= ghostUntilMs
}
