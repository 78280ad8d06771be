// Remembers what became of every record, in a file: the run's memory stays what the producers need.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const outcomes = { unsettled: 0, acked: 1, notPersisted: 2, unknown: 3 } as const
export type OutcomeCode = (typeof outcomes)[keyof typeof outcomes]

/** The records of one producer for one partition. */
export interface Lane {
  readonly id: number
  readonly producer: number
  readonly topic: number
  readonly partition: number
}

/** What is known of a lane when all is over; indexed by the records' numbers. */
export interface LaneOutcomes {
  readonly lane: Lane
  readonly accepted: number
  readonly codes: Uint8Array
  /** Where the producer said that the record is; -1 where it did not say. */
  readonly offsets: Float64Array
  /** Records whose outcome was told more than once. */
  readonly settledTwice: number
  /** Acknowledged later than one behind it. */
  readonly settledOutOfOrder: number
}

// Lane (uint16), outcome (uint8), unused, number (uint32), offset (float64).
const entryBytes = 16
const chunkEntries = 8_192

export class Ledger {
  readonly lanes: readonly Lane[]
  readonly #accepted: Uint32Array
  readonly #directory: string
  readonly #path: string
  readonly #file: number
  readonly #chunk: Buffer = Buffer.alloc(entryBytes * chunkEntries)
  #used = 0
  readonly counts: { accepted: number; acked: number; notPersisted: number; unknown: number } = {
    accepted: 0,
    acked: 0,
    notPersisted: 0,
    unknown: 0
  }

  constructor(lanes: readonly Lane[]) {
    this.lanes = lanes
    this.#accepted = new Uint32Array(lanes.length)
    this.#directory = mkdtempSync(join(tmpdir(), 'sluice-chaos-'))
    this.#path = join(this.#directory, 'outcomes')
    this.#file = openSync(this.#path, 'w')
  }

  get unsettled(): number {
    const { accepted, acked, notPersisted, unknown } = this.counts
    return accepted - acked - notPersisted - unknown
  }

  /** @returns the number of the lane's next record */
  accept(lane: number): number {
    this.counts.accepted++
    const n = this.#accepted[lane] ?? 0
    this.#accepted[lane] = n + 1
    return n
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

  #flush(): void {
    writeSync(this.#file, this.#chunk, 0, this.#used)
    this.#used = 0
  }

  /** Reads the file back and deletes it. Nothing may be settled afterwards. */
  close(): readonly LaneOutcomes[] {
    this.#flush()
    closeSync(this.#file)
    const entries = readFileSync(this.#path)
    rmSync(this.#directory, { recursive: true })
    const books = this.lanes.map(lane => new LaneBook(lane, this.#accepted[lane.id] ?? 0))
    for (let at = 0; at < entries.length; at += entryBytes) {
      const book = books[entries.readUInt16LE(at)]
      book?.enter(entries.readUInt32LE(at + 4), entries.readUInt8(at + 2), entries.readDoubleLE(at + 8))
    }
    return books
  }
}

class LaneBook implements LaneOutcomes {
  readonly lane: Lane
  readonly accepted: number
  readonly codes: Uint8Array
  readonly offsets: Float64Array
  settledTwice = 0
  settledOutOfOrder = 0
  #lastAcked = -1

  constructor(lane: Lane, accepted: number) {
    this.lane = lane
    this.accepted = accepted
    this.codes = new Uint8Array(accepted)
    this.offsets = new Float64Array(accepted).fill(-1)
  }

  enter(n: number, code: number, offset: number): void {
    if (this.codes[n] !== outcomes.unsettled) this.settledTwice++
    this.codes[n] = code
    this.offsets[n] = offset
    if (code !== outcomes.acked) return
    if (n < this.#lastAcked) this.settledOutOfOrder++
    else this.#lastAcked = n
  }
}
