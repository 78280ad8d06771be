// What the cases about codecs share: the codec that is tried, the sizes it is tried with, a wait, and a look at memory.
import { systemClock, type CompressionCodec } from '@sluice/core'
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

/** What a codec may still be at when it has said that it is done. */
const lateTurns = 20

/** Long enough for what a codec does too late. */
export async function afterwards(): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop -- waiting is what this is for
  for (let turn = 0; turn < lateTurns; turn++) await new Promise<void>(resolve => systemClock.soon(resolve))
}

/** Memory of buffers that somebody still refers to, once what others left is gone: it would go meanwhile, and hide what is taken. */
export function bufferBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}
