// Groups of four: a serializer for each of key, value, header names and header values.
import type { Serializer, Serializers } from '@sluice/core'
import { stringSerializer } from './text.ts'

/** The same serializer in all four slots. */
export function serializersFrom<T>(one: Serializer<T>): Serializers<T, T, T, T> {
  return { key: one, value: one, headerKey: one, headerValue: one }
}

/** Strings everywhere, as UTF-8. */
export const stringSerializers: Serializers<string, string, string, string> = serializersFrom(stringSerializer)
