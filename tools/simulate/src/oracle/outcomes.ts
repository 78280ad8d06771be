// Compares what callers were told with what is in the logs: I1 to I5, I7, I9, I14.
import type { CallRecord, FinalLog, RunRecord, SentRecord } from '../run-record.ts'
import { nameIn, numberOf } from '../wire/naming.ts'
import type { Claims } from './claims.ts'

interface Found {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly deleted: boolean
}

/** Every place where each record is, in the order of offsets. */
export type Places = ReadonlyMap<number, readonly Found[]>

const epsilonMs = 1_000

export function placesIn(logs: readonly FinalLog[]): Places {
  const places = new Map<number, Found[]>()
  for (const { topic, partition, deleted, startOffset, batches } of logs) {
    for (const batch of batches) {
      for (const record of batch.records) {
        const offset = batch.baseOffset + record.offsetDelta
        if (offset < startOffset) continue
        const number = numberOf(record.value, record.key)
        const found = { topic, partition, offset, deleted }
        const known = places.get(number)
        if (known === undefined) places.set(number, [found])
        else known.push(found)
      }
    }
  }
  return places
}

export function judgeOutcomes(run: RunRecord, claims: Claims): void {
  const places = placesIn(run.logs)
  for (const record of run.records) {
    judgeLoss(run, record, places, claims)
    judgeCopies(run, record, places, claims)
    judgeTruth(run, record, places, claims)
  }
  for (const log of run.logs) {
    judgeOrder(run, log, claims)
    judgeDestination(log, claims)
  }
  judgeSettlement(run, claims)
  judgeTime(run, claims)
}

/** I1: acknowledged by all replicas, so it is there, where the caller was told. */
function judgeLoss(run: RunRecord, record: SentRecord, places: Places, claims: Claims): void {
  if (record.fate !== 'acked' || record.call.acks === 0 || run.losses.records.has(record.number)) return
  const found = places.get(record.number) ?? []
  claims.check('I1', found.length > 0, () => `${tell(record)} was acknowledged and is not in the log`)
  if (record.offset < 0 || found.length === 0) return
  const isThere = found.some(each => each.offset === record.offset && each.partition === record.partition)
  claims.check(
    'I1',
    isThere,
    () =>
      `${tell(record)} was acknowledged at ${record.partition}:${record.offset} and is at ${found.map(place).join(', ')}`
  )
}

/** I2: at most one copy of what was sent under an identity. */
function judgeCopies(run: RunRecord, record: SentRecord, places: Places, claims: Claims): void {
  if (!record.call.idempotent || run.events.has('producer:fallback')) return
  if (run.losses.undecided.has(record.number)) return
  const found = places.get(record.number) ?? []
  claims.check(
    'I2',
    found.length <= 1,
    () => `${tell(record)} is in the log ${found.length} times: ${found.map(place).join(', ')}`
  )
}

/** I4: `not-persisted` is not there, `unknown` was at least handed over. */
function judgeTruth(run: RunRecord, record: SentRecord, places: Places, claims: Claims): void {
  const found = places.get(record.number) ?? []
  if (record.fate === 'not-persisted') {
    claims.check(
      'I4',
      found.length === 0,
      () => `${tell(record)} was said not to be persisted and is at ${found.map(place).join(', ')}`
    )
  }
  if (record.fate === 'unknown') {
    const might = run.ledger.handedOver.has(record.number) || record.call.aborted
    claims.check('I4', might, () => `${tell(record)} was said to be unknown and never left the client`)
  }
}

/** I3: in the order of the calls, first copies only. */
function judgeOrder(run: RunRecord, log: FinalLog, claims: Claims): void {
  const seen = new Set<number>()
  let last = -1
  for (const { number, offset } of recordsOf(log)) {
    if (seen.has(number)) continue
    seen.add(number)
    const record = run.records[number]
    if (record === undefined || record.call.acks === 0) continue
    claims.check(
      'I3',
      number > last,
      () => `${tell(record)} is at offset ${offset} of ${log.topic}-${log.partition}, behind record ${last}`
    )
    last = Math.max(last, number)
  }
}

function* recordsOf(log: FinalLog): Generator<{ readonly number: number; readonly offset: number }, void, undefined> {
  for (const batch of log.batches) {
    for (const record of batch.records)
      yield { number: numberOf(record.value, record.key), offset: batch.baseOffset + record.offsetDelta }
  }
}

/** I9: each record says itself where it belongs. */
function judgeDestination(log: FinalLog, claims: Claims): void {
  for (const batch of log.batches) {
    for (const record of batch.records) {
      const name = nameIn(record.value, record.key)
      const fits =
        name !== null && name.topic === log.topic && (name.partition === -1 || name.partition === log.partition)
      claims.check('I9', fits, () => `${record.value?.slice(0, 40)} is in ${log.topic}-${log.partition}`)
    }
  }
}

/** I5: each call settles once, none before it returned, those of one partition in order. */
function judgeSettlement(run: RunRecord, claims: Claims): void {
  for (const call of run.calls) {
    claims.check('I5', call.settlements === 1, () => `Call ${call.call} was settled ${call.settlements} times`)
    claims.check('I5', !call.early, () => `Call ${call.call} was settled before it returned`)
    if (call.settlements === 0) continue
    for (const record of call.records)
      claims.check('I5', record.fate !== null, () => `${tell(record)} has no outcome though its call settled`)
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
}

function judgeSettleOrder(run: RunRecord, claims: Claims): void {
  const last = new Map<string, CallRecord>()
  const acked = run.calls.filter(call => call.error === null && call.settleOrder >= 0 && call.acks !== 0)
  for (const call of acked) {
    const partitions = new Set(call.records.map(record => `${record.topic}-${record.partition}`))
    const [only] = partitions
    if (only === undefined || partitions.size > 1) continue
    const before = last.get(only)
    if (before !== undefined)
      claims.check(
        'I5',
        before.settleOrder < call.settleOrder,
        () => `Call ${call.call} to ${only} was settled before call ${before.call}`
      )
    last.set(only, call)
  }
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

function place(found: Found): string {
  return `${found.topic}-${found.partition}:${found.offset}`
}

function tell(record: SentRecord): string {
  return `Record ${record.number} of call ${record.call.call} for ${record.topic}-${record.wanted}`
}
