// Writes records, one after another, straight into the memory of the batch that will be sent.
import { RecordTooLargeError, SerializationError, type Sink } from '@sluice/core'
import { BATCH_HEADER_BYTES, lengthBytes, MAX_VARINT_BYTES, MAX_VARLONG_BYTES } from './layout.ts'
import { powerOfTwo } from './power-of-two.ts'
import { writeDelta, writeLength } from './varint.ts'

/** Where the memory of batches comes from. Sizes asked for are powers of two. */
export interface BatchMemory {
  /** A buffer of at least so many bytes, whatever is in them. */
  take(bytes: number): Buffer
  /** Gets a buffer back that `take` gave. */
  give(buffer: Buffer): void
}

/** Length, attributes, timestamp delta, offset delta. */
const RECORD_HEAD_BYTES = MAX_VARINT_BYTES + 1 + MAX_VARLONG_BYTES + MAX_VARINT_BYTES
/** Up to here a loop over the characters is faster than a call into the runtime. Below 64, so that a byte holds the length. */
const SHORT_TEXT = 32
/** Of UTF-8. */
const MAX_CHARACTER_BYTES = 4
/** Up to here a loop over the bytes is faster than `set`. */
const SHORT_BYTES = 16
const released = Buffer.alloc(0)
/** Its length is a number of 32 bits. */
const MAX_BATCH_BYTES = 0x7fff_ffff

/*
 * What the positions mean while the value of the third record is being written:
 *
 *   0            61                                            position
 *   | header     | record 0 | record 1 | length … key | length  | value so far …        buffer.length
 *                                      ^ complete      ^ partAt
 *                                                ^ bodyAt (behind the offset delta)
 *
 * The length of a record, and of a part whose size is not known beforehand, is filled in afterwards. Its room is the size of
 * the previous one; the bytes behind it move only where that guess was wrong.
 */
export class BatchWriter implements Sink {
  /** Where the next byte goes. */
  position: number
  readonly #memory: BatchMemory
  #buffer: Buffer
  #recordCount = 0
  #complete = BATCH_HEADER_BYTES
  #baseTimestamp = 0
  #maxTimestamp = 0
  #timestamp = 0
  #bodyAt = 0
  /** Bytes kept for the length of the record under way, and for the next ones. At first: for 64 to 8,191 bytes. */
  #lengthRoom = 2
  /** Where the part under way has its length, -1 outside. */
  #partAt = -1
  #partRoom = 1
  /** What `moveLastRecordTo` goes back to; -1 when there is no last record to move. */
  #lastStart = -1
  #maxBeforeLast = 0

  /** @param initialBytes rounded up to a power of two that has room for the header */
  constructor(memory: BatchMemory, initialBytes: number) {
    this.#memory = memory
    this.#buffer = memory.take(powerOfTwo(Math.max(initialBytes, BATCH_HEADER_BYTES)))
    this.position = BATCH_HEADER_BYTES
  }

  /** The memory of the batch; another one after `ensure`. The first 61 bytes are for `stampBatch`. */
  get buffer(): Buffer {
    return this.#buffer
  }

  get recordCount(): number {
    return this.#recordCount
  }

  /** The header and all complete records: the size of the batch uncompressed. */
  get byteLength(): number {
    return this.#complete
  }

  /** Of the first record, in milliseconds. Means nothing without a record. */
  get baseTimestamp(): number {
    return this.#baseTimestamp
  }

  /** The greatest of all complete records, in milliseconds. Means nothing without a record. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** Makes room for so many bytes from `position`. What lies behind `position` may be lost. @throws RecordTooLargeError above 2 GiB */
  ensure(bytes: number): void {
    if (this.#buffer.length - this.position < bytes) this.#grow(bytes)
  }

  /**
   * Begins a record: after it the key, the value, the header count, and each header's key and value. A record that was begun
   * and not ended is forgotten.
   *
   * @param timestamp milliseconds, a safe integer; may lie before the first record's
   */
  // hot: bench/records.mjs
  beginRecord(timestamp: number): void {
    this.position = this.#complete
    this.#partAt = -1
    this.#lastStart = -1
    if (this.#buffer.length - this.position < RECORD_HEAD_BYTES) this.#grow(RECORD_HEAD_BYTES)
    if (this.#recordCount === 0) this.#baseTimestamp = timestamp
    this.#timestamp = timestamp
    const buffer = this.#buffer
    const at = this.#complete + this.#lengthRoom
    buffer[at] = 0
    const behindTimestamp = writeDelta(buffer, at + 1, timestamp, this.#baseTimestamp)
    this.#bodyAt = writeLength(buffer, behindTimestamp, this.#recordCount)
    this.position = this.#bodyAt
  }

  /** A key, a value, a header's key or a header's value. Strings become UTF-8, a lone surrogate U+FFFD. */
  // hot: bench/records.mjs
  part(value: Uint8Array | string | null): void {
    if (typeof value === 'string') this.#text(value)
    else if (value === null) this.nullPart()
    else this.#bytes(value)
  }

  /** Begins a part that is written through the `Sink`. */
  beginPart(): void {
    if (this.#buffer.length - this.position < MAX_VARINT_BYTES) this.#grow(MAX_VARINT_BYTES)
    this.#partAt = this.position
    this.position += this.#partRoom
  }

  /** @throws SerializationError when `position` is not where a writer could have left it */
  endPart(): void {
    const start = this.#partAt + this.#partRoom
    const length = this.position - start
    if (length !== length >>> 0 || this.position > this.#buffer.length) throw this.#misplaced()
    const room = lengthBytes(length)
    if (room !== this.#partRoom) this.#shift(start, this.#partAt + room)
    writeLength(this.#buffer, this.#partAt, length)
    this.#partRoom = room
    this.#partAt = -1
  }

  /** A null key or value. Ends a part that was begun and to which nothing was written. */
  nullPart(): void {
    if (this.#partAt >= 0) {
      if (this.position !== this.#partAt + this.#partRoom) throw this.#misplaced()
      this.position = this.#partAt
      this.#partAt = -1
    }
    if (this.#buffer.length - this.position < 1) this.#grow(1)
    this.#buffer[this.position++] = 1
  }

  headerCount(count: number): void {
    if (this.#buffer.length - this.position < MAX_VARINT_BYTES) this.#grow(MAX_VARINT_BYTES)
    this.position = writeLength(this.#buffer, this.position, count)
  }

  /** @returns the record's size in bytes, its length field included */
  // hot: bench/records.mjs
  endRecord(): number {
    const start = this.#complete + this.#lengthRoom
    const length = this.position - start
    const room = lengthBytes(length)
    if (room !== this.#lengthRoom) {
      this.#shift(start, this.#complete + room)
      this.#bodyAt += room - this.#lengthRoom
      this.#lengthRoom = room
    }
    writeLength(this.#buffer, this.#complete, length)
    this.#lastStart = this.#complete
    this.#maxBeforeLast = this.#maxTimestamp
    if (this.#recordCount === 0 || this.#timestamp > this.#maxTimestamp) this.#maxTimestamp = this.#timestamp
    this.#recordCount++
    this.#complete = this.position
    return room + length
  }

  /** Forgets the record under way: its serializer threw. */
  rewindRecord(): void {
    this.position = this.#complete
  }

  /**
   * A record whose key, value and headers are already in the layout of a batch.
   *
   * @param from where its key length is in `source`, to `to` behind its last header
   * @returns the record's size in bytes, its length field included
   */
  copyRecord(timestamp: number, source: Uint8Array, from: number, to: number): number {
    this.beginRecord(timestamp)
    this.ensure(to - from + MAX_VARINT_BYTES)
    this.#buffer.set(source.subarray(from, to), this.position)
    this.position += to - from
    return this.endRecord()
  }

  /**
   * Takes the record that was just ended out of this batch and appends it to another. Not twice in a row, nor after another
   * record was begun: the one before it is not known any more.
   */
  moveLastRecordTo(other: BatchWriter): void {
    if (this.#lastStart < 0 || this.position !== this.#complete) throw new Error('There is no last record to move')
    other.copyRecord(this.#timestamp, this.#buffer, this.#bodyAt, this.#complete)
    this.dropLastRecord()
  }

  /** The record that was just ended is not in the batch any more. Under the same conditions. */
  dropLastRecord(): void {
    if (this.#lastStart < 0 || this.position !== this.#complete) throw new Error('There is no last record to drop')
    this.position = this.#complete = this.#lastStart
    this.#maxTimestamp = this.#maxBeforeLast
    this.#recordCount--
    this.#lastStart = -1
  }

  /** Gives the memory back. The writer must not be used afterwards. */
  release(): void {
    if (this.#buffer === released) return
    const buffer = this.#buffer
    this.#buffer = released
    this.#memory.give(buffer)
  }

  // hot: bench/records.mjs
  #text(text: string): void {
    const length = text.length
    if (this.#buffer.length - this.position < 3 * length + MAX_VARINT_BYTES) this.#tightText(text, length)
    else if (length > SHORT_TEXT || !this.#shortAscii(text, length)) this.#longText(text)
  }

  /**
   * There may be too little memory for three bytes a character. Counting the bytes first takes three times as long as writing
   * them, and most texts are ASCII: so it is written as if it were, and is complete if one more character would have had room.
   */
  #tightText(text: string, length: number): void {
    const start = this.position
    this.ensure(length + MAX_VARINT_BYTES)
    this.#longText(text)
    if (this.#buffer.length - this.position >= MAX_CHARACTER_BYTES + MAX_VARINT_BYTES) return
    this.position = start
    this.ensure(Buffer.byteLength(text) + MAX_VARINT_BYTES)
    this.#longText(text)
  }

  /** @returns false, and nothing has happened, when a character is not ASCII */
  // hot: bench/records.mjs
  #shortAscii(text: string, length: number): boolean {
    const buffer = this.#buffer
    const start = this.position + 1
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      buffer[start + index] = code
    }
    buffer[start - 1] = length << 1
    this.position = start + length
    return true
  }

  // hot: bench/records.mjs
  #longText(text: string): void {
    const buffer = this.#buffer
    const at = this.position
    const guess = lengthBytes(text.length)
    const written = buffer.write(text, at + guess, 'utf8')
    const room = lengthBytes(written)
    if (room !== guess) buffer.copyWithin(at + room, at + guess, at + guess + written)
    this.position = writeLength(buffer, at, written) + written
  }

  // hot: bench/records.mjs
  #bytes(bytes: Uint8Array): void {
    const length = bytes.length
    if (length === 0) refuseDetached(bytes)
    if (this.#buffer.length - this.position < length + MAX_VARINT_BYTES) this.#grow(length + MAX_VARINT_BYTES)
    const buffer = this.#buffer
    const at = writeLength(buffer, this.position, length)
    if (length > SHORT_BYTES) buffer.set(bytes, at)
    else for (let index = 0; index < length; index++) buffer[at + index] = bytes[index] as number
    this.position = at + length
  }

  /** Moves the bytes from `start` to `position` so that they begin at `to`, and `position` with them. */
  #shift(start: number, to: number): void {
    this.ensure(to - start)
    this.#buffer.copyWithin(to, start, this.position)
    this.position += to - start
  }

  #grow(bytes: number): void {
    if (this.#buffer === released) throw new Error('The batch was written to after its release')
    if (this.position + bytes > MAX_BATCH_BYTES) throw tooLarge(this.position + bytes)
    const larger = this.#memory.take(powerOfTwo(this.position + bytes))
    larger.set(this.#buffer.subarray(0, this.position))
    const smaller = this.#buffer
    this.#buffer = larger
    this.#memory.give(smaller)
  }

  #misplaced(): SerializationError {
    return new SerializationError(
      `A serializer left the batch's position at ${this.position}, outside what it could have written`
    )
  }
}

/** Story: an array was handed to another thread, and then sent. It had no bytes any more, and an empty value was written. */
function refuseDetached(bytes: Uint8Array): void {
  try {
    // Of memory that is gone there is no part.
    bytes.buffer.slice(0, 0)
  } catch (cause) {
    throw new SerializationError('Its memory was given away: the array is detached', { cause })
  }
}

function tooLarge(bytes: number): RecordTooLargeError {
  return new RecordTooLargeError(`A record batch cannot have ${bytes} bytes: its length has 32 bits`)
}
