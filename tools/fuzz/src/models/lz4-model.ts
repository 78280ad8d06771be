// A second opinion on LZ4 frames, one byte at a time.
import { xxhash32 } from './xxhash-model.ts'

/** Null if the bytes are no frame that Kafka takes, are damaged, or expand to more. */
export function unpackLz4(bytes: Buffer, maxBytes: number): Buffer | null {
  try {
    return unpackFrame(new Cursor(bytes), maxBytes)
  } catch (thrown) {
    if (thrown instanceof RangeError) return null
    throw thrown
  }
}

class Cursor {
  readonly bytes: Buffer
  at = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw new RangeError('cut short')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  uint(width: 1 | 2 | 4): number {
    return this.take(width).readUIntLE(0, width)
  }

  get done(): boolean {
    return this.at === this.bytes.length
  }
}

function unpackFrame(cursor: Cursor, maxBytes: number): Buffer | null {
  if (cursor.uint(4) !== 0x184d2204) return null
  const flags = cursor.uint(1)
  const descriptor = cursor.uint(1)
  // Version 1, independent blocks, nothing reserved, no dictionary; blocks of 64 KiB to 4 MiB.
  if ((flags & 0b1110_0011) !== 0b0110_0000 || (descriptor & 0x8f) !== 0 || descriptor < 0x40) return null
  const contentBytes = (flags & 8) === 0 ? null : Number(cursor.take(8).readBigUInt64LE())
  const hashed = xxhash32(cursor.bytes.subarray(4, cursor.at))
  if (cursor.uint(1) !== ((hashed >>> 8) & 0xff)) return null
  const most = 256 * 4 ** (descriptor >>> 4)
  const blocks = readBlocks(cursor, (flags & 16) !== 0)
  const checksum = (flags & 4) === 0 ? null : cursor.uint(4)
  if (blocks === null || !cursor.done) return null
  const output: number[] = []
  for (const { bytes, stored } of blocks) {
    const limit = Math.min(most, maxBytes - output.length)
    const expanded = stored ? (bytes.length <= limit ? [...bytes] : null) : unpackBlock(new Cursor(bytes), limit)
    if (expanded === null) return null
    for (const byte of expanded) output.push(byte)
  }
  const whole = Buffer.from(output)
  const wrong =
    (contentBytes !== null && contentBytes !== whole.length) || (checksum !== null && checksum !== xxhash32(whole))
  return wrong ? null : whole
}

function readBlocks(cursor: Cursor, checksums: boolean): { bytes: Buffer; stored: boolean }[] | null {
  const blocks: { bytes: Buffer; stored: boolean }[] = []
  for (;;) {
    const size = cursor.uint(4)
    if (size === 0) return blocks
    const bytes = cursor.take(size % 0x8000_0000)
    if (checksums && cursor.uint(4) !== xxhash32(bytes)) return null
    blocks.push({ bytes, stored: size >= 0x8000_0000 })
  }
}

function unpackBlock(cursor: Cursor, most: number): number[] | null {
  const output: number[] = []
  for (;;) {
    const token = cursor.uint(1)
    const literals = lengthFrom(cursor, token >>> 4)
    if (output.length + literals > most) return null
    for (const byte of cursor.take(literals)) output.push(byte)
    if (cursor.done) return output
    const back = cursor.uint(2)
    const length = lengthFrom(cursor, token & 15) + 4
    if (back === 0 || back > output.length || output.length + length > most) return null
    for (let left = length; left > 0; left--) output.push(output[output.length - back]!)
  }
}

function lengthFrom(cursor: Cursor, nibble: number): number {
  let length = nibble
  if (nibble < 15) return length
  for (;;) {
    const more = cursor.uint(1)
    length += more
    if (more < 255) return length
  }
}
