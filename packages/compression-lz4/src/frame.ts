// The LZ4 frame as far as Kafka takes it: independent blocks, no dictionary.
import { CompressionError } from '@sluice/core'
import type { Framing, Packer } from '@sluice/compression-parts'
import { kernel } from './kernel.ts'
import { xxhash32 } from './xxhash.ts'

// bytes of our frames (all numbers little-endian)
//   4  magic
//   1  FLG 60: version 01, blocks independent, no checksums, no content size
//   1  BD 40: blocks of at most 64 KiB
//   1  HC 82: second byte of xxHash32 of FLG and BD
//      blocks: length (4, high bit: stored as it is), bytes
//   4  zeros: the end
const frameHeader: Uint8Array = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82)
const endBytes = 4
const storedFlag = 0x80000000
const { blockBytes } = kernel
const lengthBytes = 4

export const framing: Framing = { mostBytes: mostFrameBytes, write: writeFrame }

function mostFrameBytes(inputBytes: number): number {
  return frameHeader.length + inputBytes + Math.ceil(inputBytes / blockBytes) * lengthBytes + endBytes
}

// hot: one call per batch
function writeFrame(pack: Packer, input: Uint8Array, output: Uint8Array, at: number): number {
  if (at + frameHeader.length + endBytes > output.length) return -1
  output.set(frameHeader, at)
  let end = at + frameHeader.length
  for (let from = 0; from < input.length; from += blockBytes) {
    const to = Math.min(from + blockBytes, input.length)
    const packed = pack(input, from, to)
    const stored = packed.length >= to - from
    const bytes = stored ? input.subarray(from, to) : packed
    if (end + lengthBytes + bytes.length + endBytes > output.length) return -1
    writeBlockLength(output, end, bytes.length, stored)
    output.set(bytes, end + lengthBytes)
    end += lengthBytes + bytes.length
  }
  output.fill(0, end, end + endBytes)
  return end + endBytes - at
}

export interface Frame {
  /** No block expands to more. */
  readonly maxBlockBytes: number
  readonly blocks: readonly Block[]
  /** What the whole must hash to, or null. */
  readonly checksum: number | null
  /** What the frame says it expands to, or null. */
  readonly contentBytes: number | null
}

export interface Block {
  readonly bytes: Uint8Array
  readonly stored: boolean
}

/** @throws CompressionError unless the bytes are one whole frame that Kafka's own reader would take */
export function readFrame(bytes: Uint8Array): Frame {
  const cursor = new Cursor(bytes)
  if (cursor.uint32() !== 0x184d2204) throw corrupt(bytes, 'it does not begin as one')
  const flags = cursor.byte()
  const descriptor = cursor.byte()
  checkFlags(bytes, flags, descriptor)
  const contentBytes = (flags & 0x08) === 0 ? null : cursor.uint32() + cursor.uint32() * 2 ** 32
  const hashed = xxhash32(bytes.subarray(4, cursor.at))
  if (cursor.byte() !== ((hashed >>> 8) & 0xff)) throw corrupt(bytes, 'its header checksum is wrong')
  const blocks = readBlocks(cursor, (flags & 0x10) !== 0)
  const checksum = (flags & 0x04) === 0 ? null : cursor.uint32()
  if (cursor.at < bytes.length) throw corrupt(bytes, `it ends ${bytes.length - cursor.at} bytes early`)
  return { maxBlockBytes: 2 ** (8 + 2 * (descriptor >>> 4)), blocks, checksum, contentBytes }
}

function writeBlockLength(bytes: Uint8Array, at: number, length: number, stored: boolean): void {
  bytes[at] = length
  bytes[at + 1] = length >>> 8
  bytes[at + 2] = length >>> 16
  bytes[at + 3] = (length >>> 24) | (stored ? 0x80 : 0)
}

function checkFlags(bytes: Uint8Array, flags: number, descriptor: number): void {
  if (flags >>> 6 !== 1) throw corrupt(bytes, `it is of version ${flags >>> 6}, not 1`)
  if ((flags & 0x20) === 0) throw corrupt(bytes, 'its blocks depend on each other, which Kafka does not take')
  if ((flags & 0x01) !== 0) throw corrupt(bytes, 'it needs a dictionary, which Kafka has not')
  if ((flags & 0x02) !== 0 || (descriptor & 0x8f) !== 0) throw corrupt(bytes, 'reserved bits are set')
  if (descriptor >>> 4 < 4) throw corrupt(bytes, `${descriptor >>> 4} is no block size`)
}

function readBlocks(cursor: Cursor, checksums: boolean): Block[] {
  const blocks: Block[] = []
  for (let length = cursor.uint32(); length !== 0; length = cursor.uint32()) {
    const stored = length >= storedFlag
    const bytes = cursor.take(stored ? length - storedFlag : length)
    if (checksums && cursor.uint32() !== xxhash32(bytes))
      throw corrupt(cursor.bytes, `checksum of block ${blocks.length}`)
    blocks.push({ bytes, stored })
  }
  return blocks
}

export function corrupt(bytes: Uint8Array, reason: string): CompressionError {
  return new CompressionError(`LZ4 frame of ${bytes.length} bytes is corrupt: ${reason}`)
}

class Cursor {
  readonly bytes: Uint8Array
  at = 0
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw corrupt(this.bytes, `it is cut short at ${this.at}`)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
  byte(): number {
    return this.take(1)[0]!
  }
  uint32(): number {
    const four = this.take(4)
    return (four[0]! | (four[1]! << 8) | (four[2]! << 16) | (four[3]! << 24)) >>> 0
  }
}
