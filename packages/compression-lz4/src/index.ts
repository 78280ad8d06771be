// LZ4: blocks by the `lz4-napi` package, in frames that Kafka takes.
import { CompressionError, type CompressionCodec } from '@sluice/core'
import { compress as compressLater, compressSync, uncompressSync } from 'lz4-napi'
import {
  blockBytes,
  corrupt,
  endBytes,
  frameHeader,
  readFrame,
  writeBlockLength,
  type Block,
  type Frame
} from './frame.ts'
import { xxhash32 } from './xxhash.ts'

/**
 * Frames of independent 64 KiB blocks; a block that does not shrink is stored as it is. Inputs up to 128 KiB are
 * compressed at once (a fraction of a millisecond), larger ones on the thread pool.
 */
export function lz4(): CompressionCodec {
  return { id: 3, name: 'lz4', compress, compressInto, decompress }
}

const longestSyncBytes = 131_072
// The library puts the uncompressed size before its blocks, little-endian.
const prefixBytes = 4

function compress(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
  const raw = blocksOf(input)
  if (input.length <= longestSyncBytes)
    return framed(
      raw,
      raw.map(block => compressSync(block))
    )
  return Promise.all(raw.map(block => compressLater(block))).then(packed => framed(raw, packed))
}

function compressInto(input: Uint8Array, output: Uint8Array, at: number): number {
  if (at + frameHeader.length + endBytes > output.length) return -1
  output.set(frameHeader, at)
  let end = at + frameHeader.length
  for (let from = 0; from < input.length; from += blockBytes) {
    const raw = buffer(input.subarray(from, from + blockBytes))
    const packed = compressSync(raw)
    if (end + 4 + smaller(raw, packed).length + endBytes > output.length) return -1
    end = writeBlock(output, end, raw, packed)
  }
  output.fill(0, end, end + endBytes)
  return end + endBytes - at
}

function framed(raw: readonly Uint8Array[], packed: readonly Uint8Array[]): Uint8Array {
  let bytes = frameHeader.length + endBytes
  for (let i = 0; i < raw.length; i++) bytes += 4 + smaller(raw[i]!, packed[i]!).length
  const output = Buffer.allocUnsafeSlow(bytes)
  output.set(frameHeader)
  let at = frameHeader.length
  for (let i = 0; i < raw.length; i++) at = writeBlock(output, at, raw[i]!, packed[i]!)
  output.fill(0, at)
  return output
}

function writeBlock(output: Uint8Array, at: number, raw: Uint8Array, packed: Uint8Array): number {
  const bytes = smaller(raw, packed)
  writeBlockLength(output, at, bytes.length, bytes === raw)
  output.set(bytes, at + 4)
  return at + 4 + bytes.length
}

function smaller(raw: Uint8Array, packed: Uint8Array): Uint8Array {
  return packed.length - prefixBytes < raw.length ? packed.subarray(prefixBytes) : raw
}

function blocksOf(input: Uint8Array): Buffer[] {
  const blocks: Buffer[] = []
  for (let from = 0; from < input.length; from += blockBytes)
    blocks.push(buffer(input.subarray(from, from + blockBytes)))
  return blocks
}

function buffer(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.length)
}

function decompress(input: Uint8Array, maxBytes: number): Uint8Array {
  const frame = readFrame(input)
  if (frame.contentBytes !== null && frame.contentBytes > maxBytes) throw tooLarge(input, maxBytes)
  const blocks: Uint8Array[] = []
  let bytes = 0
  for (const block of frame.blocks) {
    const raw = block.stored ? block.bytes : expand(input, block, Math.min(frame.maxBlockBytes, maxBytes - bytes))
    bytes += raw.length
    if (raw.length > frame.maxBlockBytes) throw corrupt(input, `a block is larger than ${frame.maxBlockBytes} bytes`)
    if (bytes > maxBytes) throw tooLarge(input, maxBytes)
    blocks.push(raw)
  }
  return checked(input, frame, Buffer.concat(blocks, bytes))
}

function checked(input: Uint8Array, frame: Frame, output: Uint8Array): Uint8Array {
  if (frame.contentBytes !== null && frame.contentBytes !== output.length) {
    throw corrupt(input, `it expands to ${output.length} bytes, not the ${frame.contentBytes} that it says`)
  }
  if (frame.checksum !== null && frame.checksum !== xxhash32(output))
    throw corrupt(input, 'its content checksum is wrong')
  return output
}

// What the library allocates is the size before the block, which is ours: the room that is left.
function expand(input: Uint8Array, block: Block, roomBytes: number): Uint8Array {
  const prefixed = Buffer.allocUnsafe(prefixBytes + block.bytes.length)
  prefixed.writeUInt32LE(roomBytes)
  prefixed.set(block.bytes, prefixBytes)
  try {
    return uncompressSync(prefixed)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CompressionError(
      `LZ4 block in ${input.length} bytes does not expand to at most ${roomBytes}: ${reason}`,
      {
        cause
      }
    )
  }
}

function tooLarge(input: Uint8Array, maxBytes: number): CompressionError {
  return new CompressionError(`LZ4 frame of ${input.length} bytes expands to more than ${maxBytes} bytes`)
}
