// Behind a batch that is certainly not written there is a gap in the sequences: who is behind it moves down, once it may.
import { bump, renew, unsequence } from './queue-epoch.ts'
import type { Step } from './queue-events.ts'
import { expiry } from './queue-giving-up.ts'
import { doesRefusalCount } from './queue-probing.ts'
import { forgetGap, isBehindGap, type QueuedBatch, type QueueState } from './queue-state.ts'

/**
 * Batches behind one that is certainly not written take over its sequences, once none of them can be in the log. If one of
 * them ends before that is known, there is nothing to wait for any more: the rest begins a new epoch.
 */
export function closeGap<Batch extends QueuedBatch>(step: Step<Batch>): void {
  const { state } = step
  if (state.gapAt < 0) return
  const behind = state.batches.filter(batch => isBehindGap(state, batch))
  const doubtful = doubtfulBehindGap(behind)
  const last = doubtful.at(-1)
  const expired = behind.findLast(batch => batch.givenUp)
  // Nobody asks about one that was given up, and it may be what the broker remembers: those in doubt ahead of it stay so.
  if (expired !== undefined && (last === undefined || expired.sequence > last.sequence)) {
    bump(step, expired.lastError ?? expiry(expired))
    return
  }
  if (last !== undefined) {
    if (last.refused?.forgotten === true) renew(step, last.refused.cause)
    else if (isAnyoneAheadOfGap(state)) state.gapUntilMs = 0
    // Sent again, the first would only be refused.
    else if (!behind[0]!.everUncertain || behind[0]!.refused !== null || state.gapUntilMs > 0)
      state.gapUntilMs = Math.max(...doubtful.map(batch => batch.ghostUntilMs))
    return
  }
  for (const batch of behind) unsequence(batch)
  state.nextSequence = state.gapAt
  forgetGap(state)
}

/** Who goes first, and waits for nothing that is behind the gap. */
function isAnyoneAheadOfGap<Batch extends QueuedBatch>({ batches, gapAt }: QueueState<Batch>): boolean {
  return batches.some(batch => !batch.givenUp && batch.sequence >= 0 && batch.sequence < gapAt)
}

/**
 * Story: 1, 2 and 3 are in flight; 1 is rejected, and the connection is cut before 2 and 3 are answered. The broker waits for
 * 1's sequence, so it should have written neither; but one that was started again refuses all but the last that it wrote. So,
 * the last first: each is sent again as it was, alone, and is not in the log if it is refused after it left when no lost
 * attempt of it could be executed any more.
 */
function doubtfulBehindGap<Batch extends QueuedBatch>(behind: readonly Batch[]): Batch[] {
  const doubtful = behind.filter(batch => batch.everUncertain && !batch.givenUp)
  for (let last = doubtful.at(-1); last !== undefined; last = doubtful.at(-1)) {
    if (last.refused?.forgotten !== false || !doesRefusalCount(last)) break
    last.everUncertain = false
    doubtful.pop()
  }
  return doubtful
}

/** The first sequence behind the last acknowledged one that no batch has any more; -1 for none. */
export function nextGap<Batch extends QueuedBatch>({ batches, ackedEnd, nextSequence }: QueueState<Batch>): number {
  let next = ackedEnd
  for (const { sequence, recordCount } of batches) if (sequence === next) next += recordCount
  return next < nextSequence ? next : -1
}
