// LZ4, in frames that Kafka takes.
import { CompressionError, reasonOf, type CompressionCodec } from '@sluice/core'
import { BlockCompressor, checkCodecOptions } from '@sluice/compression-parts'
import { corrupt, framing, readFrame, type Frame } from './frame.ts'
import { kernel } from './kernel.ts'
import { unpackBlock } from './unpack.ts'
import { xxhash32 } from './xxhash.ts'

/**
 * Frames of independent 64 KiB blocks; a block that does not shrink is stored as it is. A megabyte takes about two
 * milliseconds; of inputs from 64 KiB to 1 MiB, another thread does those that come while it is free.
 *
 * @throws InvalidArgumentError for any options: it has none
 * @throws CompressionError where a runtime has no WebAssembly
 */
export function lz4(...none: readonly []): CompressionCodec {
  checkCodecOptions('lz4', none.at(0), [])
  const compressor = new BlockCompressor(kernel, framing)
  return {
    id: 3,
    name: 'lz4',
    compress: input => compressor.compress(input),
    compressInto: (input, output, at) => compressor.compressInto(input, output, at),
    compressIntoLater: (input, output, at) => compressor.compressIntoLater(input, output, at),
    decompress
  }
}

function decompress(input: Uint8Array, maxBytes: number): Uint8Array {
  const frame = readFrame(input)
  if (frame.contentBytes !== null && frame.contentBytes > maxBytes) throw tooLarge(input, maxBytes)
  const output = Buffer.allocUnsafeSlow(Math.min(mostContentBytes(frame), maxBytes))
  let end = 0
  for (const { bytes, stored } of frame.blocks) {
    if (stored && bytes.length > frame.maxBlockBytes) {
      throw corrupt(input, `a block is larger than ${frame.maxBlockBytes} bytes`)
    }
    if (stored && bytes.length > output.length - end) throw tooLarge(input, maxBytes)
    if (stored) output.set(bytes, end)
    end = stored ? end + bytes.length : unpackWithin(input, bytes, output, end, frame.maxBlockBytes)
  }
  return checked(input, frame, output.subarray(0, end))
}

// No byte of a block becomes more than 255.
function mostContentBytes(frame: Frame): number {
  let most = 0
  for (const { bytes, stored } of frame.blocks)
    most += stored ? bytes.length : Math.min(frame.maxBlockBytes, bytes.length * 255)
  return most
}

function unpackWithin(input: Uint8Array, block: Uint8Array, output: Uint8Array, at: number, most: number): number {
  const end = Math.min(output.length, at + most)
  try {
    return unpackBlock(block, output, at, end)
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new CompressionError(`LZ4 block in ${input.length} bytes does not expand to at most ${end - at}: ${reason}`, {
      cause
    })
  }
}

function checked(input: Uint8Array, frame: Frame, output: Uint8Array): Uint8Array {
  if (frame.contentBytes !== null && frame.contentBytes !== output.length) {
    throw corrupt(input, `it expands to ${output.length} bytes, not the ${frame.contentBytes} that it says`)
  }
  if (frame.checksum !== null && frame.checksum !== xxhash32(output))
    throw corrupt(input, 'its content checksum is wrong')
  return output
}

function tooLarge(input: Uint8Array, maxBytes: number): CompressionError {
  return new CompressionError(`LZ4 frame of ${input.length} bytes expands to more than ${maxBytes} bytes`)
}
