// Cases about serializers that write into a batch's memory.
// oxlint-disable no-await-in-loop -- one call at a time is what these cases are about
import type { SerializeContext, Serializer, Sink } from '@sluice/core'
import { claim, claimEqual, claimSameBytes, failureOf, shown } from './claims.ts'
import { afterwards } from './late-turns.ts'
import { bytesOf, each, pictureOf, serialized, sinkContextsOf, type SerializerSetup } from './serializer-stage.ts'

interface Written {
  readonly bytes: Uint8Array
  readonly before: Uint8Array
  /** What `into` gave: true, or false for null. */
  readonly answer: unknown
  readonly sink: TestSink
}

interface SinkKind {
  readonly moving?: boolean
  readonly exact?: boolean
}

const borderBytes = 64

/** Memory as a batch gives it, a part of larger memory; with `moving`, each `ensure` gives other memory and spoils the old. */
class TestSink implements Sink {
  buffer: Buffer
  position: number
  readonly #moving: boolean
  readonly #exact: boolean

  constructor(start: number, kind: SinkKind) {
    this.#moving = kind.moving ?? false
    this.#exact = kind.exact ?? false
    this.buffer = part(this.#exact ? start : start + 100_000)
    this.position = start
  }

  /** All of the memory that the buffer is a part of. */
  get memory(): Uint8Array {
    return new Uint8Array(this.buffer.buffer)
  }

  get isBorderWhole(): boolean {
    const { memory } = this
    const borders = [memory.subarray(0, borderBytes), memory.subarray(borderBytes + this.buffer.length)]
    return borders.every(border => border.every(byte => byte === 0xa5))
  }

  ensure(bytes: number): void {
    const needed = this.position + bytes
    if (!this.#moving && needed <= this.buffer.length) return
    const old = this.buffer
    this.buffer = part(this.#exact ? needed : needed + 1000)
    old.copy(this.buffer, 0, 0, this.position)
    old.fill(0x5a)
  }
}

function part(bytes: number): Buffer {
  const memory = new Uint8Array(bytes + 2 * borderBytes).fill(0xa5)
  return Buffer.from(memory.buffer, borderBytes, bytes)
}

const sinkStart = 13

function write<T>(serializer: Serializer<T>, value: T, context: SerializeContext, sink: TestSink): Written {
  let answer: unknown
  try {
    answer = serializer.into!(value, context, sink)
  } catch (cause) {
    throw new Error(`Serializing ${shown(value)} as ${context.part} by into threw ${shown(cause)}`, { cause })
  }
  return {
    bytes: new Uint8Array(sink.buffer.subarray(sinkStart, sink.position)),
    before: new Uint8Array(sink.buffer.subarray(0, sinkStart)),
    answer,
    sink
  }
}

type Visit = (written: Written, plain: Written, result: Uint8Array, what: string) => void

/** Has each example written into memory of this kind, and plainly. */
async function eachInto<T>(setup: SerializerSetup<T>, kind: SinkKind, visit: Visit): Promise<void> {
  const { serializer } = setup
  if (serializer.into === undefined) return
  await each(setup, sinkContextsOf(setup), ({ value }, context, what) => {
    const plain = write(serializer, value, context, new TestSink(sinkStart, {}))
    const written = write(serializer, value, context, new TestSink(sinkStart, kind))
    visit(written, plain, bytesOf(serialized(serializer, value, context)), `${what}, written into memory,`)
  })
}

export async function writesSameBytes<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, {}, ({ bytes, answer }, _plain, result, what) => {
    claim(typeof answer === 'boolean', `${what} into gave ${shown(answer)}, neither true nor false`)
    const lost = `is null, where the serializer gives ${result.length} bytes: the value would be lost`
    claim(answer, `${what} ${lost}`)
    claimSameBytes(bytes, result, what)
  })
}

export async function writesFromPosition<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, {}, ({ before, sink }, _plain, _result, what) => {
    claimSameBytes(before, new Uint8Array(sinkStart).fill(0xa5), `${what} the memory before its place`)
    claim(sink.isBorderWhole, `${what} wrote outside the buffer: its memory begins at byteOffset of buffer.buffer`)
  })
}

export async function readsBufferAgain<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, { moving: true }, ({ bytes }, plain, _result, what) => {
    claimSameBytes(bytes, plain.bytes, `${what} that moved when more of it was asked for,`)
  })
}

export async function ensuresEnough<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, { exact: true }, ({ bytes }, plain, _result, what) => {
    claimSameBytes(bytes, plain.bytes, `${what} of exactly the size asked for,`)
  })
}

export async function writesNothingForNull<T>(setup: SerializerSetup<T>): Promise<void> {
  const { serializer, nulls = [] } = setup
  if (serializer.into === undefined) return
  for (const context of sinkContextsOf(setup)) {
    // The name of a header is never null.
    if (context.part === 'headerKey') continue
    await serializer.prepare?.(context)
    for (const value of nulls) {
      const { answer, bytes } = write(serializer, value, context, new TestSink(sinkStart, {}))
      const what = `${shown(value)} as ${context.part}, written into memory,`
      claimEqual(answer, false, `${what} is to be null, and what into gave`)
      claimEqual(bytes.length, 0, `${what} is null, and the number of bytes written`)
    }
  }
}

export async function leavesValuesAloneInto<T>(setup: SerializerSetup<T>): Promise<void> {
  const { serializer } = setup
  if (serializer.into === undefined) return
  await each(setup, sinkContextsOf(setup), ({ value }, context, what) => {
    const before = pictureOf(value)
    write(serializer, value, context, new TestSink(sinkStart, {}))
    claim(pictureOf(value) === before, `${what} was changed by into`)
  })
}

export async function refusesInto<T>(setup: SerializerSetup<T>): Promise<void> {
  const { serializer, refused = [] } = setup
  if (serializer.into === undefined) return
  for (const context of sinkContextsOf(setup)) {
    for (const value of refused) {
      const what = `Serializing ${shown(value)} by into`
      // Wrong on purpose.
      const wrong = value as T
      const failure = await failureOf(() => serializer.into!(wrong, context, new TestSink(sinkStart, {})), what)
      claim(failure instanceof Error, `${what} threw ${shown(failure)}, not an Error`)
    }
  }
}

export async function leavesMemoryAlone<T>(setup: SerializerSetup<T>): Promise<void> {
  const written: { readonly sink: TestSink; readonly before: Uint8Array; readonly what: string }[] = []
  await eachInto(setup, {}, ({ sink }, _plain, _result, what) => {
    written.push({ sink, before: new Uint8Array(sink.memory), what })
  })
  await afterwards()
  for (const { sink, before, what } of written) {
    claim(Buffer.compare(sink.memory, before) === 0, `${what} into wrote into memory after it had returned`)
  }
}
