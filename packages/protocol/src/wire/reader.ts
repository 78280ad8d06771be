// Bytes that came in: every length and count is checked against what is left before anything is made of it.
import { Buffer } from 'node:buffer'
import { CorruptFrameError } from '@sluice/core'
import { uuidOf } from './uuid.ts'

/** Made once: `-1n` makes another each time. */
const minusOne = -1n
const numberBytes = 4
/**
 * So many elements may be as short as they like: their objects take some hundred megabytes at most. Of more, each must have its
 * share of the bytes. The shortest that come in such numbers are partitions with one replica: 26 bytes.
 */
const freeElements = 1_000_000
const elementShare = 24
/** The high halves of numbers that a double holds exactly. */
const exactHigh = 0x20_0000

/** `compact` says that the version is flexible, so that lengths are unsigned varints of the length plus one. Everything throws CorruptFrameError. */
export class Reader {
  readonly #bytes: Buffer
  #position: number
  /** Of all lists so far, but those of numbers. */
  #elements = 0

  /** Reads `bytes` from `start` to its end, without copying it. */
  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#position = start
  }

  get position(): number {
    return this.#position
  }

  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  bool(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    return (this.#bytes[this.#take(1)]! << 24) >> 24
  }

  int16(): number {
    const at = this.#take(2)
    return (((this.#bytes[at]! << 8) | this.#bytes[at + 1]!) << 16) >> 16
  }

  int32(): number {
    return this.#int32At(this.#take(4))
  }

  int64(): bigint {
    const at = this.#take(8)
    const high = this.#int32At(at)
    const low = this.#int32At(at + 4)
    // What most fields say that have nothing to say.
    if (high === -1 && low === -1) return minusOne
    if (high >= -exactHigh && high < exactHigh) return BigInt(high * 0x1_0000_0000 + (low >>> 0))
    return (BigInt(high) << 32n) | BigInt(low >>> 0)
  }

  /** 0 to 2^32 - 1. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.#take(1)]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    const last = this.#bytes[this.#take(1)]!
    if (last > 0x0f) throw this.#corrupt('a varint does not fit 32 bits')
    return value + last * 0x1000_0000
  }

  /** Hexadecimal, 8-4-4-4-12, lower case. */
  uuid(): string {
    const at = this.#take(16)
    return uuidOf(this.#int32At(at), this.#int32At(at + 4), this.#int32At(at + 8), this.#int32At(at + 12)).text
  }

  /** UTF-8; what is not becomes U+FFFD. */
  string(compact: boolean): string {
    return this.nullableString(compact) ?? this.#refuseNull('string')
  }

  nullableString(compact: boolean): string | null {
    const length = this.#length(compact ? this.uvarint() - 1 : this.int16())
    if (length < 0) return null
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  /** A copy. */
  blob(compact: boolean): Uint8Array {
    return this.nullableBlob(compact) ?? this.#refuseNull('byte string')
  }

  nullableBlob(compact: boolean): Uint8Array | null {
    const view = this.records(compact)
    return view === null ? null : new Uint8Array(view)
  }

  /** A view of the frame, valid as long as the frame is. */
  records(compact: boolean): Uint8Array | null {
    const length = this.#length(compact ? this.uvarint() - 1 : this.int32())
    if (length < 0) return null
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** How many elements of a list follow, each of `elementBytes` (1 or more) at least. */
  count(elementBytes: number, compact: boolean): number {
    const count = this.nullableCount(elementBytes, compact)
    return count < 0 ? this.#refuseNull('list') : count
  }

  /** As `count`; -1 for a list that is null. */
  nullableCount(elementBytes: number, compact: boolean): number {
    const count = this.#length(compact ? this.uvarint() - 1 : this.int32())
    if (count * elementBytes > this.remaining) {
      throw this.#corrupt(`a list of ${count} elements does not fit into the ${this.remaining} bytes left`)
    }
    if (elementBytes !== numberBytes && count > 0) this.#admit(count)
    return count
  }

  skipTags(): void {
    for (let tags = this.uvarint(); tags > 0; tags--) {
      this.uvarint()
      this.closeTag(this.openTag())
    }
  }

  /** Begins the content of a tagged field, whose number has been read. @returns what `closeTag` wants */
  openTag(): number {
    const length = this.uvarint()
    if (length > this.remaining) throw this.#short(length)
    return this.#position + length
  }

  /** Ends a tagged field, skipping what was not read of it. */
  closeTag(end: number): void {
    if (this.#position > end) throw this.#corrupt('a tagged field is longer than its size says')
    this.#position = end
  }

  /**
   * Story: an answer of 100 MB had 35 million topics without a name, three bytes each. All of them fitted, their objects took
   * gigabytes, and the process was gone.
   */
  #admit(count: number): void {
    this.#elements += count
    const most = Math.max(freeElements, this.#bytes.length / elementShare)
    if (this.#elements <= most) return
    const what = `${this.#elements} elements of lists in ${this.#bytes.length} bytes`
    throw this.#corrupt(`${what}: a broker has no need of so many`)
  }

  #int32At(at: number): number {
    const bytes = this.#bytes
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }

  #take(bytes: number): number {
    const at = this.#position
    if (bytes > this.#bytes.length - at) throw this.#short(bytes)
    this.#position = at + bytes
    return at
  }

  #length(length: number): number {
    if (length < -1) throw this.#corrupt(`a length of ${length}`)
    return length
  }

  #refuseNull(what: string): never {
    throw this.#corrupt(`a ${what} is null where it must not be`)
  }

  #short(bytes: number): CorruptFrameError {
    return this.#corrupt(`${bytes} more bytes were expected, ${this.remaining} are left`)
  }

  #corrupt(what: string): CorruptFrameError {
    return new CorruptFrameError(`The message is corrupt at byte ${this.#position} of ${this.#bytes.length}: ${what}`)
  }
}
