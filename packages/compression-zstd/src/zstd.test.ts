// The frames that zstd writes, by either engine, those that it reads, and what it refuses.
import { isKafkaError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import type { Engine } from './engine.ts'
import { readFrames } from './frame.ts'
import { zstd } from './index.ts'
import { libraryEngine } from './library.ts'
import { nativeEngine } from './native.ts'

const magic = '28b52ffd'
const text = Buffer.from('{"order":1,"item":"umbrella"}\n'.repeat(400))
const long = Buffer.concat([text, Buffer.alloc(9 * 2 ** 20, '{"order":2,"item":"raincoat"}\n')])

function hex(bytes: string): Buffer {
  return Buffer.from(bytes, 'hex')
}

async function messageOf(packed: Uint8Array, maxBytes = 1_048_576): Promise<string> {
  try {
    await zstd().decompress(packed, maxBytes)
  } catch (error) {
    if (isKafkaError(error, 'KAFKA_COMPRESSION')) return error.message
    throw error
  }
  throw new Error('It did not fail')
}

/** A block of one byte repeated: 4 bytes that become up to 128 KiB. */
function repeated(length: number, last: boolean): string {
  const header = Buffer.alloc(4, 'a')
  header.writeUIntLE(length * 8 + 2 + (last ? 1 : 0), 0, 3)
  return header.toString('hex')
}

interface NamedEngine {
  readonly name: string
  readonly make: (level: number) => Engine
}

const engines: readonly NamedEngine[] = [
  { name: 'the package', make: libraryEngine },
  ...(nativeEngine(1) === null ? [] : [{ name: 'node:zlib', make: (level: number) => nativeEngine(level)! }])
]

describe.each(engines)('Zstandard by $name', ({ make }) => {
  it('writes one frame that says its size, in a window of at most 8 MiB, at every level', async () => {
    for (const level of [-131_072, -7, 0, 1, 3, 19, 20, 22]) {
      const engine = make(level)
      for (const length of level < 19 ? [0, 1, 255, 256, 12_000] : [12_000]) {
        const [frame, ...more] = readFrames(engine.compress(text.subarray(0, length)))
        expect(more).toEqual([])
        expect(frame!.contentBytes).toBe(length)
        expect(frame!.windowBytes).toBeLessThanOrEqual(2 ** 23)
        expect(text.subarray(0, length).equals(engine.expand(frame!, length))).toBe(true)
      }
    }
  })

  it('writes more than 8 MiB in a window of at most 8 MiB', async () => {
    for (const level of [1, 22]) {
      const engine = make(level)
      const [frame] = readFrames(engine.compress(long))
      expect(frame!.windowBytes).toBeLessThanOrEqual(2 ** 23)
      expect(long.equals(engine.expand(frame!, long.length))).toBe(true)
    }
  })

  it('gives the same frame at once and later', async () => {
    const engine = make(1)
    for (const length of [1, 1000, text.length]) {
      const now = engine.compress(text.subarray(0, length))
      const later = await engine.compressLater(text.subarray(0, length))
      expect(Buffer.from(later).toString('hex')).toBe(Buffer.from(now).toString('hex'))
    }
  })

  it('never allocates much more than the bound, whatever the frame', () => {
    const engine = make(1)
    const bomb = hex(`${magic}0070${repeated(131_072, false).repeat(20_000)}${repeated(131_072, true)}`)
    const before = process.memoryUsage().arrayBuffers
    expect(() => engine.expand(readFrames(bomb)[0]!, 1_048_576)).toThrow(/more|larger/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24_000_000)
  })

  it('expands a frame of many small blocks, which only seems large', () => {
    const engine = make(1)
    const block = Buffer.from(engine.compress(text))
      .toString('hex')
      .slice((4 + 1 + 2) * 2)
    const header = hex(block).readUIntLE(0, 3)
    expect((header >> 1) & 3).toBe(2)
    const open = Buffer.from(hex(block))
    open.writeUIntLE(header & ~1, 0, 3)
    const packed = hex(`${magic}0070${open.toString('hex').repeat(150)}${repeated(1, true)}`)
    const [frame] = readFrames(packed)
    const output = engine.expand(frame!, 150 * text.length + 1)
    expect(output).toHaveLength(150 * text.length + 1)
    expect(text.equals(output.subarray(149 * text.length, 150 * text.length))).toBe(true)
    expect(() => engine.expand(frame!, text.length)).toThrow(/more|larger/)
  })
})

describe('zstd levels', () => {
  it('go from -131072 to 22; a wrong one is named at once', () => {
    for (const level of [-131_073, 23, 1.5, NaN, '3', null]) {
      // Wrong types on purpose.
      const make = (): unknown => zstd({ level: level as number })
      expect(make).toThrow(`zstd level must be an integer from -131072 to 22, not ${String(level)}`)
    }
    expect(zstd({ level: undefined }).compress(text)).toEqual(zstd({ level: 1 }).compress(text))
  })

  it('are an option; what is none is refused, not ignored', () => {
    // Wrong types on purpose.
    const wrong: [options: unknown, message: string][] = [
      [3, 'The options of zstd must be an object, such as { level: … }, not 3'],
      [{ compressionLevel: 3 }, 'There is no option compressionLevel of zstd: it has level']
    ]
    for (const [options, message] of wrong) expect(() => zstd(options as object)).toThrow(message)
  })

  it('decide how much is compressed at once', () => {
    for (const [level, most] of [
      [1, 131_072],
      [4, 131_072],
      [5, 32_768],
      [9, 32_768],
      [10, 4096]
    ] as const) {
      const codec = zstd({ level })
      expect(codec.compress(long.subarray(0, most))).toBeInstanceOf(Uint8Array)
      expect(codec.compress(long.subarray(0, most + 1))).toBeInstanceOf(Promise)
    }
  })
})

describe('zstd reads', () => {
  it('frames one after another, and skips those that say so', async () => {
    const first = hex(`${magic}2003190000616263`)
    const skipped = hex('532a4d1803000000ffffff')
    const second = hex(`${magic}2002110000646500`.slice(0, -2))
    const packed = Buffer.concat([skipped, first, skipped, second])
    expect(Buffer.from(await zstd().decompress(packed, 5)).toString()).toBe('abcde')
    expect(await messageOf(packed, 4)).toBe(`Zstandard data of ${packed.length} bytes expands to more than 4 bytes`)
  })
})

/** A frame as a stream writes it, which does not know its size beforehand. */
function unsized(input: Buffer): Buffer {
  const sized = Buffer.from(zstd().compress(input) as Uint8Array)
  const { headerBytes } = readFrames(sized)[0]!
  return Buffer.concat([hex(`${magic}0048`), sized.subarray(headerBytes)])
}

describe('a frame that does not say its size', () => {
  it('is expanded up to the bound and refused above it', async () => {
    const packed = unsized(text)
    expect(readFrames(packed)[0]!.contentBytes).toBeNull()
    expect(text.equals(await zstd().decompress(packed, text.length))).toBe(true)
    expect(await messageOf(packed, text.length - 1)).toMatch(/expand/)
    expect(await messageOf(Buffer.concat([packed, packed]), 2 * text.length - 1)).toMatch(/expand/)
  })
})

describe('zstd refuses', () => {
  it.each([
    ['another magic', '28b52ffe2000010000', 'it does not begin as one'],
    ['a reserved bit', `${magic}2800010000`, 'a reserved bit is set'],
    ['a reserved block type', `${magic}2000070000`, 'block 0 is not valid'],
    ['a block larger than the window', `${magic}2001190000616263`, 'block 0 is not valid'],
    ['a header that is cut short', `${magic}e0000000`, 'it is cut short'],
    ['a block that is cut short', `${magic}20031900006162`, 'it is cut short'],
    ['a block header that is cut short', `${magic}20030100`, 'it is cut short'],
    ['a checksum that is cut short', `${magic}2400010000ffff`, 'it is cut short'],
    ['a skipped frame that is cut short', '532a4d1805000000ffffff', 'it is cut short']
  ])('%s', async (_what, packed, reason) => {
    expect(await messageOf(hex(packed))).toBe(`Zstandard frame of ${packed.length / 2} bytes is corrupt: ${reason}`)
  })

  it('a dictionary', async () => {
    expect(await messageOf(hex(`${magic}210700010000`))).toBe(
      'Zstandard frame of 10 bytes needs a dictionary, which Kafka has not'
    )
  })

  it('a window of more than 128 MiB', async () => {
    expect(await messageOf(hex(`${magic}0090010000`))).toBe(
      'Zstandard frame needs a window of 268435456 bytes, more than 134217728'
    )
  })

  it('a size above the bound, before anything of that size is allocated', async () => {
    const before = process.memoryUsage().arrayBuffers
    expect(await messageOf(hex(`${magic}a0ffffff7f010000`))).toBe(
      'Zstandard data of 12 bytes expands to more than 1048576 bytes'
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('a frame that does not expand to the size that it says', async () => {
    expect(await messageOf(hex(`${magic}2004190000616263`))).toMatch(/does not expand/)
  })
})
