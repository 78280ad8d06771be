// Where serializers are tried: examples of values, in each part of a message.
import type { SerializeContext, Serializer } from '@sluice/core'
import { inspect } from 'node:util'
import type { ComplianceCase } from './case.ts'
import { claim, shown } from './claims.ts'

export interface SerializerExample<T> {
  readonly value: T
  /** What it must become, where that is known. */
  readonly bytes?: Uint8Array | undefined
}

export interface SerializerSetup<T> {
  readonly serializer: Serializer<T>
  /** Fresh values at each call; at least two, different ones. None is null: a serializer never sees it. */
  readonly examples: () => readonly SerializerExample<T>[]
  /** Values that `into` writes as null: tombstones, and headers without a value. Default: none. */
  readonly nulls?: readonly T[] | undefined
  /** Values that it must refuse, by `into` as well. */
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

export function contextsOf<T>({ parts }: SerializerSetup<T>): SerializeContext[] {
  return (parts ?? allParts).map(part => Object.freeze({ topic: 'orders', part }))
}

/** Values and headers alone are written by `into`. */
export function sinkContextsOf<T>(setup: SerializerSetup<T>): SerializeContext[] {
  return contextsOf(setup).filter(({ part }) => part !== 'key')
}

/** Also of other views, which only one case is to complain about. */
export function bytesOf(result: NodeJS.ArrayBufferView | string): Uint8Array {
  if (typeof result === 'string') return Buffer.from(result)
  return new Uint8Array(result.buffer, result.byteOffset, result.byteLength)
}

export function copyOf(result: Uint8Array | string): Uint8Array {
  return new Uint8Array(bytesOf(result))
}

export function pictureOf(value: unknown): string {
  return inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, showHidden: true })
}

/** What an example becomes; the setup promises that it becomes something. */
export function serialized<T>(serializer: Serializer<T>, value: T, context: SerializeContext): Uint8Array | string {
  try {
    return serializer(value, context)
  } catch (cause) {
    throw new Error(`Serializing ${shown(value)} as ${context.part} threw ${shown(cause)}`, { cause })
  }
}

export async function prepare<T>({ serializer }: SerializerSetup<T>, context: SerializeContext): Promise<void> {
  await serializer.prepare?.(context)
}

/** Does something with each example in each part, after `prepare`. */
export async function each<T>(
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
