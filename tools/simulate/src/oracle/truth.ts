// I4: what callers were told, held against the logs and against the evidence that the client had when it told them.
import type { RunRecord, SentRecord } from '../run-record.ts'
import type { Attempt } from '../wire/attempt.ts'
import type { Claims } from './claims.ts'
import { Denials } from './denial.ts'
import { placeText, recordText, type Places } from './places.ts'
import { remadeByName } from './remade.ts'

export function judgeTruth(run: RunRecord, places: Places, claims: Claims): void {
  const { attempts } = run.ledger
  const denials = new Denials(run.plan.producer.requestTimeout ?? 30_000, attempts)
  const remade = remadeByName(run)
  const contradicts = ({ log, topic }: Attempt): boolean => run.losses.forgetful.has(log) || remade.has(topic)
  const byRecord = new Map<number, Attempt[]>()
  for (const attempt of attempts) {
    for (const record of attempt.records) byRecord.set(record, [...(byRecord.get(record) ?? []), attempt])
  }
  for (const record of run.records) {
    const tries = byRecord.get(record.number) ?? []
    if (record.fate === 'not-persisted') judgeDenied(record, tries, { denials, places, claims })
    if (record.fate === 'unknown')
      claims.check(
        'I4',
        tries.length > 0 || record.call.aborted || mayHaveWaited(record, attempts),
        () => `${recordText(record)} was said to be unknown and never left the client`
      )
    // Who contradicts its own acknowledgement is no witness that an attempt was not written.
    const isWitnessed = !tries.some(attempt => contradicts(attempt) && attempt.fate === 'uncertain')
    if (record.fate === 'unknown') judgeUnknown(record, isWitnessed ? tries : [], denials, claims)
  }
}

/**
 * Story: a batch waits in a connection whose socket is full, and expires. It cannot be taken back and may leave any moment, so it is
 * called unknown; then the connection ends with what was ahead of it.
 */
function mayHaveWaited({ call }: SentRecord, attempts: readonly Attempt[]): boolean {
  return attempts.some(
    each =>
      Number.isNaN(each.errorCode) &&
      each.atMs <= call.settledMs &&
      each.fateMs > call.startedMs + call.deliveryTimeoutMs
  )
}

/** It is not there, and that was no lucky guess: every attempt was known to have failed. */
function judgeDenied(
  record: SentRecord,
  tries: readonly Attempt[],
  { denials, places, claims }: { readonly denials: Denials; readonly places: Places; readonly claims: Claims }
): void {
  const found = places.get(record.number) ?? []
  claims.check(
    'I4',
    found.length === 0,
    () => `${recordText(record)} was said not to be persisted and is at ${found.map(placeText).join(', ')}`
  )
  const open = tries.find(attempt => !denials.isDenied(attempt, record.call.settledMs))
  claims.check(
    'I4',
    open === undefined,
    () =>
      `${recordText(record)} was said not to be persisted at ${record.call.settledMs} ms, and its attempt at ${open!.atMs} ms was ${open!.fate}`
  )
}

/** It left the client, and whether it is there could not be known; or the call was aborted. */
function judgeUnknown(record: SentRecord, tries: readonly Attempt[], denials: Denials, claims: Claims): void {
  const { settledMs, aborted } = record.call
  // A record among others was decided on at a moment that nobody saw: the call settles with its last one.
  if (tries.length === 0 || aborted || record.call.records.length > 1) return
  // Of two things that happen at one moment either may come first.
  const isOpen = tries.some(attempt => attempt.fateMs >= settledMs || !denials.isDenied(attempt, settledMs))
  claims.check(
    'I4',
    isOpen,
    () => `${recordText(record)} was said to be unknown at ${settledMs} ms, and every attempt was known to have failed`
  )
  const acked = tries.find(attempt => attempt.fate === 'acked' && attempt.fateMs < settledMs)
  claims.check(
    'I4',
    acked === undefined,
    () => `${recordText(record)} was said to be unknown and was acknowledged at ${acked!.fateMs} ms`
  )
}
