// Our serializers write the bytes that Kafka's own write.
import { CodecOracle } from '@sluice/codec-oracle'
import type { Serializer } from '@sluice/core'
import {
  float64Serializer,
  int32Serializer,
  int64Serializer,
  stringSerializer,
  uuidSerializer
} from '@sluice/serializers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const context = { topic: 't', part: 'value' } as const

let oracle: CodecOracle

beforeAll(async () => {
  oracle = await CodecOracle.start()
})
afterAll(() => oracle.close())

interface Agreement {
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
}

async function compare<T>(
  name: string,
  serializer: Serializer<T>,
  values: readonly (readonly [T, string])[]
): Promise<Agreement> {
  const answers = await Promise.all(values.map(([, asJavaReadsIt]) => oracle.serialize(name, asJavaReadsIt)))
  return {
    ours: values.map(([value]) => Buffer.from(serializer(value, context)).toString('hex')),
    theirs: answers.map(answer => answer.toString('hex'))
  }
}

function asText<T>(values: readonly T[]): (readonly [T, string])[] {
  return values.map(value => [value, String(value)] as const)
}

describe("the bytes of Kafka's own serializers", () => {
  it('for int32', async () => {
    const values = asText([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])
    const { ours, theirs } = await compare('int32', int32Serializer, values)
    expect(ours).toEqual(theirs)
  })

  it('for int64', async () => {
    const numbers = [0, 1, -1, 2 ** 32, -(2 ** 32) - 1, 2 ** 53 - 1, -(2 ** 53) + 1]
    const values = asText<bigint | number>([...numbers, 2n ** 63n - 1n, -(2n ** 63n)])
    const { ours, theirs } = await compare('int64', int64Serializer, values)
    expect(ours).toEqual(theirs)
  })

  it('for float64', async () => {
    const { ours, theirs } = await compare('float64', float64Serializer, [
      [0, '0'],
      [-0, '-0.0'],
      [1.1, '1.1'],
      [-5e-324, '-4.9E-324'],
      [Infinity, 'Infinity'],
      [NaN, 'NaN']
    ])
    expect(ours).toEqual(theirs)
  })

  it('for strings', async () => {
    const { ours, theirs } = await compare('string', stringSerializer, asText(['', 'a', 'é', '€ 5', '𝄞']))
    expect(ours).toEqual(theirs)
  })

  it('for UUIDs', async () => {
    const { ours, theirs } = await compare('uuid', uuidSerializer, [
      ['123e4567-e89b-12d3-a456-426614174000', '123e4567-e89b-12d3-a456-426614174000'],
      ['FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'ffffffff-ffff-ffff-ffff-ffffffffffff']
    ])
    expect(ours).toEqual(theirs)
  })
})
