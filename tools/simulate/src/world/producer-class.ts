// The producer as it is shipped; or one that counts its sequences from another number than 0, and is the same in all else.
import { register } from 'node:module'
import { plantIn, type Change } from '@sluice/plants'
import { Producer } from '@sluice/producer'
import { HarnessError } from '../harness-error.ts'

/** Counts from the number that the module is asked for with. */
export const shiftedCount: Change = {
  file: 'producer/dist/sequence.js',
  find: '(logical - epochBase)',
  put: "(logical - epochBase + Number(new URL(import.meta.url).searchParams.get('first') ?? 0))"
}

let isHooked = false

/**
 * Nobody sends 2^31 records to see their sequences go round. So the module that turns a count into a sequence is loaded once
 * more, with a number added.
 *
 * @throws HarnessError when that cannot be done to the code as it is
 */
export async function producerClass(firstSequence: number): Promise<typeof Producer> {
  if (firstSequence === 0) return Producer
  if (!isHooked) {
    plantIn([shiftedCount])
    register('./relatives-hook.js', import.meta.url)
  }
  isHooked = true
  const url = `${import.meta.resolve('@sluice/producer')}?first=${firstSequence}`
  try {
    // It is the same module, but for that number.
    const { Producer: Shifted } = (await import(url)) as { readonly Producer: typeof Producer }
    return Shifted
  } catch (cause) {
    // Two changes of one file may not fit together.
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new HarnessError(`No producer counts from ${firstSequence}: ${why}`, { cause })
  }
}
