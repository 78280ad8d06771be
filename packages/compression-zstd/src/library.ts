// Zstandard by the package @toondepauw/node-zstd, for Nodes without it. It is not loaded where node:zlib will do.
import { CompressionError } from '@sluice/core'
import { createRequire } from 'node:module'
import type { Engine } from './engine.ts'
import type { Block, Frame } from './frame.ts'

interface Library {
  readonly Encoder: new (level: number) => { encodeSync(input: Buffer): Buffer; encode(input: Buffer): Promise<Buffer> }
  readonly Decoder: new () => { decodeSync(frame: Buffer): Buffer }
}

/** Above, the window is larger than 8 MiB, and each frame takes hundreds of megabytes to make. */
const greatestLevel = 19
/** What is longer keeps the window of its level, which is no larger than this. */
const largestSingleBytes = 2 ** 23

/** Levels above 19 count as 19. @throws CompressionError if the package is not installed */
export function libraryEngine(level: number): Engine {
  const { Encoder, Decoder } = load()
  const encoder = new Encoder(Math.min(level, greatestLevel))
  const decoder = new Decoder()
  return {
    compress: input => sized(encoder.encodeSync(buffer(input)), input.length),
    compressLater: async input => sized(await encoder.encode(buffer(input)), input.length),
    expand: (frame, maxBytes) => expand(frame, maxBytes, bytes => decoder.decodeSync(bytes))
  }
}

function load(): Library {
  try {
    return createRequire(import.meta.url)('@toondepauw/node-zstd') as Library
  } catch (cause) {
    throw new CompressionError(
      'zstd needs Node 22.15 or later, or the package @toondepauw/node-zstd, which is not installed here',
      { cause }
    )
  }
}

function buffer(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.length)
}

// The library writes frames without their content size, in the window of their level. With the size they say how much
// memory they need, and no more than that.
function sized(frame: Buffer, contentBytes: number): Uint8Array {
  if (frame[4] !== 0 || contentBytes > largestSingleBytes) return frame
  const header = Buffer.alloc(9)
  let headerBytes = 6
  frame.copy(header, 0, 0, 4)
  if (contentBytes < 256) {
    header[4] = 0x20
    header[5] = contentBytes
  } else if (contentBytes < 65_792) {
    header[4] = 0x60
    headerBytes = header.writeUInt16LE(contentBytes - 256, 5)
  } else {
    header[4] = 0xa0
    headerBytes = header.writeUInt32LE(contentBytes, 5)
  }
  return Buffer.concat([header.subarray(0, headerBytes), frame.subarray(6)])
}

const mostRounds = 64

// The library knows no bound. So it is given only as many blocks as surely fit in a bounded room, and again with more once
// it is known how much the first ones gave: usually all at once.
function expand(frame: Frame, maxBytes: number, decode: (bytes: Buffer) => Buffer): Uint8Array {
  const roomBytes = 4 * maxBytes + 1_048_576
  let knownBytes = 0
  let count = 0
  for (let round = 0; round < mostRounds; round++) {
    count = blocksWithin(frame.blocks, count, roomBytes - knownBytes)
    if (count === frame.blocks.length) return decode(buffer(frame.bytes))
    knownBytes = decode(prefix(frame, count)).length
    if (knownBytes > maxBytes) break
  }
  throw new CompressionError(`Zstandard frame of ${frame.bytes.length} bytes expands to more than ${maxBytes} bytes`)
}

function blocksWithin(blocks: readonly Block[], from: number, roomBytes: number): number {
  let bytes = 0
  let count = from
  while (count < blocks.length && bytes + blocks[count]!.mostBytes <= roomBytes) bytes += blocks[count++]!.mostBytes
  return count
}

// A frame of the first blocks alone: no content size, no checksum, the window rounded up to a power of two.
function prefix(frame: Frame, count: number): Buffer {
  const last = frame.blocks[count - 1]!
  const header = Buffer.alloc(6)
  frame.bytes.subarray(0, 4).forEach((byte, at) => (header[at] = byte))
  header[5] = Math.max(0, Math.ceil(Math.log2(frame.windowBytes)) - 10) << 3
  const bytes = Buffer.concat([header, frame.bytes.subarray(frame.headerBytes, last.end)])
  bytes[header.length + last.start - frame.headerBytes]! |= 1
  return bytes
}
