// What the cases about codecs share: the codec that is tried, the sizes it is tried with, and a look at memory.
import type { CompressionCodec } from '@sluice/core'
import { claim, shown } from './claims.ts'
import { collectGarbage } from './collect-garbage.ts'

export interface CompressionSetup {
  /** May be the same object for all cases. */
  readonly codec: CompressionCodec
}

export const sampleBytes = 3000
/** More than anybody compresses without another thread. */
export const largeBytes = 600_000

export async function compressed(codec: CompressionCodec, input: Uint8Array): Promise<Uint8Array> {
  let output: unknown
  try {
    output = await codec.compress(input)
  } catch (cause) {
    throw new Error(`compress failed on ${input.length} bytes: ${shown(cause)}`, { cause })
  }
  claim(output instanceof Uint8Array, `compress gave ${shown(output)}, not a Uint8Array`)
  return output
}

/** What is right, and must be taken. @param made what made the bytes */
export async function decompressed(
  codec: CompressionCodec,
  packed: Uint8Array,
  maxBytes: number,
  made = 'compress had made'
): Promise<Uint8Array> {
  let output: unknown
  try {
    output = await codec.decompress(packed, maxBytes)
  } catch (cause) {
    throw new Error(`decompress failed on what ${made} of ${maxBytes} bytes: ${shown(cause)}`, { cause })
  }
  claim(output instanceof Uint8Array, `decompress gave ${shown(output)}, not a Uint8Array`)
  return output
}

/** Memory of buffers that somebody still refers to, once what others left is gone: it would go meanwhile, and hide what is taken. */
export function bufferBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
