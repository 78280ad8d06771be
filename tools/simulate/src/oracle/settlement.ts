// When callers were told: once, in order (I5), and in time (I7).
import type { CallRecord, RunRecord, SentRecord } from '../run-record.ts'
import type { Claims } from './claims.ts'
import { recordText } from './places.ts'

const epsilonMs = 1_000

/** I5: each call settles once, none before it returned, those of one partition in order. */
export function judgeSettlement(run: RunRecord, claims: Claims): void {
  for (const call of run.calls) {
    claims.check('I5', call.settlements === 1, () => `Call ${call.call} was settled ${call.settlements} times`)
    claims.check('I5', !call.early, () => `Call ${call.call} was settled before it returned`)
    if (call.settlements === 0) continue
    for (const record of call.records)
      claims.check('I5', record.fate !== null, () => `${recordText(record)} has no outcome though its call settled`)
  }
  for (const other of run.others) {
    claims.check('I5', other.settledMs >= 0, () => `${other.kind} at ${other.startedMs} ms never settled`)
    if (other.kind === 'flush' || other.kind === 'close')
      claims.check(
        'I5',
        other.left === 0,
        () => `${other.kind} at ${other.startedMs} ms was over while ${other.left} calls before it were not`
      )
  }
  judgeSettleOrder(run, claims)
  judgeTime(run, claims)
}

/**
 * A call to one partition that a broker answered settles before every later call that has an acknowledgement for that
 * partition. What expires or is aborted may be told sooner, and so may a refusal.
 *
 * Story: batch 1 is sent again and again to a leader that moves; batch 2 behind it is refused, for a record in it is invalid.
 * It has no offset that could come before another, and whatever becomes of 1, 2 is not in the log and never will be. To keep that
 * back for as long as 1 takes would tell nobody more. So only acknowledgements wait for what is ahead of them.
 */
function judgeSettleOrder(run: RunRecord, claims: Claims): void {
  const last = new Map<string, CallRecord>()
  for (const call of run.calls) {
    if (call.settleOrder < 0 || call.acks === 0 || !call.records.every(isAnswered)) continue
    const partitions = new Set(call.records.map(placeOf))
    const acked = new Set(call.records.filter(record => record.fate === 'acked').map(placeOf))
    for (const partition of acked) {
      const before = last.get(partition)
      if (before === undefined || before.acks !== call.acks || before.idempotent !== call.idempotent) continue
      claims.check(
        'I5',
        before.settleOrder < call.settleOrder,
        () => `Call ${call.call} with records for ${partition} was settled before call ${before.call}`
      )
    }
    const [only] = partitions
    if (only !== undefined && partitions.size === 1) last.set(only, call)
  }
}

function placeOf(record: SentRecord): string {
  return `${record.topic}-${record.wanted >= 0 ? record.wanted : record.partition}`
}

/** Its end was told by a broker, for this very record. */
function isAnswered({ fate, error, wanted }: SentRecord): boolean {
  return fate === 'acked' || (fate === 'not-persisted' && error?.code === 'KAFKA_BROKER' && wanted >= 0)
}

/** I7: within its time, but for what the event loop was blocked. */
function judgeTime(run: RunRecord, claims: Claims): void {
  for (const call of run.calls) {
    if (call.settlements === 0) continue
    const took = call.settledMs - call.startedMs - call.blockedMs
    claims.check(
      'I7',
      took <= call.deliveryTimeoutMs + epsilonMs,
      () => `Call ${call.call} took ${took} ms of ${call.deliveryTimeoutMs}`
    )
  }
  for (const other of run.others) {
    if (other.settledMs < 0) continue
    const took = other.settledMs - other.startedMs - other.blockedMs
    claims.check('I7', took <= other.limitMs + epsilonMs, () => `${other.kind} took ${took} ms of ${other.limitMs}`)
  }
}
