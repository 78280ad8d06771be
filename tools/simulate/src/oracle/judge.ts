// All that is claimed of every run.
import type { RunRecord } from '../run-record.ts'
import type { Claims } from './claims.ts'
import { judgeOutcomes } from './outcomes.ts'
import { judgeResources } from './resources.ts'
import { judgeSequences } from './sequences.ts'

export function judgeRun(run: RunRecord, claims: Claims): void {
  judgeOutcomes(run, claims)
  judgeSequences(run, claims)
  judgeResources(run, claims)
  for (const damage of run.ledger.damage) claims.check('I9', false, () => damage)
  claims.check('I9', true, () => '')
  for (const thrown of run.thrown) claims.check('I5', false, () => `Something was thrown: ${String(thrown)}`)
  for (const probe of run.probes) {
    claims.check('I5', probe.error === null, () => `A healed partition does not take records: ${probe.error?.message}`)
  }
}
