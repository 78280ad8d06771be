// snappy, framed as Kafka's own clients frame it.
import { CompressionError, reasonOf, type CompressionCodec } from '@sluice/core'
import { BlockCompressor, checkCodecOptions, mostPackedBytes, type Packer } from '@sluice/compression-parts'
import { kernel } from './kernel.ts'
import { declaredBytes, unpackBlock } from './unpack.ts'
import { isXerial, writeInt32, xerialBlocks, xerialHeader } from './xerial.ts'

const { blockBytes } = kernel
const lengthBytes = 4

/**
 * Writes xerial streams of 32 KiB blocks, which every reader understands; reads those and bare snappy blocks. A megabyte takes
 * about two milliseconds; of inputs from 64 KiB to 1 MiB, another thread does those that come while it is free.
 *
 * @throws InvalidArgumentError for any options: it has none
 * @throws CompressionError where a runtime has no WebAssembly
 */
export function snappy(...none: readonly []): CompressionCodec {
  checkCodecOptions('snappy', none.at(0), [])
  const compressor = new BlockCompressor(kernel, { mostBytes: mostStreamBytes, write: writeStream })
  return {
    id: 2,
    name: 'snappy',
    compress: input => compressor.compress(input),
    compressInto: (input, output, at) => compressor.compressInto(input, output, at),
    compressIntoLater: (input, output, at) => compressor.compressIntoLater(input, output, at),
    decompress
  }
}

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

function decompress(input: Uint8Array, maxBytes: number): Uint8Array {
  const blocks = isXerial(input) ? xerialBlocks(input) : [input]
  let bytes = 0
  for (const block of blocks) bytes += explained(block, () => declaredBytes(block))
  if (bytes > maxBytes) {
    throw new CompressionError(`snappy data of ${input.length} bytes expands to ${bytes} bytes, more than ${maxBytes}`)
  }
  const output = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const block of blocks) {
    explained(block, () => unpackBlock(block, output, at))
    at += declaredBytes(block)
  }
  return output
}

function explained<T>(block: Uint8Array, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new CompressionError(`snappy block of ${block.length} bytes is corrupt: ${reason}`, { cause })
  }
}
