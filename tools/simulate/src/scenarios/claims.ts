// What scenarios count and claim again and again.
import type { Claims } from '../oracle/claims.ts'
import { placesIn } from '../oracle/outcomes.ts'
import type { CallRecord, RunRecord } from '../run-record.ts'
import type { StoryEvent } from '../story.ts'

/** How often events of this kind took effect. */
export function effectsOf(run: RunRecord, kind: StoryEvent['kind'], where?: (event: StoryEvent) => boolean): number {
  return run.plan.events.reduce((sum, event, place) => {
    const counts = event.kind === kind && (where === undefined || where(event))
    return counts ? sum + run.effects[place]! : sum
  }, 0)
}

/** Every call, probes included, was acknowledged. */
export function allAcked(run: RunRecord, claims: Claims): void {
  for (const call of run.calls) {
    claims.check(
      'specific',
      call.error === null,
      () => `Call ${call.call} at ${call.startedMs} ms failed: ${reason(call)}`
    )
  }
}

function reason({ error }: CallRecord): string {
  return `${error?.code} ${error?.message}`
}

/** Copies in the logs beyond the first of each record. */
export function extraCopies(run: RunRecord): number {
  let extra = 0
  for (const found of placesIn(run.logs).values()) extra += found.length - 1
  return extra
}

/** Attempts of a batch after its first. */
export function retries(run: RunRecord): number {
  const { attempts } = run.ledger
  const records = new Set(attempts.map(attempt => `${attempt.log} ${attempt.records[0]}`))
  return attempts.length - records.size
}
