// The suite of compression codecs passes a good codec, and each of its cases catches a codec that only it catches.
import { CompressionError, type CompressionCodec } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { constants, deflateSync, gunzipSync, gzipSync, unzipSync, type ZlibOptions } from 'node:zlib'
import { collectGarbage } from './collect-garbage.ts'
import { compressionCompliance } from './compression.ts'
import { failedCases } from './failed-cases.ts'

function pack(input: Uint8Array): Uint8Array {
  return gzipSync(input, { level: 1 })
}

interface Unzipped {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

type Unzip = (input: Uint8Array, options: ZlibOptions) => unknown

function unpackBy(unzip: Unzip, input: Uint8Array, maxBytes: number, toTheEnd = true): Uint8Array {
  try {
    // What zlib gives with `info`.
    const { buffer, engine } = unzip(input, { maxOutputLength: Math.max(1, maxBytes), info: true }) as Unzipped
    if (toTheEnd && engine.bytesWritten < input.length) throw new Error('bytes left over')
    if (buffer.length > maxBytes) throw new Error('too many bytes')
    return buffer
  } catch (cause) {
    throw new CompressionError('not unpacked', { cause })
  }
}

function unpack(input: Uint8Array, maxBytes: number): Uint8Array {
  return unpackBy(gunzipSync, input, maxBytes)
}

function packInto(input: Uint8Array, output: Uint8Array, at: number): number {
  const packed = pack(input)
  if (at + packed.length > output.length) return -1
  output.set(packed, at)
  return packed.length
}

const good: CompressionCodec = {
  id: 1,
  name: 'gzip',
  compress: pack,
  decompress: unpack,
  compressInto: packInto,
  compressIntoLater: async (input, output, at) => packInto(input, output(), at)
}

let count = 0
function numbered(input: Uint8Array): Uint8Array {
  const packed = pack(input)
  packed[4] = ++count
  return packed
}

const shared = new Uint8Array(20_000)
function sharing(input: Uint8Array): Uint8Array {
  const packed = pack(input)
  if (input.length > 10_000) return packed
  shared.set(packed)
  return shared.subarray(0, packed.length)
}

const known = new WeakMap<Uint8Array, Uint8Array>()
function remembering(input: Uint8Array): Uint8Array {
  const packed = known.get(input) ?? pack(input)
  known.set(input, packed)
  return packed
}

let latest = new Uint8Array()
async function confused(input: Uint8Array): Promise<Uint8Array> {
  latest = new Uint8Array(input)
  await Promise.resolve()
  return pack(latest)
}

function wiping(input: Uint8Array): Uint8Array {
  const packed = pack(input)
  input.fill(0)
  return packed
}

function greedy(input: Uint8Array, maxBytes: number): Uint8Array {
  const output = unpack(input, 2 ** 30)
  if (output.length > maxBytes) throw new CompressionError('too many bytes')
  return output
}

function lenient(input: Uint8Array, maxBytes: number): Uint8Array {
  return unpack(input, maxBytes < 4000 ? maxBytes : maxBytes + 1)
}

function rawOnDamage(input: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return unpack(input, maxBytes)
  } catch (error) {
    const { cause } = error as CompressionError
    throw cause instanceof Error && cause.message === 'incorrect data check' ? cause : error
  }
}

function ownOnly(input: Uint8Array, maxBytes: number): Uint8Array {
  if (input.length > 10 && input[9] === 0xff) throw new CompressionError('not of this machine')
  return unpack(input, maxBytes)
}

const patient: Unzip = (input, options) => gunzipSync(input, { ...options, finishFlush: constants.Z_SYNC_FLUSH })

const mutants: Readonly<Record<string, Partial<CompressionCodec>>> = {
  'has the name that Kafka gives its id': { name: 'deflate' },
  'gives back what it was given, whatever its size and content': {
    decompress: (input, most) =>
      unpack(input, most).map((byte, at, all) => (at === 9 && all.length === 131_072 ? byte ^ 1 : byte))
  },
  'takes nothing and gives nothing back': { compress: input => (input.length === 0 ? input : pack(input)) },
  'takes views into larger memory': { compress: input => pack(new Uint8Array(input.buffer, 0, input.length)) },
  'leaves its input as it is': { compress: wiping },
  'keeps no hold of its input': { compress: remembering },
  'never touches a result again': { compress: sharing },
  'gives the same bytes for the same input': { compress: numbered },
  'takes calls that overlap': { compress: confused },
  'decompresses to maxBytes and not a byte more': { decompress: lenient },
  'refuses a bomb in little memory': { decompress: greedy },
  'refuses data that is cut short': { decompress: (input, most) => unpackBy(patient, input, most) },
  'refuses data with bytes behind its end': {
    decompress: (input, most) => unpackBy(gunzipSync, input, most, false)
  },
  'answers damaged data with CompressionError or bytes within bounds': { decompress: rawOnDamage },
  'reads what the Java client writes': { decompress: ownOnly },
  'writes the form that every reader of its id takes': {
    compress: input => deflateSync(input, { level: 1 }),
    decompress: (input, most) => unpackBy(unzipSync, input, most)
  },
  'compresses into given memory, from the place given and not beyond its end': {
    compressInto: (input, output, at) => {
      if (at > 9) output[at - 1]! ^= 1
      return packInto(input, output, at)
    }
  },
  'says -1 when given memory is too small': {
    compressInto: (input, output, at) => {
      const packed = pack(input)
      output.set(packed, at)
      return packed.length
    }
  },
  'compresses into given memory on another thread, and says -1 when it is too small': {
    compressIntoLater: async (input, output, at) => {
      const packed = pack(input)
      // Not from the place given.
      output().set(packed, at + 1)
      return packed.length
    }
  }
}

describe('compression compliance', () => {
  it('passes a good codec', async () => {
    expect(await failedCases(compressionCompliance, { codec: good })).toEqual([])
  })

  it('passes a good codec that works later and has no compressInto', async () => {
    const later: CompressionCodec = {
      id: 1,
      name: 'gzip',
      compress: async input => pack(input),
      decompress: async (input, maxBytes) => unpack(input, maxBytes)
    }
    expect(await failedCases(compressionCompliance, { codec: later })).toEqual([])
  })

  const onlyLater = 'compresses into given memory on another thread, and says -1 when it is too small'

  it('catches a codec that writes after it has said that it is done', async () => {
    const late: CompressionCodec['compressIntoLater'] = async (input, output, at) => {
      const memory = output()
      setImmediate(() => packInto(new Uint8Array(input), memory, at))
      return packInto(input, memory, at)
    }
    expect(await failedCases(compressionCompliance, { codec: { ...good, compressIntoLater: late } })).toEqual([
      onlyLater
    ])
  })

  it('catches a codec that mixes up calls that overlap', async () => {
    let last = new Uint8Array()
    const mixing: CompressionCodec['compressIntoLater'] = async (input, output, at) => {
      last = new Uint8Array(input)
      await Promise.resolve()
      return packInto(last, output(), at)
    }
    expect(await failedCases(compressionCompliance, { codec: { ...good, compressIntoLater: mixing } })).toEqual([
      onlyLater
    ])
  })

  // Story: beside other work the collector ran between the two counts, freed what the cases before had left, and hid a bomb.
  it('catches a codec that unfolds a bomb while the collector frees what was there before', async () => {
    const littering: Partial<CompressionCodec> = {
      compress: input => {
        Buffer.alloc(input.length)
        return pack(input)
      },
      decompress: (input, maxBytes) => {
        const output = unpack(input, 2 ** 30)
        collectGarbage()
        if (output.length > maxBytes) throw new CompressionError('too many bytes')
        return output
      }
    }
    const bombs = compressionCompliance.filter(({ name }) => name === 'refuses a bomb in little memory')
    expect(await failedCases(bombs, { codec: { ...good, ...littering } })).toHaveLength(1)
  })

  it('has a mutant for every case', () => {
    expect(Object.keys(mutants)).toEqual(compressionCompliance.map(({ name }) => name))
  })

  for (const [name, mutation] of Object.entries(mutants)) {
    it(`alone catches a codec of which this is not true: ${name}`, async () => {
      expect(await failedCases(compressionCompliance, { codec: { ...good, ...mutation } })).toEqual([name])
    })
  }
})
