// The generated codecs against the plain interpreter of the same schema.
import { CorruptFrameError } from '@sluice/core'
import { schemas } from '@sluice/protocol/schema'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode, type Struct } from '../src/reference.ts'
import { clientApi, codecs, serverApi, type Codec } from './apis.ts'
import { arbitraryMessage } from './arbitrary-message.ts'
import { plain } from './plain.ts'
import { listPaths, smallestMessage } from './smallest.ts'

const parameters = { numRuns: 12, seed: 20_260_301 } as const

interface Sample {
  readonly version: number
  readonly value: Struct
  readonly bytes: Uint8Array
}

function arbitrarySample({ fields, schema, versions: [min, max] }: Codec): fc.Arbitrary<Sample> {
  return fc.integer({ min, max }).chain(version =>
    arbitraryMessage(fields, version).map(value => ({
      version,
      value,
      bytes: encode(fields, schema.flexibleFrom, version, value)
    }))
  )
}

/** What reading gives: a value, or the error that corrupt bytes must give. Any other error comes out. */
function attempt(codec: Codec, bytes: Uint8Array, version: number): Struct | CorruptFrameError {
  try {
    return codec.read!(bytes, version)[0]
  } catch (error) {
    if (error instanceof CorruptFrameError) return error
    throw error
  }
}

function referenceOrNull(codec: Codec, bytes: Uint8Array, version: number): Struct | null {
  try {
    return decode(codec.fields, codec.schema.flexibleFrom, version, bytes)
  } catch {
    return null
  }
}

describe('every API of the schema', () => {
  test.each(schemas)('$name has the codec that brokers need', schema => {
    const { name, key, flexibleFrom } = schema
    const [min, max] = schema.serverVersions
    expect(serverApi(schema)).toMatchObject({ name, key, flexibleFrom, versions: { min, max } })
  })

  test.each(schemas.filter(schema => schema.versions !== null))('$name has the codec that clients need', schema => {
    const { name, key, flexibleFrom, throttleFrom = 32_767 } = schema
    const [min, max] = schema.versions!
    expect(clientApi(schema)).toMatchObject({ name, key, flexibleFrom, throttleFrom, versions: { min, max } })
  })

  test('that only brokers have is not among the codecs for clients', () => {
    const brokersOnly = schemas.filter(schema => schema.versions === null)
    expect(brokersOnly.filter(schema => clientApi(schema) !== undefined)).toEqual([])
  })
})

describe.each(codecs.filter(codec => codec.write !== undefined))('$title', codec => {
  test('has the bytes that the schema says', () => {
    const property = fc.property(arbitrarySample(codec), ({ version, value, bytes }) => {
      expect(Buffer.from(codec.write!(value, version)).toString('hex')).toBe(Buffer.from(bytes).toString('hex'))
    })
    fc.assert(property, { ...parameters, numRuns: 60 })
  })
})

describe.each(codecs.filter(codec => codec.read !== undefined))('$title', codec => {
  test('has the values that the schema says', () => {
    const property = fc.property(arbitrarySample(codec), ({ version, bytes }) => {
      const expected = decode(codec.fields, codec.schema.flexibleFrom, version, bytes)
      const [found, left] = codec.read!(bytes, version)
      expect(plain(found)).toEqual(plain(expected))
      expect(left).toBe(0)
    })
    fc.assert(property, { ...parameters, numRuns: 60 })
  })

  test('may have long lists of the smallest elements', () => {
    const { schema, fields } = codec
    const [min, max] = codec.versions
    const versions = Array.from({ length: max - min + 1 }, (_, index) => min + index)
    const lists = versions.flatMap(version => listPaths(fields, version).map(path => ({ version, path })))
    const refused = lists.filter(({ version, path }) => {
      const bytes = encode(fields, schema.flexibleFrom, version, smallestMessage(fields, version, path))
      return attempt(codec, bytes, version) instanceof CorruptFrameError
    })
    expect(refused).toEqual([])
  })

  test('is corrupt when it ends anywhere too early', () => {
    const property = fc.property(arbitrarySample(codec), ({ version, bytes }) => {
      for (let length = 0; length < bytes.length; length++) {
        expect(attempt(codec, bytes.subarray(0, length), version)).toBeInstanceOf(CorruptFrameError)
      }
    })
    fc.assert(property, parameters)
  })

  test('with damaged bytes is corrupt or what the schema says, and nothing else', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(255))), {
      minLength: 1,
      maxLength: 6
    })
    const property = fc.property(arbitrarySample(codec), damage, ({ version, bytes }, changes) => {
      const damaged = Uint8Array.from(bytes)
      for (const [at, byte] of changes) if (damaged.length > 0) damaged[at % damaged.length] = byte
      const found = attempt(codec, damaged, version)
      const expected = referenceOrNull(codec, damaged, version)
      // What the interpreter finds wrong the generated code may take: it tolerates more in tagged fields and at the end.
      expect(expected === null || isDeepStrictEqual(plain(found as Struct), plain(expected))).toBe(true)
    })
    fc.assert(property, { ...parameters, numRuns: 100 })
  })
})
