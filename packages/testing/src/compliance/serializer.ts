// The compliance suite of serializers.
// oxlint-disable no-await-in-loop -- one call at a time is what these cases are about
import { claim, claimSameBytes, failureOf, shown } from './claims.ts'
import { afterwards } from './late-turns.ts'
import {
  ensuresEnough,
  leavesMemoryAlone,
  leavesValuesAloneInto,
  readsBufferAgain,
  refusesInto,
  writesFromPosition,
  writesNothingForNull,
  writesSameBytes
} from './serializer-into.ts'
import {
  bytesOf,
  contextsOf,
  copyOf,
  each,
  pictureOf,
  prepare,
  serialized,
  type SerializerCase,
  type SerializerSetup
} from './serializer-stage.ts'

async function givesBytes<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const result: unknown = serialized(setup.serializer, value, context)
    const right = result instanceof Uint8Array || typeof result === 'string'
    claim(right, `${what} became ${shown(result)}, neither a Uint8Array nor a string`)
  })
}

async function givesKnownBytes<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value, bytes }, context, what) => {
    if (bytes !== undefined) claimSameBytes(bytesOf(serialized(setup.serializer, value, context)), bytes, what)
  })
}

async function isDeterministic<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const first = copyOf(serialized(setup.serializer, value, context))
    claimSameBytes(bytesOf(serialized(setup.serializer, value, context)), first, `${what}, serialized again,`)
  })
}

async function tellsValuesApart<T>(setup: SerializerSetup<T>): Promise<void> {
  const { serializer, examples } = setup
  for (const context of contextsOf(setup)) {
    await prepare(setup, context)
    const results = examples().map(({ value }) => copyOf(serialized(serializer, value, context)))
    const isOne = results.every(result => Buffer.compare(result, results[0]!) === 0)
    claim(!isOne, `All ${results.length} examples became the same bytes as ${context.part}: ${shown(results[0])}`)
  }
}

async function leavesValuesAlone<T>(setup: SerializerSetup<T>): Promise<void> {
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const before = pictureOf(value)
    serialized(setup.serializer, value, context)
    claim(pictureOf(value) === before, `${what} was changed`)
  })
  await leavesValuesAloneInto(setup)
}

async function keepsResults<T>(setup: SerializerSetup<T>): Promise<void> {
  const results: { readonly result: Uint8Array | string; readonly before: Uint8Array; readonly what: string }[] = []
  await each(setup, contextsOf(setup), ({ value }, context, what) => {
    const result = serialized(setup.serializer, value, context)
    results.push({ result, before: copyOf(result), what })
  })
  await afterwards()
  for (const { result, before, what } of results) claimSameBytes(bytesOf(result), before, `${what}, after later calls,`)
  await leavesMemoryAlone(setup)
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
  await refusesInto(setup)
}

async function preparesAgain<T>(setup: SerializerSetup<T>): Promise<void> {
  const { serializer, examples } = setup
  for (const { part } of contextsOf(setup)) {
    const [orders, payments] = ['orders', 'payments'].map(topic => Object.freeze({ topic, part }))
    await prepare(setup, orders!)
    const before = examples().map(({ value }) => copyOf(serialized(serializer, value, orders!)))
    await prepare(setup, payments!)
    for (const { value } of examples()) serialized(serializer, value, payments!)
    for (const [at, { value }] of examples().entries()) {
      const what = `${shown(value)} as ${part} of orders, once payments has been prepared too`
      claimSameBytes(bytesOf(serialized(serializer, value, orders!)), before[at]!, what)
    }
    await prepare(setup, orders!)
    for (const { value } of examples()) serialized(serializer, value, orders!)
  }
}

/**
 * For any `Serializer`. One without `into` or `prepare` passes the cases about them.
 *
 * - Bytes: a Uint8Array or a string, at once; those that are known, the same for the same value, not the same for all values;
 *   results are not touched again, values stay as they are, and what must be refused is refused by an Error.
 * - `into`: the same bytes, from the position on, in memory that may move and is as large as was asked for, and nowhere outside; it
 *   says true, and false only for the `nulls` of the setup, writing nothing; it refuses what the serializer refuses.
 * - `prepare`: for any topic and field, again and again; what is prepared for one topic does not change another's bytes.
 */
export const serializerCompliance: readonly SerializerCase[] = [
  { name: 'gives bytes or a string, at once', run: givesBytes },
  { name: 'gives the bytes that are known', run: givesKnownBytes },
  { name: 'gives the same bytes for the same value', run: isDeterministic },
  { name: 'gives different bytes for different values', run: tellsValuesApart },
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
