// Reads the records of one batch from bytes that nobody vouches for.
import { CorruptFrameError } from '@sluice/core'
import type { BatchHeader } from './batch-reader.ts'
import { MIN_RECORD_BYTES } from './layout.ts'
import type { BatchWriter } from './batch-writer.ts'

/** A record in place: its bytes are views of what it was read from. */
export interface RecordView {
  readonly offset: bigint
  /** Milliseconds. */
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** In order, names may repeat. */
  readonly headers: readonly (readonly [key: Uint8Array, value: Uint8Array | null])[]
}

/**
 * The records of a batch, one at a time.
 *
 * @param records what follows the batch's header, uncompressed
 * @throws CorruptFrameError at the first record that cannot be one, or when bytes are left over
 */
export function* readRecords(
  header: Pick<BatchHeader, 'baseOffset' | 'baseTimestamp' | 'maxTimestamp' | 'logAppendTime' | 'recordCount'>,
  records: Uint8Array
): Generator<RecordView, void, undefined> {
  const cursor = new Cursor(records)
  checkCount(cursor, header.recordCount)
  for (let index = 0; index < header.recordCount; index++) {
    const end = cursor.end('record')
    cursor.skip(1, 'record attributes')
    const created = cursor.timestamp(header.baseTimestamp)
    const record = {
      offset: header.baseOffset + BigInt(cursor.varint('offset delta')),
      timestamp: header.logAppendTime ? header.maxTimestamp : created,
      key: cursor.bytes('key'),
      value: cursor.bytes('value'),
      headers: readHeaders(cursor)
    }
    if (cursor.at !== end) throw notAtEnd(cursor, end)
    yield record
  }
  if (cursor.at !== records.length) {
    throw new CorruptFrameError(
      `${records.length - cursor.at} bytes are left after the ${header.recordCount} records of a batch`
    )
  }
}

/**
 * Appends the records from index `from` to before `to` of a batch to another: for splitting.
 *
 * @param records what follows the batch's header, uncompressed
 * @param recordCount of the whole batch
 * @param baseTimestamp of the batch, milliseconds
 * @throws CorruptFrameError when `records` are not so many records; `into` then has those before the fault
 */
export function copyRecords(
  records: Uint8Array,
  recordCount: number,
  baseTimestamp: number,
  from: number,
  to: number,
  into: BatchWriter
): void {
  const cursor = new Cursor(records)
  checkCount(cursor, recordCount)
  for (let index = 0; index < Math.min(to, recordCount); index++) {
    const end = cursor.end('record')
    if (index >= from) {
      cursor.skip(1, 'record attributes')
      const timestamp = cursor.timestamp(baseTimestamp)
      cursor.varint('offset delta')
      if (cursor.at > end) throw notAtEnd(cursor, end)
      into.copyRecord(timestamp, records, cursor.at, end)
    }
    cursor.at = end
  }
}

function checkCount(cursor: Cursor, recordCount: number): void {
  if (recordCount * MIN_RECORD_BYTES <= cursor.limit) return
  throw new CorruptFrameError(`${recordCount} records cannot be in ${cursor.limit} bytes`)
}

function readHeaders(cursor: Cursor): [Uint8Array, Uint8Array | null][] {
  const count = cursor.varint('header count')
  // A header takes two bytes at least, so a count beyond that is refused before anything is made for it.
  if (count < 0 || count * 2 > cursor.limit - cursor.at) {
    throw new CorruptFrameError(`Record claims ${count} headers in the ${cursor.limit - cursor.at} bytes that are left`)
  }
  const headers: [Uint8Array, Uint8Array | null][] = []
  for (let index = 0; index < count; index++) {
    const key = cursor.bytes('header key')
    if (key === null) throw new CorruptFrameError('Record has a header with a null key')
    headers.push([key, cursor.bytes('header value')])
  }
  return headers
}

function notAtEnd(cursor: Cursor, end: number): CorruptFrameError {
  return new CorruptFrameError(`Record ends at byte ${cursor.at} where its length says ${end}`)
}

/** A position in bytes, every step checked. */
class Cursor {
  at = 0
  readonly limit: number
  readonly #source: Uint8Array

  constructor(source: Uint8Array) {
    this.#source = source
    this.limit = source.length
  }

  skip(bytes: number, what: string): void {
    if (this.limit - this.at < bytes)
      throw new CorruptFrameError(`The ${what} would need ${bytes} bytes, ${this.limit - this.at} are left`)
    this.at += bytes
  }

  /** Reads a length and gives the position where what it counts ends. */
  end(what: string): number {
    const length = this.varint(`${what} length`)
    if (length >= 0 && length <= this.limit - this.at) return this.at + length
    throw new CorruptFrameError(`The ${what} claims ${length} bytes, ${this.limit - this.at} are left`)
  }

  bytes(what: string): Uint8Array | null {
    const length = this.varint(`${what} length`)
    if (length === -1) return null
    const start = this.at
    if (length < 0) throw new CorruptFrameError(`The ${what} claims ${length} bytes`)
    this.skip(length, what)
    return this.#source.subarray(start, this.at)
  }

  varint(what: string): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte(what)
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new CorruptFrameError(`The ${what} is a varint of more than 32 bits`)
  }

  /** Reads a varlong and adds it to the base, exactly. */
  timestamp(base: number): number {
    const start = this.at
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte('timestamp delta')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return exact(base + ((value >>> 1) ^ -(value & 1)))
    }
    this.at = start
    return exact(Number(BigInt(base) + this.#varlong('timestamp delta')))
  }

  #varlong(what: string): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte(what)
      if (shift === 63n && byte > 1) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return (value >> 1n) ^ -(value & 1n)
    }
    throw new CorruptFrameError(`The ${what} is a varint of more than 64 bits`)
  }

  #byte(what: string): number {
    const byte = this.#source[this.at]
    if (byte === undefined) throw new CorruptFrameError(`The bytes end within the ${what}`)
    this.at++
    return byte
  }
}

function exact(timestamp: number): number {
  if (Number.isSafeInteger(timestamp)) return timestamp
  throw new CorruptFrameError(`Timestamp ${timestamp} is outside the range of exact numbers`)
}
