// Bytes on their way out: one buffer for what is written here, and large record batches by reference between its parts.
import { Buffer } from 'node:buffer'
import { InvalidArgumentError } from '@sluice/core'
import { parseUuid } from './uuid.ts'
import { putUvarint, uvarintBytes } from './varint.ts'

/** A sealed record batch in one or more pieces. It may be written by reference: it must not change until the request is done. */
export type RecordBytes = Uint8Array | readonly Uint8Array[]

const longestString = 32_767
/** Copying so few bytes costs less than one more segment does. */
const copiedBytes = 1024
/** Kept free behind batches that are copied: for what follows the last one, in most requests. */
const restBytes = 64
/** Up to here a loop is faster than a call out of JavaScript, and a compact length takes one byte. */
const shortString = 32

/**
 * Numbers are big-endian and checked: one out of its range throws a RangeError; of fractions the whole part is written. `compact` says that the version is
 * flexible, so that lengths are unsigned varints of the length plus one instead of fixed-size integers.
 *
 *     buffer     [ header, acks, topic, index, length | ... next index, length | ... ]
 *     segments   [ part of buffer ][ batch, by reference ][ part of buffer ][ batch ] ...
 */
export class Writer {
  #buffer: Buffer
  /** Up to here batches are copied, whatever their size. */
  readonly #roomBytes: number
  #position = 0
  /** Where in the buffer the part begins that is not among the segments yet. */
  #cut = 0
  #referencedBytes = 0
  readonly #segments: Uint8Array[] = []

  /** @param memory bytes to begin with; or a buffer to begin in, and then batches that fit into it are copied */
  constructor(memory: number | Buffer = 512) {
    const isGiven = typeof memory !== 'number'
    this.#buffer = isGiven ? memory : Buffer.allocUnsafe(memory)
    this.#roomBytes = isGiven ? memory.length - restBytes : 0
  }

  /** Everything written so far, record batches included. */
  get bytes(): number {
    return this.#position + this.#referencedBytes
  }

  /** Everything written, in order. The writer is used up. */
  finish(): readonly Uint8Array[] {
    if (this.#segments.length === 0) return [this.#buffer.subarray(0, this.#position)]
    this.#cutHere()
    return this.#segments
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    if (value < -0x80 || value > 0x7f) throw outOfRange(value, 8)
    this.#ensure(1)[this.#position++] = value
  }

  int16(value: number): void {
    if (value < -0x8000 || value > 0x7fff) throw outOfRange(value, 16)
    const buffer = this.#ensure(2)
    buffer[this.#position++] = value >>> 8
    buffer[this.#position++] = value
  }

  int32(value: number): void {
    if (value < -0x8000_0000 || value > 0x7fff_ffff) throw outOfRange(value, 32)
    const buffer = this.#ensure(4)
    buffer[this.#position++] = value >>> 24
    buffer[this.#position++] = value >>> 16
    buffer[this.#position++] = value >>> 8
    buffer[this.#position++] = value
  }

  int64(value: bigint): void {
    this.#position = this.#ensure(8).writeBigInt64BE(value, this.#position)
  }

  /** 0 to 2^32 - 1. */
  uvarint(value: number): void {
    this.#position = putUvarint(this.#ensure(5), this.#position, value)
  }

  /** Hexadecimal, 8-4-4-4-12. @throws InvalidArgumentError */
  uuid(value: string): void {
    const { first, second, third, fourth } = parseUuid(value)
    this.int32(first)
    this.int32(second)
    this.int32(third)
    this.int32(fourth)
  }

  /** UTF-8; a lone surrogate becomes U+FFFD. @throws InvalidArgumentError over 32,767 bytes */
  string(value: string, compact: boolean): void {
    if (value.length <= shortString && this.#shortAscii(value, compact)) return
    const length = Buffer.byteLength(value)
    if (length > longestString) {
      throw new InvalidArgumentError(
        `A string of ${length} bytes is too long for the protocol (at most ${longestString}): ${value.slice(0, 40)}...`
      )
    }
    if (compact) this.uvarint(length + 1)
    else this.int16(length)
    this.#ensure(length).write(value, this.#position)
    this.#position += length
  }

  nullableString(value: string | null, compact: boolean): void {
    if (value !== null) this.string(value, compact)
    else if (compact) this.uvarint(0)
    else this.int16(-1)
  }

  /** Copied. */
  blob(value: Uint8Array, compact: boolean): void {
    this.count(value.length, compact)
    this.#ensure(value.length).set(value, this.#position)
    this.#position += value.length
  }

  nullableBlob(value: Uint8Array | null, compact: boolean): void {
    if (value === null) this.nullCount(compact)
    else this.blob(value, compact)
  }

  /** How many elements of a list follow. */
  count(value: number, compact: boolean): void {
    if (compact) this.uvarint(value + 1)
    else this.int32(value)
  }

  /** A list that is null. */
  nullCount(compact: boolean): void {
    if (compact) this.uvarint(0)
    else this.int32(-1)
  }

  /** By reference, unless it is small, or there is room. */
  records(value: RecordBytes | null, compact: boolean): void {
    if (value === null) return this.nullCount(compact)
    if (value instanceof Uint8Array) {
      this.count(value.length, compact)
      return this.#refer(value)
    }
    let length = 0
    for (const piece of value) length += piece.length
    this.count(length, compact)
    for (const piece of value) this.#refer(piece)
  }

  noTags(): void {
    this.uvarint(0)
  }

  /** Begins a tagged field, whose content follows. Record batches cannot be in it. @returns what `closeTag` wants */
  openTag(tag: number): number {
    this.uvarint(tag)
    this.#ensure(1)
    return ++this.#position
  }

  /** Ends a tagged field: puts its size before it, moving the content if the size takes more than one byte. */
  closeTag(start: number): void {
    const length = this.#position - start
    const extra = uvarintBytes(length) - 1
    const buffer = this.#ensure(extra)
    buffer.copyWithin(start + extra, start, this.#position)
    putUvarint(buffer, start - 1, length)
    this.#position += extra
  }

  // hot: client id and topic names of every request
  /** False, and nothing written, if there is a character that is not ASCII. */
  #shortAscii(value: string, compact: boolean): boolean {
    const lengthBytes = compact ? 1 : 2
    const buffer = this.#ensure(lengthBytes + value.length)
    const start = this.#position + lengthBytes
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at)
      if (code > 127) return false
      buffer[start + at] = code
    }
    if (!compact) buffer[this.#position] = 0
    buffer[start - 1] = compact ? value.length + 1 : value.length
    this.#position = start + value.length
    return true
  }

  #refer(piece: Uint8Array): void {
    if (piece.length <= copiedBytes || this.#position + piece.length <= this.#roomBytes) {
      this.#ensure(piece.length).set(piece, this.#position)
      this.#position += piece.length
      return
    }
    this.#cutHere()
    this.#segments.push(piece)
    this.#referencedBytes += piece.length
  }

  #cutHere(): void {
    if (this.#cut === this.#position) return
    this.#segments.push(this.#buffer.subarray(this.#cut, this.#position))
    this.#cut = this.#position
  }

  #ensure(bytes: number): Buffer {
    const needed = this.#position + bytes
    if (needed > this.#buffer.length) {
      // Parts that were cut off keep the old buffer; only what is still open has to be at the same place in the new one.
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(grown, this.#cut, this.#cut, this.#position)
      this.#buffer = grown
    }
    return this.#buffer
  }
}

function outOfRange(value: number, bits: number): RangeError {
  return new RangeError(`${value} does not fit ${bits} bits`)
}
