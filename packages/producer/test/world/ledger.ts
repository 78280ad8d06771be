// What was accepted, and what its senders were told of it: of each record, by number, in the order of the calls.
import type { RecordOutcome } from '@sluice/core'

export interface Accepted {
  readonly isPlain: boolean
  /** The broker refuses it for good: it may fail at any time. */
  readonly isInvalid: boolean
  readonly deadlineMs: number
}

export interface Told {
  readonly what: 'acked' | RecordOutcome
  /** -1 if it is not acknowledged, or the broker does not say where. */
  readonly offset: number
  readonly why: string
  readonly atMs: number
  /** An attempt of it was lost: it may have been written before others were thrown away. */
  readonly wasInDoubt: boolean
}

export class Ledger {
  readonly accepted: Accepted[] = []
  readonly told = new Map<number, Told>()
  /** Of the user's doing. */
  readonly aborted = new Set<number>()
  /** Sent after all was healed: nothing may keep them from the log. */
  readonly fresh = new Set<number>()
  /** Acknowledged, and thrown away by the cluster. */
  readonly thrownAway = new Set<number>()
  /** Losses that the queue told. */
  losses = 0
  /** What was seen to be wrong when it happened. */
  readonly broken: string[] = []
  /** A loss that brokers can show, and that was not told yet. */
  #owed = false
  #ackedSinceLoss = false

  accept(count: number, accepted: Accepted): number[] {
    return Array.from({ length: count }, () => this.accepted.push(accepted) - 1)
  }

  settle(records: readonly number[], told: Told): void {
    records.forEach((record, place) => {
      if (this.told.has(record)) this.broken.push(`${record} settled twice`)
      this.told.set(record, told.offset < 0 ? told : { ...told, offset: told.offset + place })
    })
    if (told.what !== 'acked') return
    // Whoever is acknowledged where others were shows that they are gone, unless it was in doubt itself.
    if (this.#owed && !told.wasInDoubt)
      this.broken.push(`${records[0]} acknowledged, and the loss before it was not told`)
    this.#owed = false
    this.#ackedSinceLoss = true
  }

  /** The cluster threw records away: the queue is to tell it no later than the next acknowledgement. */
  throwAway(records: readonly number[]): void {
    const acked = records.filter(record => this.told.get(record)?.what === 'acked')
    for (const record of acked) this.thrownAway.add(record)
    if (acked.length > 0 && this.#ackedSinceLoss) this.#owed = true
  }

  tellLoss(): void {
    this.losses++
    this.#owed = false
    this.#ackedSinceLoss = false
  }
}
