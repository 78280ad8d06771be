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
  const output = await codec.compress(input)
  claim(output instanceof Uint8Array, `compress gave ${shown(output)}, not a Uint8Array`)
  return output
}

/** Memory of buffers that somebody still refers to, once what others left is gone: it would go meanwhile, and hide what is taken. */
export function bufferBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
