// The suite of compression codecs passes a good codec, and each of its cases catches a codec that only it catches.
import { CompressionError, type CompressionCodec } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { constants, deflateSync, gunzipSync, gzipSync, unzipSync, type ZlibOptions } from 'node:zlib'
import { collectGarbage } from './collect-garbage.ts'
import { compressionCompliance } from './compression.ts'
import { failedCases, failures } from './failed-cases.ts'

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

const kept: Uint8Array[] = []
function keeping(bytes: Uint8Array): Uint8Array {
  kept.push(new Uint8Array(bytes))
  return bytes
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
  'keeps no memory from call to call': { compress: input => keeping(pack(input)) },
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

/** To the end of the memory, whatever part of it is given. */
function packBeyond(input: Uint8Array, output: Uint8Array, at: number): number {
  return packInto(input, new Uint8Array(output.buffer, output.byteOffset), at)
}

/** From the start of the memory, whatever part of it is given. */
function fromStart({ buffer, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, 0, length)
}

const shortestOnThread = 10_000

/** Where the size that gzip data claims stands. */
function claimedBytes(input: Uint8Array): number {
  return input.length < 4 ? 0 : new DataView(input.buffer, input.byteOffset + input.length - 4).getUint32(0, true)
}

interface Broken {
  /** What the codec does wrong. */
  readonly what: string
  readonly codec: Partial<CompressionCodec>
  /** The case that must refuse it, and what it must say. */
  readonly refusedBy: string
  readonly says: string
}

const inPlace = 'compresses into given memory, from the place given and not beyond its end'
const onlyLater = 'compresses into given memory on another thread, and says -1 when it is too small'

const broken: readonly Broken[] = [
  {
    what: 'decompress cannot read much of its own',
    codec: {
      decompress: (input, most) => {
        if (input.length > 100_000) throw new CompressionError('too much')
        return unpack(input, most)
      }
    },
    refusedBy: 'gives back what it was given, whatever its size and content',
    says: 'decompress failed on what compress had made of '
  },
  {
    what: 'compress fails on much',
    codec: {
      compress: input => {
        if (input.length > 100_000) throw new CompressionError('too much')
        return pack(input)
      }
    },
    refusedBy: 'gives back what it was given, whatever its size and content',
    says: 'compress failed on 131072 bytes: CompressionError: too much'
  },
  {
    what: 'compressInto gives more than there is room for',
    codec: { compressInto: (input, output, at) => packInto(input, output, at) + output.length },
    refusedBy: 'compresses into given memory, from the place given and not beyond its end',
    says: 'more than there is room for'
  },
  {
    what: 'compressInto goes on behind an output that is too small',
    codec: { compressInto: packBeyond },
    refusedBy: 'says -1 when given memory is too small',
    says: 'compressInto wrote behind the end of its output'
  },
  {
    what: 'compressIntoLater goes on behind an output that is too small',
    codec: { compressIntoLater: async (input, output, at) => packBeyond(input, output(), at) },
    refusedBy: onlyLater,
    says: 'compressIntoLater wrote behind the end of its output'
  },
  {
    what: 'compressInto reads from the start of the memory that its input is a part of',
    codec: { compressInto: (input, output, at) => packInto(fromStart(input), output, at) },
    refusedBy: inPlace,
    says: 'compressInto'
  },
  {
    what: 'compressIntoLater reads from the start of the memory that its input is a part of',
    codec: { compressIntoLater: async (input, output, at) => packInto(fromStart(input), output(), at) },
    refusedBy: onlyLater,
    says: 'compressIntoLater'
  },
  {
    what: 'compressInto wipes its input',
    codec: {
      compressInto: (input, output, at) => {
        const written = packInto(input, output, at)
        input.fill(0)
        return written
      }
    },
    refusedBy: inPlace,
    says: 'compressInto changed its input'
  },
  {
    what: 'compressInto writes once more after it has returned',
    codec: {
      compressInto: (input, output, at) => {
        const written = packInto(input, output, at)
        if (written > 0) setImmediate(() => output.fill(0, at, at + 10))
        return written
      }
    },
    refusedBy: inPlace,
    says: 'compressInto wrote into its output after it had returned'
  },
  {
    what: 'compressInto never compresses in place',
    codec: { compressInto: () => -1 },
    refusedBy: inPlace,
    says: 'compressInto gave -1 whatever it was given, though there was room: a codec that never writes in place leaves it out'
  },
  {
    what: 'compressIntoLater asks for its output once more after it has settled',
    codec: {
      compressIntoLater: async (input, output, at) => {
        setImmediate(output)
        return packInto(input, output(), at)
      }
    },
    refusedBy: onlyLater,
    says: 'compressIntoLater asked for its output after it had settled'
  },
  {
    what: 'compress settles before it has read its input',
    codec: {
      compress: async input => {
        const packed = pack(input)
        setImmediate(() => packed.set(pack(input).subarray(0, packed.length)))
        return packed
      }
    },
    refusedBy: 'keeps no hold of its input',
    says: 'The result of compress changed after its input had changed'
  },
  {
    what: 'decompress gives a part of its input',
    codec: {
      compress: input => (input.length === 3000 ? gzipSync(input, { level: 0 }) : pack(input)),
      decompress: (input, most) => {
        const output = unpack(input, most)
        const isStored = input.length === output.length + 23
        return isStored ? input.subarray(15, 15 + output.length) : output
      }
    },
    refusedBy: 'keeps no hold of its input',
    says: 'The result of decompress changed after its input had changed'
  },
  {
    what: 'compress pads its input, over what lies behind it',
    codec: {
      compress: input => {
        const end = input.byteOffset + input.length
        new Uint8Array(input.buffer).fill(0, end, end + 8)
        return pack(input)
      }
    },
    refusedBy: 'takes views into larger memory',
    says: 'compress wrote over memory around its input'
  },
  {
    what: 'decompress pads its input, over what lies behind it',
    codec: {
      decompress: (input, most) => {
        const end = input.byteOffset + input.length
        new Uint8Array(input.buffer).fill(0, end, end + 8)
        return unpack(input, most)
      }
    },
    refusedBy: 'takes views into larger memory',
    says: 'decompress wrote over memory around its input'
  },
  {
    what: 'compress wipes inputs that are large enough for another thread',
    codec: { compress: input => (input.length < shortestOnThread ? pack(input) : wiping(input)) },
    refusedBy: 'leaves its input as it is',
    says: 'compress changed its input'
  },
  {
    what: 'decompress takes much that is cut short',
    codec: {
      decompress: (input, most) =>
        input.length < shortestOnThread ? unpack(input, most) : unpackBy(patient, input, most)
    },
    refusedBy: 'refuses data that is cut short',
    says: 'did not fail'
  },
  {
    what: 'decompress takes much with bytes behind its end',
    codec: {
      decompress: (input, most) => unpackBy(gunzipSync, input, most, input.length < shortestOnThread)
    },
    refusedBy: 'refuses data with bytes behind its end',
    says: 'did not fail'
  },
  {
    what: 'decompress fails in words of its own on much that is damaged',
    codec: {
      decompress: (input, most) => (input.length < shortestOnThread ? unpack(input, most) : rawOnDamage(input, most))
    },
    refusedBy: 'answers damaged data with CompressionError or bytes within bounds',
    says: 'not with a CompressionError'
  },
  {
    what: 'decompress takes as much memory as the data claims to need',
    codec: {
      decompress: (input, most) => {
        const place = new Uint8Array(input.length < shortestOnThread ? Math.min(claimedBytes(input), 2 ** 29) : 0)
        const output = unpack(input, most)
        if (place.length < output.length) return output
        place.set(output)
        return place.subarray(0, output.length)
      }
    },
    refusedBy: 'refuses a bomb in little memory',
    says: 'bytes of memory'
  },
  {
    what: 'decompress keeps what it has made',
    codec: { decompress: (input, most) => keeping(unpack(input, most)) },
    refusedBy: 'keeps no memory from call to call',
    says: 'bytes of memory'
  },
  {
    what: 'compressIntoLater keeps its input',
    codec: { compressIntoLater: async (input, output, at) => packInto(keeping(input), output(), at) },
    refusedBy: 'keeps no memory from call to call',
    says: 'bytes of memory'
  }
]

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

  for (const { what, codec, refusedBy, says } of broken) {
    it(`${refusedBy}: refuses a codec where ${what}`, async () => {
      const cases = compressionCompliance.filter(({ name }) => name === refusedBy)
      const said = await failures(cases, { codec: { ...good, ...codec } })
      expect(said).toEqual({ [refusedBy]: expect.stringContaining(says) })
    })
  }
})
