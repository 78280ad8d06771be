// Looks at each batch that leaves, and at the queue between events: rules that must hold at every moment.
import type { QueueState } from '../../src/queue-state.ts'
import type { Entry } from './replica.ts'
import type { Request, WorldBatch } from './requests.ts'

/** What a broker remembers of a producer. */
const mostUnanswered = 5

export class Audit {
  readonly #broken: string[]
  /** By record, under which number an attempt of it may have been written. */
  readonly #uncertainUnder = new Map<number, string>()
  readonly #epochs = new Map<bigint, number>()

  constructor(broken: string[]) {
    this.#broken = broken
  }

  /** @param logs the leader's, and those of topics that are deleted */
  leaves(request: Request, { batches }: QueueState<WorldBatch>, logs: readonly (readonly Entry[])[]): void {
    const { batch, producerId, epoch, records } = request
    if (producerId < 0n) {
      if (batch.profile.idempotent) this.#broken.push(`${records[0]} left without a sequence`)
      return
    }
    const number = numberOf(request)
    const uncertain = this.#uncertainUnder.get(records[0]!)
    if (batch.everUncertain && uncertain !== undefined && uncertain !== number)
      this.#broken.push(`${records[0]} left under ${number}, and may be in the log under ${uncertain}`)
    const before = this.#epochs.get(producerId) ?? -1
    if (epoch < before) this.#broken.push(`${records[0]} left under epoch ${epoch} of ${producerId}, behind ${before}`)
    this.#epochs.set(producerId, epoch)
    for (const log of logs) for (const entry of log) this.#compare(request, entry)
    // Those behind it do not count: whoever leaves ahead of them was refused, and may be two now.
    const unanswered = batches.filter(
      each => each.sequence >= 0 && each.sequence <= batch.sequence && (each.inFlight || each.everUncertain)
    )
    if (unanswered.length > mostUnanswered) this.#broken.push(`${unanswered.length} batches are without an answer`)
  }

  mayBeWritten(request: Request): void {
    for (const record of request.records) this.#uncertainUnder.set(record, numberOf(request))
  }

  counts({ batches, inFlight, staged }: QueueState<WorldBatch>): void {
    // Those that have left the queue in flight count until they are answered.
    const flying = batches.filter(batch => batch.inFlight).length
    if (flying > inFlight) this.#broken.push(`${flying} batches are in flight, and ${inFlight} are counted`)
    if (staged < 0 || staged > batches.length) this.#broken.push(`${staged} of ${batches.length} batches are staged`)
  }

  /** What is in the log is under its number for good: not under another one, and nothing else under that. */
  #compare(request: Request, entry: Entry): void {
    if (entry.producerId < 0n) return
    const isSame = entry.records[0] === request.records[0]
    if (isSame && !hasNumberOf(entry, request))
      this.#broken.push(
        `${entry.records[0]} left under ${numberOf(request)}, and is in the log under ${numberOf(entry)}`
      )
    if (!isSame && overlap(entry, request))
      this.#broken.push(
        `${request.records[0]} left under ${numberOf(request)}, where ${entry.records[0]} is in the log`
      )
  }
}

type Numbered = Omit<Entry, 'offset'>

function numberOf({ producerId, epoch, sequence, records }: Numbered): string {
  return `${producerId}/${epoch}/${sequence}+${records.length}`
}

function hasNumberOf(one: Numbered, other: Numbered): boolean {
  return one.producerId === other.producerId && one.epoch === other.epoch && one.sequence === other.sequence
}

function overlap(one: Numbered, other: Numbered): boolean {
  if (one.producerId !== other.producerId || one.epoch !== other.epoch) return false
  return one.sequence < other.sequence + other.records.length && other.sequence < one.sequence + one.records.length
}
