// Watches each batch as it is handed over: identities (I8), window (I10), integrity of the bytes (I9).
import { identityOf, isBehind, lineOf, sequences, type Attempt } from '../wire/attempt.ts'
import type { LedgerWatcher } from '../wire/ledger.ts'
import type { ProducedPart } from '../wire/messages.ts'
import { nameIn } from '../wire/naming.ts'
import type { Claims } from './claims.ts'
import { Denials } from './denial.ts'

/** A producer that has no identity writes -1. */
const none = -1
const window = 5
const proofLastsMs = 300_000

interface Line {
  /** Every attempt of this partition under one producer id and epoch, oldest first. */
  readonly attempts: Attempt[]
  /** The connection on which an answer proved that the broker knows our sequences; 0: none. */
  proven: number
  provenMs: number
  /** The last proof that was withdrawn, and when. */
  lost: { readonly connection: number; readonly atMs: number }
  /** The sequence behind the last one that was acknowledged; -1: none was. */
  ackedEnd: number
}

export class WireAudit implements LedgerWatcher {
  readonly #claims: Claims
  readonly #firstSequence: number
  readonly #lines = new Map<string, Line>()
  readonly #denials: Denials
  readonly #byStart = new Map<string, Attempt[]>()
  readonly #byRecord = new Map<number, Attempt[]>()

  constructor(claims: Claims, requestTimeoutMs: number, firstSequence: number = 0) {
    this.#claims = claims
    this.#firstSequence = firstSequence
    this.#denials = new Denials(requestTimeoutMs)
  }

  onAttempt(attempt: Attempt, part: ProducedPart, together: readonly ProducedPart[]): void {
    this.#audit(attempt, part, together)
    this.#note(attempt)
  }

  onFate(attempt: Attempt): void {
    const line = this.#lineOf(attempt)
    if (attempt.fate === 'acked') {
      line.proven = attempt.connection
      line.provenMs = attempt.fateMs
      const end = (attempt.sequence + attempt.count) % sequences
      if (isContradicted(line, attempt)) return
      if (line.ackedEnd < 0 || isBehind(line.ackedEnd, end)) line.ackedEnd = end
    } else {
      if (line.proven !== 0) line.lost = { connection: line.proven, atMs: attempt.fateMs }
      line.proven = 0
    }
  }

  #audit(attempt: Attempt, part: ProducedPart, together: readonly ProducedPart[]): void {
    const claims = this.#claims
    claims.check('I9', part.batch.intact, () => `The checksum of ${tell(attempt)} does not match its bytes`)
    for (const record of part.batch.records) {
      const name = nameIn(record.value, record.key)
      const fits = name !== null && name.topic === attempt.topic && [-1, attempt.partition].includes(name.partition)
      claims.check('I9', fits, () => `${record.value?.slice(0, 40)} was sent to ${attempt.topic}-${attempt.partition}`)
    }
    const twins = together.filter(each => each.topic === part.topic && each.partition === part.partition)
    claims.check('I10', twins.length === 1, () => `${twins.length} batches of ${attempt.log} in one request`)
    if (attempt.acks === 0) return
    this.#auditWindow(attempt)
    if (attempt.producerId === none) return
    this.#auditGap(attempt)
    this.#auditBytes(attempt)
    this.#auditRecords(attempt)
  }

  #auditWindow(attempt: Attempt): void {
    const line = this.#lineOf(attempt)
    const flying = line.attempts.filter(each => each.fate === 'flying')
    const open = attempt.producerId !== none && isProven(line, attempt)
    const fresh = attempt.atMs - line.provenMs < proofLastsMs
    const most = open && fresh ? window : 1
    this.#claims.check(
      'I10',
      flying.length < most,
      () =>
        `${tell(attempt)} was sent while ${flying.length} batches were in flight, of ${most} allowed: ${flying.map(tell).join('; ')}`
    )
    if (attempt.producerId === none) return
    const unresolved = this.#unresolved(line, attempt)
    this.#claims.check(
      'I10',
      unresolved.size <= window,
      () =>
        `${unresolved.size} batches of ${attempt.log} are sent and without a known fate: ${[...unresolved].join(', ')}`
    )
  }

  /** I14: nothing ahead of it is missing. Each sequence before it is acknowledged, unless it or one before it may still be. */
  #auditGap(attempt: Attempt): void {
    const line = this.#lineOf(attempt)
    for (const each of line.attempts) {
      // What an acknowledgement behind it has decided is not open any more.
      if (each.fate === 'acked' || isBehind(attempt.sequence, each.sequence)) continue
      if (line.ackedEnd >= 0 && isBehind(each.sequence, line.ackedEnd)) continue
      // What was decided before the answer of this very moment may still leave with it.
      if (each.fateMs === attempt.atMs || !this.#denials.isDenied(each, attempt.atMs)) return
    }
    const expected = line.ackedEnd < 0 ? this.#firstSequence : line.ackedEnd
    this.#claims.check(
      'I14',
      attempt.sequence === expected,
      () => `${tell(attempt)} was sent where sequence ${expected} was due and nothing ahead of it was open`
    )
  }

  /** Sequences that may be in the log or not, this one included. */
  #unresolved(line: Line, attempt: Attempt): Set<number> {
    const latest = new Map<number, Attempt>()
    let ackedEnd = -1
    for (const each of line.attempts) {
      latest.set(each.sequence, each)
      // What a later success proves needs no place.
      if (each.fate === 'acked') ackedEnd = Math.max(ackedEnd, each.order)
    }
    const open = new Set<number>([attempt.sequence])
    for (const [sequence, each] of latest) {
      const isOpen = each.fate === 'flying' || each.fate === 'uncertain'
      if (isOpen && each.order > ackedEnd) open.add(sequence)
    }
    return open
  }

  /** Other bytes under the same name: only when every attempt of the earlier ones is known to have failed. */
  #auditBytes(attempt: Attempt): void {
    const earlier = this.#byStart.get(startOf(attempt)) ?? []
    for (const each of earlier) {
      if (each.crc === attempt.crc && each.count === attempt.count) continue
      this.#claims.check(
        'I8',
        this.#denials.isDenied(each, attempt.atMs),
        () => `${tell(attempt)} has other bytes than ${tell(each)} had under the same sequence`
      )
    }
  }

  /** A record that may have been written under one identity never appears under another. */
  #auditRecords(attempt: Attempt): void {
    for (const record of attempt.records) {
      const earlier = this.#byRecord.get(record) ?? []
      if (earlier.length === 0) continue
      const others = earlier.filter(each => identityOf(each) !== identityOf(attempt))
      const bad = others.find(each => !this.#denials.isDenied(each, attempt.atMs))
      this.#claims.check(
        'I8',
        bad === undefined,
        () => `Record ${record} is sent in ${tell(attempt)} though ${tell(bad!)} may have written it`
      )
    }
  }

  #note(attempt: Attempt): void {
    this.#lineOf(attempt).attempts.push(attempt)
    add(this.#byStart, startOf(attempt), attempt)
    this.#denials.add(attempt)
    for (const record of attempt.records) add(this.#byRecord, record, attempt)
  }

  #lineOf(attempt: Attempt): Line {
    const key = lineOf(attempt)
    let line = this.#lines.get(key)
    if (line === undefined)
      this.#lines.set(
        key,
        (line = { attempts: [], proven: 0, provenMs: 0, lost: { connection: 0, atMs: 0 }, ackedEnd: -1 })
      )
    return line
  }
}

/** What was decided before the answer of this very moment came may still leave with it. */
function isProven({ proven, lost }: Line, { connection, atMs }: Attempt): boolean {
  return proven === connection || (lost.connection === connection && lost.atMs === atMs)
}

/**
 * Story: two batches are sent again after a loss. The first is refused, the second acknowledged: a broker that did not know us
 * may have taken it from there on. Nothing is settled by that, and both are sent once more.
 */
function isContradicted({ attempts, ackedEnd }: Line, acked: Attempt): boolean {
  const flewAlong = attempts.filter(each => each.connection === acked.connection && each.fateMs >= acked.atMs)
  return flewAlong.some(
    each =>
      (each.fate === 'out-of-order' || each.fate === 'refused') &&
      isBehind(each.sequence, acked.sequence) &&
      (ackedEnd < 0 || !isBehind(each.sequence, ackedEnd))
  )
}

function startOf(attempt: Attempt): string {
  return `${lineOf(attempt)} ${attempt.sequence}`
}

function add<Key>(map: Map<Key, Attempt[]>, key: Key, attempt: Attempt): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [attempt])
  else known.push(attempt)
}

function tell(attempt: Attempt): string {
  const { producerId, epoch, sequence, count, log, connection, atMs, fate, errorCode, records } = attempt
  const code = errorCode === 0 ? '' : ` ${errorCode}`
  return `[${log} ${producerId}/${epoch} ${sequence}+${count} (${records[0]}…) on connection ${connection} at ${atMs} ms: ${fate}${code}]`
}
