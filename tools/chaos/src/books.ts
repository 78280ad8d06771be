// Reads a ledger's file back: what each record's producer said of it.
import { readFileSync } from 'node:fs'
import { entryBytes, outcomes, type Lane } from './ledger.ts'

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

/** @param accepted by lane, as the ledger gave it when it was closed */
export function readBooks(path: string, lanes: readonly Lane[], accepted: readonly number[]): readonly LaneOutcomes[] {
  const entries = readFileSync(path)
  const books = lanes.map(lane => new LaneBook(lane, accepted[lane.id] ?? 0))
  for (let at = 0; at < entries.length; at += entryBytes) {
    const book = books[entries.readUInt16LE(at)]
    book?.enter(entries.readUInt32LE(at + 4), entries.readUInt8(at + 2), entries.readDoubleLE(at + 8))
  }
  return books
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
