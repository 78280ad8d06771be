// A second opinion on record batches: plain, slow, in big integers, and it notes where everything lies.
import type { Span } from '../target.ts'

export interface RecordValue {
  readonly offset: bigint
  readonly timestamp: number
  /** Hexadecimal. */
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [key: string, value: string | null])[]
}

export interface Batch {
  readonly start: number
  readonly end: number
  readonly recordCount: number
  /** Null: the batch is compressed, or its records are not what it says. */
  readonly records: readonly RecordValue[] | null
}

export interface Section {
  readonly batches: readonly Batch[]
  /** What follows the last batch is none. */
  readonly corrupt: boolean
  /** It is cut off at the end, and might have been one. */
  readonly cutOff: boolean
  readonly spans: readonly Span[]
}

const headerBytes = 61
const sizes: readonly (readonly [at: number, width: number])[] = [
  [0, 8],
  [8, 4],
  [12, 4],
  [16, 1],
  [21, 2],
  [23, 4],
  [27, 8],
  [35, 8],
  [43, 8],
  [51, 2],
  [53, 4],
  [57, 4]
]

/** Batches one after another, as far as they can be read. */
export function readSection(bytes: Buffer): Section {
  const batches: Batch[] = []
  const spans: Span[] = []
  let at = 0
  while (at < bytes.length) {
    const left = bytes.length - at
    if (left < headerBytes) return { batches, corrupt: true, cutOff: true, spans }
    for (const [from, width] of sizes) spans.push({ start: at + from, end: at + from + width, kind: 'fixed' })
    const length = 12 + bytes.readInt32BE(at + 8)
    const cutOff = left < length
    const safe = [27, 35].every(field => Number.isSafeInteger(Number(bytes.readBigInt64BE(at + field))))
    const invalid = bytes[at + 16] !== 2 || length < headerBytes || bytes.readInt32BE(at + 57) < 0 || !safe
    if (cutOff || invalid) return { batches, corrupt: true, cutOff, spans }
    const walk = new RecordWalk(bytes, at, at + length, spans)
    batches.push({ start: at, end: at + length, recordCount: bytes.readInt32BE(at + 57), records: walk.records() })
    at += length
  }
  return { batches, corrupt: false, cutOff: false, spans }
}

/** Such bytes are no records. */
class Refusal extends Error {}

class RecordWalk {
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number
  readonly #spans: Span[]
  #at: number

  constructor(bytes: Buffer, start: number, end: number, spans: Span[]) {
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.#spans = spans
    this.#at = start + headerBytes
  }

  records(): RecordValue[] | null {
    if ((this.#bytes.readInt16BE(this.#start + 21) & 7) !== 0) return null
    try {
      const records: RecordValue[] = []
      for (let left = this.#bytes.readInt32BE(this.#start + 57); left > 0; left--) records.push(this.#record())
      return this.#at === this.#end ? records : null
    } catch (thrown) {
      if (thrown instanceof Refusal) return null
      throw thrown
    }
  }

  #record(): RecordValue {
    const length = this.#int()
    const end = this.#at + length
    if (length < 0) throw new Refusal()
    this.#take(1)
    const base = this.#bytes.readBigInt64BE(this.#start + 27)
    const created = Number(base + this.#integer(10, 64n))
    if (!Number.isSafeInteger(created)) throw new Refusal()
    const byBroker = (this.#bytes.readInt16BE(this.#start + 21) & 8) !== 0
    const record = {
      offset: this.#bytes.readBigInt64BE(this.#start) + BigInt(this.#int()),
      timestamp: byBroker ? Number(this.#bytes.readBigInt64BE(this.#start + 35)) : created,
      key: this.#part(),
      value: this.#part(),
      headers: this.#headers()
    }
    if (this.#at !== end) throw new Refusal()
    return record
  }

  #headers(): [string, string | null][] {
    const headers: [string, string | null][] = []
    const count = this.#int()
    if (count < 0) throw new Refusal()
    for (let left = count; left > 0; left--) {
      const key = this.#part()
      if (key === null) throw new Refusal()
      headers.push([key, this.#part()])
    }
    return headers
  }

  #part(): string | null {
    const length = this.#int()
    if (length === -1) return null
    if (length < 0) throw new Refusal()
    return this.#take(length)
  }

  #take(length: number): string {
    if (length > this.#end - this.#at) throw new Refusal()
    const start = this.#at
    this.#at += length
    this.#spans.push({ start, end: this.#at, kind: 'content' })
    return this.#bytes.toString('hex', start, this.#at)
  }

  #int(): number {
    return Number(this.#integer(5, 32n))
  }

  /** Zig-zag, in at most so many bytes and bits. */
  #integer(mostBytes: number, bits: bigint): bigint {
    const start = this.#at
    let value = 0n
    for (let read = 0; read < mostBytes; read++) {
      if (this.#at >= this.#end) throw new Refusal()
      const byte = this.#bytes[this.#at++]!
      value |= BigInt(byte & 0x7f) << BigInt(7 * read)
      if (byte >= 0x80) continue
      if (value >> bits !== 0n) throw new Refusal()
      this.#spans.push({ start, end: this.#at, kind: 'zigzag' })
      return (value & 1n) === 0n ? value >> 1n : -(value >> 1n) - 1n
    }
    throw new Refusal()
  }
}
