// A batch's records through its codec, into memory that the batch may keep: here, or on another thread.
import { CompressionError, reasonOf, type CompressionCodec, type MaybePromise } from '@sluice/core'
import { BATCH_HEADER_BYTES, type BatchMemory } from '@sluice/protocol'

/** Compressed records behind room for the header. Whoever gets it gives the buffer back to the memory that it is from. */
export interface Packed {
  readonly buffer: Buffer
  /** With the header. */
  readonly bytes: number
}

/**
 * What the codec makes of the records; null if that is no smaller than they are.
 *
 * @param raw stays as it is until the outcome is there
 * @throws whatever the codec does, or the promise rejects with it: `codecFailed` tells what was being done
 */
export function packed(codec: CompressionCodec, raw: Uint8Array, memory: BatchMemory): MaybePromise<Packed | null> {
  const made = codec.compressInto === undefined ? undefined : packedHere(codec, raw, memory)
  if (made !== undefined) return made
  if (codec.compressIntoLater !== undefined) return packedLater(codec, raw, memory)
  const result: unknown = codec.compress(raw)
  if (result instanceof Uint8Array) return copied(result, raw, memory)
  if (isThenable(result)) return copiedLater(result, raw, memory)
  throw new TypeError(`compress gave ${typeof result}, not a Uint8Array`)
}

export function codecFailed({ name }: CompressionCodec, rawBytes: number, cause: unknown): CompressionError {
  const text = `The ${name} codec failed on a batch of ${rawBytes} bytes: ${reasonOf(cause)}`
  return new CompressionError(text, { cause, outcome: 'not-persisted' })
}

/** @returns undefined if what the codec makes of it does not fit, or another thread shall do it */
function packedHere(codec: CompressionCodec, raw: Uint8Array, memory: BatchMemory): Packed | null | undefined {
  const output = memory.take(BATCH_HEADER_BYTES + raw.byteLength)
  let made: Packed | null | undefined
  try {
    made = written(codec.compressInto!(raw, output, BATCH_HEADER_BYTES), output, raw)
    return made
  } finally {
    if (!made) memory.give(output)
  }
}

async function packedLater(codec: CompressionCodec, raw: Uint8Array, memory: BatchMemory): Promise<Packed | null> {
  let output: Buffer | null = null
  let isOver = false
  let made: Packed | null | undefined
  // Taken when there is something to write: what waits for a thread shall not hold memory twice.
  const take = (): Buffer => {
    if (isOver) throw new TypeError('output was asked for after the promise had settled')
    return (output ??= memory.take(BATCH_HEADER_BYTES + raw.byteLength))
  }
  try {
    made = written(await codec.compressIntoLater!(raw, take, BATCH_HEADER_BYTES), output, raw)
    return made ?? null
  } finally {
    isOver = true
    if (output !== null && !made) memory.give(output)
  }
}

/** @returns undefined if the codec says that it did not fit */
function written(count: unknown, output: Buffer | null, raw: Uint8Array): Packed | null | undefined {
  if (isBetween(count, -Infinity, -1)) return undefined
  if (output === null || !isBetween(count, 1, output.byteLength - BATCH_HEADER_BYTES))
    throw new TypeError(`compressInto gave ${String(count)}, not how many bytes it wrote`)
  return count < raw.byteLength ? { buffer: output, bytes: BATCH_HEADER_BYTES + count } : null
}

function copied(bytes: Uint8Array, raw: Uint8Array, memory: BatchMemory): Packed | null {
  if (bytes.byteLength === 0) throw new TypeError('compress gave no bytes')
  if (bytes.byteLength >= raw.byteLength) return null
  const buffer = memory.take(BATCH_HEADER_BYTES + bytes.byteLength)
  buffer.set(bytes, BATCH_HEADER_BYTES)
  return { buffer, bytes: BATCH_HEADER_BYTES + bytes.byteLength }
}

async function copiedLater(result: PromiseLike<unknown>, raw: Uint8Array, memory: BatchMemory): Promise<Packed | null> {
  const bytes = await result
  if (bytes instanceof Uint8Array) return copied(bytes, raw, memory)
  throw new TypeError(`compress resolved to ${typeof bytes}, not a Uint8Array`)
}

const isBetween = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
