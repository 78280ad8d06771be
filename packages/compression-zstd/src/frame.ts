// The Zstandard frame from outside: where it ends and how large it can become, before anything is decompressed.
import { CompressionError } from '@sluice/core'

// A frame (all numbers little-endian):
//   4      magic FD2FB528
//   1      descriptor: content size field (2 bits), single segment (1), unused (1), reserved (1), checksum (1), dictionary (2)
//   0-1    window: exponent (5 bits), mantissa (3); absent in a single segment, whose window is its content
//   0-4    dictionary id
//   0-8    content size
//          blocks: last (1 bit), type (2), size (21), bytes
//   0, 4   checksum
const magic = 0xfd2fb528
const skippableMagic = 0x184d2a50
const largestBlockBytes = 131_072
const largestWindowBytes = 2 ** 27

export interface Frame {
  readonly bytes: Uint8Array
  readonly headerBytes: number
  readonly windowBytes: number
  /** What the frame says it expands to, or null. */
  readonly contentBytes: number | null
  readonly blocks: readonly Block[]
}

export interface Block {
  /** Where its header begins, and where it ends, in the frame. */
  readonly start: number
  readonly end: number
  /** Stored and repeated blocks expand to exactly this size, compressed ones to anything up to it. */
  readonly mostBytes: number
  readonly exact: boolean
}

/** @throws CompressionError unless the bytes are whole frames, one after another, that need no dictionary */
export function readFrames(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = []
  let at = 0
  do {
    const rest = bytes.subarray(at)
    if (rest.length >= 8 && (readUint(rest, 0, 4) & ~0xf) >>> 0 === skippableMagic) {
      at += 8 + readUint(rest, 4, 4)
      if (at > bytes.length) throw corrupt(bytes, 'it is cut short')
      continue
    }
    const frame = readFrame(rest)
    frames.push(frame)
    at += frame.bytes.length
  } while (at < bytes.length)
  return frames
}

function readFrame(bytes: Uint8Array): Frame {
  if (bytes.length < 6 || readUint(bytes, 0, 4) !== magic) throw corrupt(bytes, 'it does not begin as one')
  const descriptor = bytes[4]!
  if ((descriptor & 0x08) !== 0) throw corrupt(bytes, 'a reserved bit is set')
  const single = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6]!
  const headerBytes = 5 + (single ? 0 : 1) + dictionaryBytes + sizeBytes
  if (headerBytes > bytes.length) throw corrupt(bytes, 'it is cut short')
  if (readUint(bytes, headerBytes - sizeBytes - dictionaryBytes, dictionaryBytes) !== 0) {
    throw new CompressionError(`Zstandard frame of ${bytes.length} bytes needs a dictionary, which Kafka has not`)
  }
  const contentBytes =
    sizeBytes === 0 ? null : readUint(bytes, headerBytes - sizeBytes, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
  const windowBytes = single ? contentBytes! : describedWindow(bytes[5]!)
  if (!single && windowBytes > largestWindowBytes) {
    throw new CompressionError(
      `Zstandard frame needs a window of ${windowBytes} bytes, more than ${largestWindowBytes}`
    )
  }
  const blocks = readBlocks(bytes, headerBytes, Math.min(windowBytes, largestBlockBytes))
  const end = blocks.at(-1)!.end + ((descriptor & 0x04) === 0 ? 0 : 4)
  if (end > bytes.length) throw corrupt(bytes, 'it is cut short')
  return { bytes: bytes.subarray(0, end), headerBytes, windowBytes, contentBytes, blocks }
}

function readBlocks(bytes: Uint8Array, from: number, mostBytes: number): Block[] {
  const blocks: Block[] = []
  let last = false
  for (let start = from; !last; start = blocks.at(-1)!.end) {
    if (start + 3 > bytes.length) throw corrupt(bytes, 'it is cut short')
    const header = readUint(bytes, start, 3)
    last = (header & 1) === 1
    const type = (header >>> 1) & 3
    const size = header >>> 3
    if (type === 3 || size > mostBytes) throw corrupt(bytes, `block ${blocks.length} is not valid`)
    const end = start + 3 + (type === 1 ? 1 : size)
    if (end > bytes.length) throw corrupt(bytes, 'it is cut short')
    blocks.push({ start, end, mostBytes: type === 2 ? mostBytes : size, exact: type !== 2 })
  }
  return blocks
}

function describedWindow(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3))
  return base + (base / 8) * (descriptor & 7)
}

function readUint(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!
  return value
}

export function corrupt(bytes: Uint8Array, reason: string): CompressionError {
  return new CompressionError(`Zstandard frame of ${bytes.length} bytes is corrupt: ${reason}`)
}
