// The compliance suite of serializers.
import type { SerializeContext, Serializer, Sink } from '@sluice/core'
import { inspect } from 'node:util'
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, claimSameBytes, failureOf, shown } from './claims.ts'

export interface SerializerExample<T> {
  readonly value: T
  /** What it must become, where that is known. */
  readonly bytes?: Uint8Array | undefined
}

export interface SerializerSetup<T> {
  readonly serializer: Serializer<T>
  /** Fresh values at each call; at least two, different ones. None is null: a serializer never sees it. */
  readonly examples: () => readonly SerializerExample<T>[]
  /** Values that it must refuse. */
  readonly refused?: readonly unknown[] | undefined
  /** Default: all four. */
  readonly parts?: readonly SerializeContext['part'][] | undefined
}

/** As `ComplianceCase`, for values of any one type. */
export interface SerializerCase {
  readonly name: ComplianceCase<never>['name']
  readonly run: <T>(setup: SerializerSetup<T>) => Promise<void>
}

const allParts: readonly SerializeContext['part'][] = ['key', 'value', 'headerKey', 'headerValue']

function contextsOf<T>({ parts }: SerializerSetup<T>): SerializeContext[] {
  return (parts ?? allParts).map(part => Object.freeze({ topic: 'orders', part }))
}

/** Values and headers alone are written by `into`. */
function sinkContextsOf<T>(setup: SerializerSetup<T>): SerializeContext[] {
  return contextsOf(setup).filter(({ part }) => part !== 'key')
}

/** Also of other views, which only one case is to complain about. */
function bytesOf(result: NodeJS.ArrayBufferView | string): Uint8Array {
  if (typeof result === 'string') return Buffer.from(result)
  return new Uint8Array(result.buffer, result.byteOffset, result.byteLength)
}

function copyOf(result: Uint8Array | string): Uint8Array {
  return new Uint8Array(bytesOf(result))
}

function pictureOf(value: unknown): string {
  return inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, showHidden: true })
}

async function prepare<T>({ serializer }: SerializerSetup<T>, context: SerializeContext): Promise<void> {
  await serializer.prepare?.(context)
}

/** Does something with each example in each part, after `prepare`. */
async function each<T>(
  setup: SerializerSetup<T>,
  contexts: readonly SerializeContext[],
  visit: (example: SerializerExample<T>, context: SerializeContext, what: string) => void
): Promise<void> {
  claim(setup.examples().length >= 2, 'The setup has fewer than two examples')
  await Promise.all(contexts.map(context => prepare(setup, context)))
  for (const context of contexts) {
    for (const example of setup.examples()) visit(example, context, `${shown(example.value)} as ${context.part}`)
  }
}

async function givesBytes<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const result: unknown = setup.serializer(value, context)
    const right = result instanceof Uint8Array || typeof result === 'string'
    claim(right, `${what} became ${shown(result)}, neither a Uint8Array nor a string`)
  })
}

async function givesKnownBytes<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value, bytes }, context, what) => {
    if (bytes !== undefined) claimSameBytes(bytesOf(setup.serializer(value, context)), bytes, what)
  })
}

async function isDeterministic<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const first = copyOf(setup.serializer(value, context))
    claimSameBytes(bytesOf(setup.serializer(value, context)), first, `${what}, serialized again,`)
  })
}

async function leavesValuesAlone<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const before = pictureOf(value)
    setup.serializer(value, context)
    claim(pictureOf(value) === before, `${what} was changed`)
  })
}

async function keepsResults<T>(setup: SerializerSetup<T>): Promise<void> {
  const results: { readonly result: Uint8Array | string; readonly before: Uint8Array; readonly what: string }[] = []
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const result = setup.serializer(value, context)
    results.push({ result, before: copyOf(result), what })
  })
  for (const { result, before, what } of results) claimSameBytes(bytesOf(result), before, `${what}, after later calls,`)
}

async function refuses<T>(setup: SerializerSetup<T>): Promise<void> {
  const { serializer, refused = [] } = setup
  for (const context of contextsOf(setup)) {
    for (const value of refused) {
      // Wrong on purpose.
      const failure = await failureOf(() => serializer(value as T, context), `Serializing ${shown(value)}`)
      claim(failure instanceof Error, `Serializing ${shown(value)} threw ${shown(failure)}, not an Error`)
    }
  }
}

interface Written {
  readonly bytes: Uint8Array
  readonly before: Uint8Array
  readonly isNull: boolean
}

interface SinkKind {
  readonly moving?: boolean
  readonly exact?: boolean
}

/** Memory as a batch gives it; with `moving`, each `ensure` gives other memory and spoils the old. */
class TestSink implements Sink {
  buffer: Buffer
  position: number
  readonly #moving: boolean
  readonly #exact: boolean

  constructor(start: number, kind: SinkKind) {
    this.#moving = kind.moving ?? false
    this.#exact = kind.exact ?? false
    this.buffer = Buffer.alloc(this.#exact ? start : start + 100_000, 0xa5)
    this.position = start
  }

  ensure(bytes: number): void {
    const needed = this.position + bytes
    if (!this.#moving && needed <= this.buffer.length) return
    const old = this.buffer
    this.buffer = Buffer.alloc(this.#exact ? needed : needed + 1000, 0xa5)
    old.copy(this.buffer, 0, 0, this.position)
    old.fill(0x5a)
  }
}

const sinkStart = 13

function write<T>(serializer: Serializer<T>, value: T, context: SerializeContext, sink: TestSink): Written {
  const written = serializer.into!(value, context, sink)
  return {
    bytes: new Uint8Array(sink.buffer.subarray(sinkStart, sink.position)),
    before: new Uint8Array(sink.buffer.subarray(0, sinkStart)),
    isNull: !written
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
    visit(written, plain, bytesOf(serializer(value, context)), `${what}, written into memory,`)
  })
}

async function writesSameBytes<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, {}, ({ bytes, isNull }, _plain, result, what) => {
    if (!isNull) claimSameBytes(bytes, result, what)
  })
}

async function writesFromPosition<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, {}, ({ before }, _plain, _result, what) => {
    claimSameBytes(before, new Uint8Array(sinkStart).fill(0xa5), `${what} the memory before its place`)
  })
}

async function readsBufferAgain<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, { moving: true }, ({ bytes }, plain, _result, what) => {
    claimSameBytes(bytes, plain.bytes, `${what} that moved when more of it was asked for,`)
  })
}

async function ensuresEnough<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, { exact: true }, ({ bytes }, plain, _result, what) => {
    claimSameBytes(bytes, plain.bytes, `${what} of exactly the size asked for,`)
  })
}

async function writesNothingForNull<T>(setup: SerializerSetup<T>): Promise<void> {
  await eachInto(setup, {}, ({ bytes, isNull }, _plain, _result, what) => {
    if (isNull) claimEqual(bytes.length, 0, `${what} is null, and the number of bytes written`)
  })
}

async function preparesAgain<T>(setup: SerializerSetup<T>): Promise<void> {
  const { serializer, examples } = setup
  for (const topic of ['orders', 'payments', 'orders']) {
    for (const { part } of contextsOf(setup)) {
      const context = Object.freeze({ topic, part })
      await prepare(setup, context)
      for (const { value } of examples()) serializer(value, context)
    }
  }
}

/** For any `Serializer`. One without `into` or `prepare` passes the cases about them. */
export const serializerCompliance: readonly SerializerCase[] = [
  { name: 'gives bytes or a string, at once', run: givesBytes },
  { name: 'gives the bytes that are known', run: givesKnownBytes },
  { name: 'gives the same bytes for the same value', run: isDeterministic },
  { name: 'leaves values as they are', run: leavesValuesAlone },
  { name: 'never touches a result again', run: keepsResults },
  { name: 'refuses wrong values by an Error', run: refuses },
  { name: 'writes into memory the bytes that it gives', run: writesSameBytes },
  { name: 'writes into memory from the position on', run: writesFromPosition },
  { name: 'looks at the memory again after asking for more', run: readsBufferAgain },
  { name: 'asks for as much memory as it writes', run: ensuresEnough },
  { name: 'writes nothing into memory when it says null', run: writesNothingForNull },
  { name: 'prepares for any topic and field, more than once', run: preparesAgain }
]
