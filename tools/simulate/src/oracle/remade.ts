// Topics that were deleted and made again while somebody wrote to them by name.
import type { RunRecord } from '../run-record.ts'

const firstVersionByTopicId = 13

/** Who names a topic by its name cannot know that it writes to another one, until metadata says so. */
export function remadeByName(run: RunRecord): ReadonlySet<string> {
  const remade = new Set(run.plan.events.flatMap(event => (event.kind === 'create' ? [event.topic] : [])))
  const byName = run.ledger.attempts.filter(each => each.version < firstVersionByTopicId)
  return new Set(byName.flatMap(each => (remade.has(each.topic) ? [each.topic] : [])))
}
