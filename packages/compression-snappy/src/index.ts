// snappy, framed as Kafka's own clients frame it.
import { CompressionError, reasonOf, type CompressionCodec } from '@sluice/core'
import { BlockCompressor, checkCodecOptions } from '@sluice/compression-parts'
import { kernel } from './kernel.ts'
import { declaredBytes, unpackBlock } from './unpack.ts'
import { framing, isXerial, xerialBlocks } from './xerial.ts'

/**
 * Writes xerial streams of 32 KiB blocks, which every reader understands; reads those and bare snappy blocks. A megabyte takes
 * about two milliseconds; of inputs from 64 KiB to 1 MiB, another thread does those that come while it is free.
 *
 * @throws InvalidArgumentError for any options: it has none
 * @throws CompressionError where a runtime has no WebAssembly
 */
export function snappy(...none: readonly []): CompressionCodec {
  checkCodecOptions('snappy', none.at(0), [])
  const compressor = new BlockCompressor(kernel, framing)
  return {
    id: 2,
    name: 'snappy',
    compress: input => compressor.compress(input),
    compressInto: (input, output, at) => compressor.compressInto(input, output, at),
    compressIntoLater: (input, output, at) => compressor.compressIntoLater(input, output, at),
    decompress
  }
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
