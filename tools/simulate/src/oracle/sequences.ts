// I14: under one identity the sequences in a log follow each other, from 0 on; what a broker forgot may begin anywhere.
import type { FinalLog, RunRecord, StoredBatch } from '../run-record.ts'
import type { Claims } from './claims.ts'
import { remadeByName } from './remade.ts'

const limit = 2 ** 31

export function judgeSequences(run: RunRecord, claims: Claims): void {
  const remade = remadeByName(run)
  for (const log of run.logs) {
    if (remade.has(log.topic)) continue
    const isForgetful = [...run.losses.forgetful].some(
      each => each.startsWith(log.topic) && each.endsWith(`-${log.partition}`)
    )
    if (!isForgetful && log.startOffset === 0) judgeLog(run, log, claims)
  }
}

function judgeLog(run: RunRecord, log: FinalLog, claims: Claims): void {
  const next = new Map<string, number>()
  const latest = new Map<number, number>()
  for (const batch of log.batches) {
    if (batch.producerId < 0) continue
    const who = `${batch.producerId}/${batch.epoch}`
    const expected = next.get(who) ?? firstOf(run, log, batch)
    claims.check(
      'I14',
      batch.sequence === expected,
      () =>
        `${log.topic}-${log.partition}:${batch.baseOffset} of ${who} has sequence ${batch.sequence}, not ${expected}`
    )
    const epoch = latest.get(batch.producerId) ?? -1
    claims.check(
      'I14',
      batch.epoch >= epoch,
      () => `${log.topic}-${log.partition}:${batch.baseOffset} is of epoch ${batch.epoch}, behind ${epoch}`
    )
    latest.set(batch.producerId, batch.epoch)
    next.set(who, (batch.sequence + batch.count) % limit)
  }
}

/**
 * Story: the first batch of an epoch is lost with its connection and given up, and the next one goes out to find out what became
 * of it. A broker that knows nothing of us takes any first sequence, so the log begins with the second. Nothing is lost by that:
 * the first was called unknown. So what was sent ahead of it, and never acknowledged, may be missing. Of a batch that was split
 * only the part that was sent again at its place counts: the other part may be what the log begins with.
 */
function firstOf(run: RunRecord, log: FinalLog, batch: StoredBatch): number {
  const ahead = run.ledger.attempts.filter(
    attempt =>
      attempt.topic === log.topic &&
      attempt.partition === log.partition &&
      attempt.producerId === batch.producerId &&
      attempt.epoch === batch.epoch &&
      attempt.sequence < batch.sequence
  )
  const isGivenUp = ahead.length > 0 && ahead.every(attempt => attempt.fate !== 'acked')
  const latest = new Map(ahead.map(attempt => [attempt.sequence, attempt]))
  const missing = [...latest.values()].flatMap(attempt => attempt.records)
  const areUnknown = missing.every(record => run.records[record]?.fate === 'unknown')
  return isGivenUp && areUnknown ? batch.sequence : (run.plan.firstSequence ?? 0)
}
