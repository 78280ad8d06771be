// What scenarios count and claim again and again.
import type { Claims } from '../oracle/claims.ts'
import { placesIn } from '../oracle/places.ts'
import type { CallRecord, ConnectionEnd, RecordFate, RunRecord, SentRecord } from '../run-record.ts'
import type { StoryEvent } from '../story.ts'
import type { Attempt } from '../wire/attempt.ts'
import type { RequestNote } from '../wire/ledger.ts'

/** INVALID_RECORD: for good. */
export const invalidRecord = 87
const invalidTimestamp = 32

/** How often events of this kind took effect. */
export function effectsOf(run: RunRecord, kind: StoryEvent['kind'], where?: (event: StoryEvent) => boolean): number {
  return run.plan.events.reduce((sum, event, place) => {
    const counts = event.kind === kind && (where === undefined || where(event))
    return counts ? sum + run.effects[place]! : sum
  }, 0)
}

/** Every call, probes included, was acknowledged. */
export function allAcked({ calls }: Pick<RunRecord, 'calls'>, claims: Claims): void {
  for (const call of calls) {
    claims.check(
      'specific',
      call.error === null,
      () => `Call ${call.call} at ${call.startedMs} ms failed: ${reason(call)}`
    )
  }
}

/** Every call from this number on was acknowledged, whatever became of those before. */
export function ackedFrom(run: RunRecord, claims: Claims, firstCall: number): void {
  allAcked({ calls: run.calls.filter(({ call }) => call >= firstCall) }, claims)
}

/** What the caller was told of the record. */
export function fateIs(claims: Claims, record: SentRecord, expected: RecordFate): void {
  const { number, call, fate, error } = record
  claims.check(
    'specific',
    fate === expected,
    () => `Record ${number} of call ${call.call} is called ${fate}, not ${expected}: ${error?.message}`
  )
}

function reason({ error }: CallRecord): string {
  return `${error?.code} ${error?.message}`
}

/**
 * Calls without a deadline of their own are acknowledged. Only who was in doubt when the one ahead turned out not to be written
 * cannot go on under another identity, and stays unknown.
 */
export function patientAckedUnlessInDoubt(run: RunRecord, claims: Claims): void {
  const uncertain = run.ledger.attempts.filter(each => each.fate === 'uncertain')
  const doubtful = new Set(uncertain.flatMap(each => each.records))
  for (const record of run.records) {
    if (record.call.deliveryTimeoutMs !== run.plan.producer.deliveryTimeout || record.fate === 'acked') continue
    claims.check(
      'specific',
      record.fate === 'unknown' && doubtful.has(record.number),
      () => `Record ${record.number} is called ${record.fate}: ${record.error?.message}`
    )
  }
}

/** As above; and who was refused for good as invalid is not persisted. */
export function patientAckedUnlessRefusedOrInDoubt(run: RunRecord, claims: Claims): void {
  const { attempts } = run.ledger
  const isForGood = ({ errorCode }: Attempt): boolean => errorCode === invalidRecord || errorCode === invalidTimestamp
  const refused = new Set(attempts.filter(isForGood).flatMap(each => each.records))
  const doubtful = new Set(attempts.filter(each => each.fate === 'uncertain').flatMap(each => each.records))
  for (const { number, call, fate, error } of run.records) {
    if (call.deliveryTimeoutMs !== run.plan.producer.deliveryTimeout || fate === 'acked') continue
    const isTrue = fate === 'unknown' ? doubtful.has(number) : refused.has(number)
    claims.check('specific', isTrue, () => `Record ${number} of call ${call.call} is called ${fate}: ${error?.message}`)
  }
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

/** How many attempts came to this end. */
export function attemptsWith(run: RunRecord, fate: Attempt['fate']): number {
  return run.ledger.attempts.filter(attempt => attempt.fate === fate).length
}

/** Records of which the caller was told this. */
export function recordsWith(run: RunRecord, fate: RecordFate): SentRecord[] {
  return run.records.filter(record => record.fate === fate)
}

/** Every call was over so soon. */
export function settledWithin(run: RunRecord, claims: Claims, limitMs: number): void {
  for (const call of run.calls) {
    const tookMs = call.settledMs - call.startedMs - call.blockedMs
    claims.check(
      'specific',
      tookMs <= limitMs,
      () => `Call ${call.call} at ${call.startedMs} ms took ${tookMs} ms of ${limitMs}`
    )
  }
}

/** Requests of one API, by its key. */
export function requestsOf(run: RunRecord, api: number): RequestNote[] {
  return run.ledger.requests.filter(request => request.api === api)
}

/** I15: calls that a fault does not concern are acknowledged, and soon. */
export function isolated(run: RunRecord, claims: Claims, isUnrelated: (record: SentRecord) => boolean): void {
  for (const call of run.calls) {
    if (call.call < 0 || call.records.length === 0 || !call.records.every(isUnrelated)) continue
    const tookMs = call.settledMs - call.startedMs - call.blockedMs
    const limitMs = undisturbedMs(run, call)
    claims.check(
      'I15',
      call.error === null,
      () => `Call ${call.call} failed though the fault does not concern it: ${reason(call)}`
    )
    claims.check(
      'I15',
      tookMs <= limitMs,
      () => `Call ${call.call} took ${tookMs} ms, of ${limitMs}, though the fault does not concern it`
    )
  }
}

const turnsMs = 20

/**
 * How long a call takes at most where nothing goes wrong: it lingers, waits for each batch ahead of it in its partition, for a place
 * in the window of its connection, and for its own answer. Each of these is a round trip.
 */
function undisturbedMs({ plan, ledger }: RunRecord, call: CallRecord): number {
  const { latencyMs = 0, coalesceMs = 0 } = plan.shape ?? {}
  const roundTripMs = 2 * ((typeof latencyMs === 'number' ? latencyMs : latencyMs[1]) + coalesceMs)
  const places = new Set(call.records.map(record => `${record.topic}-${record.partition}`))
  const meanwhile = ledger.attempts.filter(
    each => places.has(each.log) && each.fateMs >= call.startedMs && each.atMs <= call.settledMs
  )
  return (plan.producer.linger ?? 5) + (meanwhile.length + 1) * roundTripMs + turnsMs
}

/** Connections that were lost or could not be made; those that the producer closed itself are not counted. */
export function lostConnections(run: RunRecord): ConnectionEnd[] {
  return run.connectionErrors.filter(each => each.error !== null)
}
