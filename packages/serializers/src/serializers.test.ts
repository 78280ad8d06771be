// What the serializers refuse is said clearly, and what they determine is known to the compiler.
import { isKafkaError, SerializationError, type Serializers } from '@sluice/core'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  int32Serializer,
  int64Serializer,
  jsonSerializer,
  serializersFrom,
  stringSerializer,
  stringSerializers,
  uuidSerializer
} from './index.ts'

const context = { topic: 'orders', part: 'value' } as const

function messageOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (isKafkaError(error, 'KAFKA_SERIALIZATION')) return error.message
    throw error
  }
  throw new Error('It did not fail')
}

/** A wrong type on purpose, as JavaScript has them. */
function notText(value: unknown): string {
  return value as string
}

describe('a refused value', () => {
  it('is named with its number and the range', () => {
    expect(messageOf(() => int32Serializer(3e9, context))).toBe(
      'int32Serializer takes an integer from -2,147,483,648 to 2,147,483,647, not 3000000000'
    )
    expect(messageOf(() => int64Serializer(2n ** 63n, context))).toBe(
      'int64Serializer takes a bigint from -2^63 to 2^63 - 1 or a safe integer, not 9223372036854775808n'
    )
    expect(messageOf(() => stringSerializer(notText(null), context))).toContain('not null')
  })

  it.each([2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN])('is refused by int32Serializer: %s', value => {
    expect(messageOf(() => int32Serializer(value, context))).toContain(`not ${value}`)
  })

  it.each([2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, -(2 ** 53), 0.5])('is refused by int64Serializer: %s', value => {
    expect(messageOf(() => int64Serializer(value, context))).toContain(`not ${value}`)
  })

  it('is named by its kind, never by what it holds', () => {
    expect(messageOf(() => uuidSerializer('hunter22', context))).toContain('not a string of 8 characters')
    expect(messageOf(() => stringSerializer(notText({ password: 'hunter22' }), context))).toBe(
      'stringSerializer takes a string, not an object (Object)'
    )
    expect(messageOf(() => stringSerializer(notText(Object.create(null)), context))).toContain('an object (no class)')
    for (const constructor of [{ name: 'hunter22' }, undefined, null])
      expect(messageOf(() => stringSerializer(notText({ constructor }), context))).toContain('an object (Object)')
    expect(
      messageOf(() =>
        stringSerializer(
          notText(() => 1),
          context
        )
      )
    ).toContain('a function')
    expect(messageOf(() => stringSerializer(notText(-0), context))).toContain('not -0')
  })
})

describe('jsonSerializer', () => {
  it('writes what JSON.stringify makes of a value, null for numbers that JSON does not have', () => {
    const value = { a: Number.NaN, b: [Infinity, undefined], c: undefined }
    expect(jsonSerializer(value, context)).toBe('{"a":null,"b":[null,null]}')
  })

  it('says that undefined is no tombstone', () => {
    expect(messageOf(() => jsonSerializer(undefined, context))).toBe(
      'jsonSerializer has no JSON for undefined; send null for a tombstone'
    )
  })

  it('passes on the reason of JSON.stringify as cause', () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    let error: unknown
    try {
      jsonSerializer(circle, context)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(SerializationError)
    expect((error as SerializationError).cause).toBeInstanceOf(TypeError)
  })

  it('says the reason when a toJSON throws something that is no error', () => {
    const value = {
      toJSON: () => {
        // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- as other people's code does
        throw 'no'
      }
    }
    expect(messageOf(() => jsonSerializer(value, context))).toBe(
      'jsonSerializer cannot write an object (Object) as JSON: no'
    )
  })
})

describe('groups', () => {
  it('put one serializer into all four slots', () => {
    const group = serializersFrom(int64Serializer)
    expect(Object.values(group)).toEqual([int64Serializer, int64Serializer, int64Serializer, int64Serializer])
    expect(Object.keys(group)).toEqual(['key', 'value', 'headerKey', 'headerValue'])
    expect(Object.values(stringSerializers)).toEqual(Array(4).fill(stringSerializer))
  })
})

interface Order {
  readonly id: string
}

// As the producer infers its types from its option.
declare function typesOf<Key = Buffer, Value = Buffer, HeaderKey = Buffer, HeaderValue = Buffer>(options: {
  readonly serializers?: Serializers<Key, Value, HeaderKey, HeaderValue> | undefined
}): [Key, Value, HeaderKey, HeaderValue]
type TypesOf = typeof typesOf

describe('the types', () => {
  it('follow from the serializers given', () => {
    const strings = (infer: TypesOf) => infer({ serializers: stringSerializers })
    expectTypeOf(strings).returns.toEqualTypeOf<[string, string, string, string]>()

    const orders = (infer: TypesOf) => infer({ serializers: { key: stringSerializer, value: jsonSerializer<Order> } })
    expectTypeOf(orders).returns.toEqualTypeOf<[string, Order, Buffer, Buffer]>()

    const numbers = (infer: TypesOf) => infer({ serializers: serializersFrom(int64Serializer) })
    expectTypeOf(numbers).returns.toEqualTypeOf<[bigint | number, bigint | number, bigint | number, bigint | number]>()

    const nothing = (infer: TypesOf) => infer({})
    expectTypeOf(nothing).returns.toEqualTypeOf<[Buffer, Buffer, Buffer, Buffer]>()
  })
})
