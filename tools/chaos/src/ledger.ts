// Writes down what becomes of every record, in a file: the run's memory stays what the producers need.
import { closeSync, openSync, writeSync } from 'node:fs'

export const outcomes = { unsettled: 0, acked: 1, notPersisted: 2, unknown: 3 } as const
export type OutcomeCode = (typeof outcomes)[keyof typeof outcomes]

/** The records of one producer for one partition. */
export interface Lane {
  readonly id: number
  readonly producer: number
  readonly topic: number
  readonly partition: number
}

export interface OutcomeCounts {
  readonly accepted: number
  readonly acked: number
  readonly notPersisted: number
  readonly unknown: number
}

// Lane (uint16), outcome (uint8), unused, number (uint32), offset (float64).
export const entryBytes = 16
const chunkEntries = 8_192

export class Ledger {
  /** By lane: the number that its next record gets. */
  readonly #next: Uint32Array
  readonly #file: number
  readonly #chunk: Buffer = Buffer.alloc(entryBytes * chunkEntries)
  #used = 0
  readonly counts: { -readonly [Name in keyof OutcomeCounts]: number } = {
    accepted: 0,
    acked: 0,
    notPersisted: 0,
    unknown: 0
  }

  constructor(path: string, lanes: number) {
    this.#next = new Uint32Array(lanes)
    this.#file = openSync(path, 'w')
  }

  /** @returns the number of the lane's next record */
  accept(lane: number): number {
    this.counts.accepted++
    return this.#next[lane]!++
  }

  settle(lane: number, n: number, outcome: OutcomeCode, offset: number): void {
    if (outcome === outcomes.acked) this.counts.acked++
    else if (outcome === outcomes.notPersisted) this.counts.notPersisted++
    else this.counts.unknown++
    const at = this.#used
    this.#chunk.writeUInt16LE(lane, at)
    this.#chunk.writeUInt8(outcome, at + 2)
    this.#chunk.writeUInt32LE(n, at + 4)
    this.#chunk.writeDoubleLE(offset, at + 8)
    this.#used += entryBytes
    if (this.#used === this.#chunk.length) this.#flush()
  }

  /**
   * Nothing may be settled afterwards.
   *
   * @returns by lane: how many records it was given
   */
  close(): readonly number[] {
    this.#flush()
    closeSync(this.#file)
    return [...this.#next]
  }

  #flush(): void {
    writeSync(this.#file, this.#chunk, 0, this.#used)
    this.#used = 0
  }
}
