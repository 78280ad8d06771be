// Compares what callers were told with what is in the logs: I1 to I3, I9.
import type { FinalLog, RunRecord, SentRecord } from '../run-record.ts'
import { nameIn, numberOf, valueOf } from '../wire/naming.ts'
import type { DecodedRecord } from '../wire/record-batch.ts'
import type { Claims } from './claims.ts'
import { placesIn, placeText, recordText, type Places } from './places.ts'
import { remadeByName } from './remade.ts'
import { judgeSettlement } from './settlement.ts'
import { judgeTruth } from './truth.ts'

export function judgeOutcomes(run: RunRecord, claims: Claims): void {
  const places = placesIn(run.logs)
  const remade = remadeByName(run)
  for (const record of run.records) {
    judgeLoss(run, record, places, claims)
    judgeCopies(run, record, { places, isRemade: remade.has(record.topic) }, claims)
  }
  judgeTruth(run, places, claims)
  for (const log of run.logs) {
    // Two logs of one name: what the one refused the other may take out of turn.
    if (!remade.has(log.topic)) judgeOrder(run, log, claims)
    judgeContent(run, log, claims)
  }
  judgeSettlement(run, claims)
}

/** I1: acknowledged by all replicas, so it is there, where the caller was told. */
function judgeLoss(run: RunRecord, record: SentRecord, places: Places, claims: Claims): void {
  if (record.fate !== 'acked' || record.call.acks === 0 || run.losses.records.has(record.number)) return
  const found = places.get(record.number) ?? []
  claims.check('I1', found.length > 0, () => `${recordText(record)} was acknowledged and is not in the log`)
  if (record.offset < 0 || found.length === 0) return
  const isThere = found.some(each => each.offset === record.offset && each.partition === record.partition)
  claims.check(
    'I1',
    isThere,
    () =>
      `${recordText(record)} was acknowledged at ${record.partition}:${record.offset} and is at ${found.map(placeText).join(', ')}`
  )
}

/** I2: at most one copy of what was sent under an identity; where a topic was made anew behind its name, one in each. */
function judgeCopies(
  run: RunRecord,
  record: SentRecord,
  { places, isRemade }: { readonly places: Places; readonly isRemade: boolean },
  claims: Claims
): void {
  if (!record.call.idempotent || run.events.has('producer:fallback')) return
  if (run.losses.undecided.has(record.number)) return
  const all = places.get(record.number) ?? []
  const found = isRemade ? all.filter(each => !each.deleted) : all
  claims.check(
    'I2',
    found.length <= 1,
    () => `${recordText(record)} is in the log ${found.length} times: ${found.map(placeText).join(', ')}`
  )
}

/** I3: in the order of the calls, first copies only, whatever their acks and identities. */
function judgeOrder(run: RunRecord, log: FinalLog, claims: Claims): void {
  const seen = new Set<number>()
  let before = -1
  for (const { number, offset } of recordsOf(log)) {
    if (seen.has(number)) continue
    seen.add(number)
    const record = run.records[number]
    if (record === undefined || mayComeLate(record)) continue
    claims.check(
      'I3',
      number > before,
      () => `${recordText(record)} is at offset ${offset} of ${log.topic}-${log.partition}, behind record ${before}`
    )
    before = Math.max(before, number)
  }
}

/**
 * Story: a plain request is lost in the network, given up, and its record called unknown. The next one is written; then the
 * network finds the first again, and the broker executes it. Nothing on the wire could have forbidden that.
 */
function mayComeLate({ call, fate }: SentRecord): boolean {
  return !call.idempotent && (fate === 'unknown' || call.acks === 0)
}

function* recordsOf(log: FinalLog): Generator<{ readonly number: number; readonly offset: number }, void, undefined> {
  for (const batch of log.batches) {
    for (const record of batch.records)
      yield { number: numberOf(record.value, record.key), offset: batch.baseOffset + record.offsetDelta }
  }
}

/** I9: each record is where it says it belongs, and is what was sent, byte by byte. */
function judgeContent(run: RunRecord, log: FinalLog, claims: Claims): void {
  for (const batch of log.batches) {
    for (const found of batch.records) {
      const name = nameIn(found.value, found.key)
      const fits =
        name !== null && name.topic === log.topic && (name.partition === -1 || name.partition === log.partition)
      claims.check('I9', fits, () => `${found.value?.slice(0, 40)} is in ${log.topic}-${log.partition}`)
      const sent = run.records[name?.number ?? -1]
      if (sent === undefined) continue
      claims.check(
        'I9',
        isSame(sent, found),
        () => `${recordText(sent)} is in the log with other bytes than it was sent`
      )
      const timestamp = batch.appendTimeMs ?? found.timestamp
      judgeTimestamp(run, log, { sent, timestamp, offset: batch.baseOffset + found.offsetDelta }, claims)
    }
  }
}

/** I9: of the time that it was given, or else of a moment of its call; or, where the broker has put its own, of what was told. */
function judgeTimestamp(
  run: RunRecord,
  log: FinalLog,
  { sent, timestamp, offset }: { readonly sent: SentRecord; readonly timestamp: number; readonly offset: number },
  claims: Claims
): void {
  const isTold = sent.fate === 'acked' && sent.offset === offset && sent.partition === log.partition && !log.deleted
  if (isTold)
    claims.check(
      'I9',
      timestamp === sent.toldTimestamp,
      () => `${recordText(sent)} has timestamp ${timestamp}, and ${sent.toldTimestamp} was told`
    )
  if (run.plan.cluster.topics[log.topic]?.timestampType === 'append') return
  const { startedEpochMs, settledEpochMs } = sent.call
  // By a clock that jumps no moment is between two others, and who is blocked may see the time of before.
  const isSteady = !run.plan.events.some(({ kind }) => kind === 'wall-clock' || kind === 'stall')
  const fits =
    sent.timestamp === null
      ? !isSteady || (timestamp >= Math.floor(startedEpochMs) && timestamp <= settledEpochMs)
      : timestamp === sent.timestamp
  claims.check(
    'I9',
    fits,
    () =>
      `${recordText(sent)} has timestamp ${timestamp}, not ${sent.timestamp ?? `${startedEpochMs} to ${settledEpochMs}`}`
  )
}

function isSame(sent: SentRecord, found: DecodedRecord): boolean {
  const named = valueOf({ number: sent.number, topic: sent.topic, partition: sent.wanted }, sent.wantedBytes)
  if (found.headers !== sent.headers) return false
  if (sent.odd === null) return found.value === named && found.key === sent.key
  return found.key === named && found.value === (sent.odd === 'null' ? null : '')
}
