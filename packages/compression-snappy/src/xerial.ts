// The stream in which Kafka keeps snappy blocks, named after the Java library that began it.
import { mostPackedBytes, type Framing, type Packer } from '@sluice/compression-parts'
import { CompressionError } from '@sluice/core'
import { kernel } from './kernel.ts'

// offset  size
//      0     8  magic: 82 'SNAPPY' 00
//      8     4  version, 1
//     12     4  lowest version that can read it, 1
//     16        blocks: length (4, big-endian), raw snappy of at most 32 KiB
const xerialHeader: Uint8Array = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1)
const magicBytes = 8
const readableVersion = 1
const { blockBytes } = kernel
const lengthBytes = 4

export const framing: Framing = { mostBytes: mostStreamBytes, write: writeStream }

function mostStreamBytes(inputBytes: number): number {
  return xerialHeader.length + Math.ceil(inputBytes / blockBytes) * lengthBytes + mostPackedBytes(inputBytes)
}

// hot: one call per batch
function writeStream(pack: Packer, input: Uint8Array, output: Uint8Array, at: number): number {
  let end = at + xerialHeader.length
  if (end > output.length) return -1
  output.set(xerialHeader, at)
  for (let from = 0; from < input.length; from += blockBytes) {
    const packed = pack(input, from, Math.min(from + blockBytes, input.length))
    if (end + lengthBytes + packed.length > output.length) return -1
    writeInt32(output, end, packed.length)
    output.set(packed, end + lengthBytes)
    end += lengthBytes + packed.length
  }
  return end - at
}

/** Whether these bytes are a xerial stream; a bare snappy block, as some clients write it, cannot begin like one. */
export function isXerial(bytes: Uint8Array): boolean {
  if (bytes.length < xerialHeader.length) return false
  for (let at = 0; at < magicBytes; at++) if (bytes[at] !== xerialHeader[at]) return false
  return true
}

/** Views of the raw blocks of a xerial stream, in order. */
export function xerialBlocks(bytes: Uint8Array): Uint8Array[] {
  const oldestReader = readInt32(bytes, 12)
  if (oldestReader > readableVersion)
    throw new CompressionError(`snappy stream needs a reader of version ${oldestReader}`)
  const blocks: Uint8Array[] = []
  let at = xerialHeader.length
  while (at < bytes.length) {
    const length = bytes.length - at < 4 ? -1 : readInt32(bytes, at)
    if (length < 0 || length > bytes.length - at - 4) {
      throw new CompressionError(`snappy stream of ${bytes.length} bytes is cut short in the block at ${at}`)
    }
    blocks.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return blocks
}

function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}
