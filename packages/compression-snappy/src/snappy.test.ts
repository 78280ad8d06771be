// The xerial stream that snappy writes, the two forms that it reads, and what it refuses.
import { BlockCompressor, sharedThreads } from '@sluice/compression-parts'
import { isKafkaError, type CompressionCodec } from '@sluice/core'
import { seededRandom } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { snappy } from './index.ts'
import { kernel } from './kernel.ts'
import { framing } from './xerial.ts'

const codec = snappy()
const header = '82534e41505059000000000100000001'

function hex(text: string): Uint8Array {
  return Buffer.from(text, 'hex')
}

async function messageOf(packed: Uint8Array, maxBytes: number): Promise<string> {
  try {
    await codec.decompress(packed, maxBytes)
  } catch (error) {
    if (isKafkaError(error, 'KAFKA_COMPRESSION')) return error.message
    throw error
  }
  throw new Error('It did not fail')
}

/** Sizes of the raw blocks of a xerial stream, as each block says at its start. */
function rawSizes(stream: Buffer): number[] {
  const sizes: number[] = []
  for (let at = 16; at < stream.length; at += 4 + stream.readInt32BE(at)) {
    const [a, b, c] = [stream[at + 4]!, stream[at + 5]!, stream[at + 6]!]
    sizes.push(a < 0x80 ? a : b < 0x80 ? (a & 0x7f) | (b << 7) : (a & 0x7f) | ((b & 0x7f) << 7) | (c << 14))
  }
  return sizes
}

describe('a snappy stream', () => {
  it('that takes more room than its input comes back as it was', async () => {
    // Literals of 64 bytes and far copies of 4 cost a byte each.
    const random = seededRandom(3)
    const below256 = (): number => Math.floor(random() * 256)
    const words = Array.from({ length: 33 }, () => Array.from({ length: 4 }, below256))
    const input = Buffer.alloc(131_072)
    for (let at = 0, turn = 0; at < input.length; turn++) {
      for (let end = Math.min(at + 64, input.length); at < end; at++) input[at] = below256()
      for (const byte of words[turn % words.length]!) if (at < input.length) input[at++] = byte
    }
    for (const length of [4096, 32_768, 131_072]) {
      const packed = await codec.compress(input.subarray(0, length))
      const back = await codec.decompress(packed, length)
      expect(Buffer.compare(back, input.subarray(0, length))).toBe(0)
    }
  })

  it('is a xerial stream of raw blocks of at most 32 KiB', async () => {
    for (const [length, sizes] of [
      [0, []],
      [5, [5]],
      [32_768, [32_768]],
      [70_000, [32_768, 32_768, 4464]],
      [200_000, [32_768, 32_768, 32_768, 32_768, 32_768, 32_768, 3392]]
    ] as const) {
      const stream = Buffer.from(await codec.compress(Buffer.alloc(length, 'abcd')))
      expect(stream.subarray(0, 16).toString('hex')).toBe(header)
      expect(rawSizes(stream)).toEqual(sizes)
    }
  })

  it('is the same, whoever makes it', async () => {
    const inputs = [Buffer.alloc(131_072, '{"order":1}'), Buffer.alloc(300_000, 'abcd')]
    const inHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    const later = async (maker: Pick<CompressionCodec, 'compressIntoLater'>, input: Uint8Array): Promise<string> => {
      const room = new Uint8Array(400_000)
      const bytes = await maker.compressIntoLater!(input, () => room, 5)
      return inHex(room.subarray(5, 5 + bytes))
    }
    // The codec has a thread where there are processors for it, this one anywhere. Until that is there, all is made here.
    const threads = sharedThreads(() => 2)
    const compressor = new BlockCompressor(kernel, framing, threads)
    const room = new Uint8Array(400_000)
    while (compressor.compressInto(inputs[0]!, room, 0) !== -1) await new Promise(resolve => setImmediate(resolve))
    const here = await Promise.all(inputs.map(async input => inHex(await codec.compress(input))))
    for (const maker of [compressor, compressor, codec])
      expect(await Promise.all(inputs.map(async input => later(maker, input)))).toEqual(here)
  })
})

describe('snappy reads', () => {
  it('a bare block, as librdkafka writes it', async () => {
    expect(Buffer.from(await codec.decompress(hex('0b2868656c6c6f20776f726c64'), 11)).toString()).toBe('hello world')
    expect(Buffer.from(await codec.decompress(hex('0c0868656c220300'), 12)).toString()).toBe('helhelhelhel')
  })

  it('a stream whose blocks are of any size', async () => {
    const stream = hex(`${header}000000030100610000000402046262`)
    expect(Buffer.from(await codec.decompress(stream, 3)).toString()).toBe('abb')
  })

  it('a stream of a later version that says it can be read', async () => {
    const stream = hex('82534e4150505900000000020000000100000003010061')
    expect(Buffer.from(await codec.decompress(stream, 1)).toString()).toBe('a')
  })
})

describe('snappy refuses', () => {
  it('options, of which it has none', () => {
    // Wrong types on purpose.
    const make = snappy as (options?: unknown) => unknown
    expect(() => make(9)).toThrow('snappy takes no options, and was given 9')
    expect(() => make({ level: 9 })).toThrow('There is no option level of snappy: it takes none')
    for (const none of [undefined, {}]) expect(() => make(none)).not.toThrow()
  })

  it('a stream that only later readers can read', async () => {
    const stream = hex('82534e4150505900000000020000000200000003010061')
    expect(await messageOf(stream, 1)).toBe('snappy stream needs a reader of version 2')
  })

  it('a block that claims 4 GiB, before anything of that size is allocated', async () => {
    const before = process.memoryUsage().arrayBuffers
    expect(await messageOf(hex('ffffffff0f1068'), 1_048_576)).toBe(
      'snappy data of 7 bytes expands to 4294967295 bytes, more than 1048576'
    )
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('a thousand blocks that are too much only together', async () => {
    const block = '00000005808002fe01'
    expect(await messageOf(hex(header + block.repeat(1000)), 1_048_576)).toBe(
      'snappy data of 9016 bytes expands to 32768000 bytes, more than 1048576'
    )
  })

  it('a block that expands to less or more than it says', async () => {
    expect(await messageOf(hex('0c2868656c6c6f20776f726c64'), 100)).toMatch(/^snappy block of 13 bytes is corrupt/)
    expect(await messageOf(hex('0a2868656c6c6f20776f726c64'), 100)).toMatch(/^snappy block of 13 bytes is corrupt/)
  })

  it('a copy from before the start', async () => {
    expect(await messageOf(hex('0c0868656c220400'), 100)).toMatch(/^snappy block of 8 bytes is corrupt/)
    expect(await messageOf(hex('0c0868656c220000'), 100)).toMatch(/^snappy block of 8 bytes is corrupt/)
  })

  it('a size without an end, and no size at all', async () => {
    expect(await messageOf(hex('ffffffffff'), 100)).toBe('snappy block of 5 bytes is corrupt: it does not say its size')
    expect(await messageOf(hex(''), 100)).toBe('snappy block of 0 bytes is corrupt: it does not say its size')
  })

  it('lengths of blocks that are negative or go beyond the end', async () => {
    expect(await messageOf(hex(`${header}ffffffff00`), 100)).toBe(
      'snappy stream of 21 bytes is cut short in the block at 16'
    )
    expect(await messageOf(hex(`${header}0000000301`), 100)).toBe(
      'snappy stream of 21 bytes is cut short in the block at 16'
    )
    expect(await messageOf(hex(`${header}0000`), 100)).toBe('snappy stream of 18 bytes is cut short in the block at 16')
  })
})
