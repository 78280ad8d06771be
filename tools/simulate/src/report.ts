// What is printed: per scenario how often its fault struck, per invariant how often it was judged, and failing stories.
import { invariants, type InvariantId } from './oracle/claims.ts'
import type { RunRecord } from './run-record.ts'
import type { Scenario } from './scenario.ts'
import type { Plan } from './story.ts'
import type { Tally } from './tally.ts'

export function scenarioLine({ id, title }: Scenario, tally: Tally): string {
  const { runs, struck, fired, failed } = tally
  const mark = failed > 0 ? 'FAILED ' : struck === 0 ? 'SILENT ' : '       '
  const verdict = failed > 0 ? `${failed} failed, first seed ${tally.failures[0]!.seed}` : 'ok'
  return `${mark}${id.padEnd(5)} ${String(runs).padStart(6)} runs, struck in ${struck} (${fired} times): ${verdict}  ${title}`
}

export function invariantLines(tallies: readonly Tally[]): string[] {
  const total = new Map<InvariantId, number>()
  for (const { judged } of tallies) {
    for (const id of invariants) total.set(id, (total.get(id) ?? 0) + (judged[id] ?? 0))
  }
  return invariants.map(id => `  ${id.padEnd(9)} judged ${total.get(id)!.toLocaleString('en-US')} times`)
}

/** Invariants that never had anything to judge. */
export function neverJudged(tallies: readonly Tally[]): InvariantId[] {
  return invariants.filter(id => !tallies.some(({ judged }) => (judged[id] ?? 0) > 0))
}

export function storyLines(plan: Plan): string[] {
  const { cluster, producer, shape, healAtMs } = plan
  return [
    `  seed ${plan.seed}, healed at ${healAtMs} ms`,
    `  cluster  ${JSON.stringify(cluster)}`,
    `  producer ${JSON.stringify(producer)}`,
    `  network  ${JSON.stringify(shape ?? {})}`,
    ...plan.events.map(({ atMs, ...event }) => `  ${String(atMs).padStart(7)} ms  ${JSON.stringify(event)}`)
  ]
}

export function wireLines(run: RunRecord): string[] {
  const attempts = run.ledger.attempts.map(attempt => {
    const { atMs, host, connection, log, producerId, epoch, sequence, count, records, fate, errorCode, fateMs } =
      attempt
    const who = `${producerId}/${epoch} ${sequence}+${count}`
    return `  ${String(atMs).padStart(9)} ms  ${host} (${connection})  ${log}  ${who}  records ${records.join(',')}: ${fate} ${errorCode} at ${fateMs} ms`
  })
  const calls = run.calls.map(call => {
    const fates = call.records.map(record => `${record.number}: ${record.fate}`).join(', ')
    return `  call ${call.call} ${call.startedMs} to ${call.settledMs} ms  ${fates}${call.error === null ? '' : `  ${call.error.message}`}`
  })
  return ['  on the wire', ...attempts, '  told', ...calls]
}
