// snappy: blocks by the `snappy` package, framed as Kafka's own clients frame them.
import { CompressionError, type CompressionCodec } from '@sluice/core'
import { compress as compressLater, compressSync, uncompressSync } from 'snappy'
import { blockBytes, declaredBytes, isXerial, writeInt32, xerialBlocks, xerialHeader } from './xerial.ts'

/**
 * Writes xerial streams of 32 KiB blocks, which every reader understands; reads those and bare snappy blocks. Inputs up to
 * 128 KiB are compressed at once (a fraction of a millisecond), larger ones on the thread pool.
 */
export function snappy(): CompressionCodec {
  return { id: 2, name: 'snappy', compress, compressInto, decompress }
}

const longestSyncBytes = 131_072

function compress(input: Uint8Array): Uint8Array | Promise<Uint8Array> {
  if (input.length > longestSyncBytes)
    return Promise.all(blocksOf(input).map(block => compressLater(block))).then(framed)
  return framed(blocksOf(input).map(block => compressSync(block)))
}

function compressInto(input: Uint8Array, output: Uint8Array, at: number): number {
  let end = at + xerialHeader.length
  if (end > output.length) return -1
  output.set(xerialHeader, at)
  for (let from = 0; from < input.length; from += blockBytes) {
    const block = compressSync(input.subarray(from, from + blockBytes))
    if (end + 4 + block.length > output.length) return -1
    writeInt32(output, end, block.length)
    output.set(block, end + 4)
    end += 4 + block.length
  }
  return end - at
}

function blocksOf(input: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let from = 0; from < input.length; from += blockBytes) blocks.push(input.subarray(from, from + blockBytes))
  return blocks
}

function framed(blocks: readonly Uint8Array[]): Uint8Array {
  let bytes = xerialHeader.length
  for (const block of blocks) bytes += 4 + block.length
  const output = Buffer.allocUnsafeSlow(bytes)
  output.set(xerialHeader)
  let at = xerialHeader.length
  for (const block of blocks) {
    writeInt32(output, at, block.length)
    output.set(block, at + 4)
    at += 4 + block.length
  }
  return output
}

function decompress(input: Uint8Array, maxBytes: number): Uint8Array {
  const blocks = isXerial(input) ? xerialBlocks(input) : [input]
  let bytes = 0
  for (const block of blocks) bytes += declaredBytes(block)
  if (bytes > maxBytes) {
    throw new CompressionError(`snappy data of ${input.length} bytes expands to ${bytes} bytes, more than ${maxBytes}`)
  }
  const output = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const block of blocks) {
    const raw = expand(block)
    output.set(raw, at)
    at += raw.length
  }
  return output
}

// The library refuses a block that expands to anything but its declared size, or that has bytes left over.
function expand(block: Uint8Array): Uint8Array {
  try {
    // Asked for a buffer, it never gives a string.
    return uncompressSync(block, { asBuffer: true }) as Buffer
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CompressionError(`snappy block of ${block.length} bytes is corrupt: ${reason}`, { cause })
  }
}
