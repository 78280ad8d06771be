// Zstandard, by node:zlib where it has it (Node 22.15 and later), else by a package.
import { CompressionError, InvalidArgumentError, reasonOf, type CompressionCodec } from '@sluice/core'
import { checkCodecOptions } from '@sluice/compression-parts'
import type { Engine } from './engine.ts'
import { readFrames, type Frame } from './frame.ts'
import { libraryEngine } from './library.ts'
import { nativeEngine } from './native.ts'

export interface ZstdOptions {
  /**
   * From -131072 (fastest) to 22 (smallest); 0 is the library's own choice, which is 3. Before Node 22.15 levels above 19
   * count as 19. Default 1.
   */
  readonly level?: number | undefined
}

const leastLevel = -131_072
const greatestLevel = 22

/**
 * One frame per batch, which says its size, in a window of at most 8 MiB. Small inputs are compressed at once, larger ones
 * on the thread pool; the limit is 128 KiB at levels up to 4 and less above.
 *
 * @throws InvalidArgumentError for a level that is not an integer from -131072 to 22, and for any other option
 * @throws CompressionError on a Node before 22.15 without the package `@toondepauw/node-zstd`
 */
export function zstd(options: ZstdOptions = {}): CompressionCodec {
  checkCodecOptions('zstd', options, ['level'])
  const { level = 1 } = options
  if (!Number.isInteger(level) || level < leastLevel || level > greatestLevel) {
    throw new InvalidArgumentError(
      `zstd level must be an integer from ${leastLevel} to ${greatestLevel}, not ${String(level)}`
    )
  }
  const engine = nativeEngine(level) ?? libraryEngine(level)
  const syncBytes = longestSyncBytes(level)
  const codec: CompressionCodec = {
    id: 4,
    name: 'zstd',
    compress: input => (input.length > syncBytes ? engine.compressLater(input) : engine.compress(input)),
    decompress: (input, maxBytes) => decompress(engine, input, maxBytes)
  }
  const { compressInto } = engine
  if (compressInto === undefined) return codec
  return {
    ...codec,
    compressInto: (input, output, at) => (input.length > syncBytes ? -1 : compressInto(input, output, at))
  }
}

// About a millisecond of work each.
function longestSyncBytes(level: number): number {
  if (level <= 4) return 131_072
  return level <= 9 ? 32_768 : 4096
}

function decompress(engine: Engine, input: Uint8Array, maxBytes: number): Uint8Array {
  const outputs: Uint8Array[] = []
  let roomBytes = maxBytes
  for (const frame of readFrames(input)) {
    if (leastBytes(frame) > roomBytes) throw tooLarge(input, maxBytes)
    const output = expand(engine, frame, roomBytes)
    roomBytes -= output.length
    if (roomBytes < 0) throw tooLarge(input, maxBytes)
    outputs.push(output)
  }
  return outputs.length === 1 ? outputs[0]! : Buffer.concat(outputs)
}

function leastBytes(frame: Frame): number {
  let bytes = 0
  for (const block of frame.blocks) if (block.exact) bytes += block.mostBytes
  return Math.max(bytes, frame.contentBytes ?? 0)
}

function expand(engine: Engine, frame: Frame, maxBytes: number): Uint8Array {
  try {
    return engine.expand(frame, maxBytes)
  } catch (cause) {
    if (cause instanceof CompressionError) throw cause
    const reason = reasonOf(cause)
    throw new CompressionError(
      `Zstandard frame of ${frame.bytes.length} bytes does not expand to at most ${maxBytes}: ${reason}`,
      {
        cause
      }
    )
  }
}

function tooLarge(input: Uint8Array, maxBytes: number): CompressionError {
  return new CompressionError(`Zstandard data of ${input.length} bytes expands to more than ${maxBytes} bytes`)
}
