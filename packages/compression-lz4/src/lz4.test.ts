// The frames that LZ4 writes, byte by byte, those that it reads, and what it refuses.
import { BlockCompressor, sharedThreads } from '@sluice/compression-parts'
import { isKafkaError, type CompressionCodec } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { framing } from './frame.ts'
import { lz4 } from './index.ts'
import { kernel } from './kernel.ts'
import { xxhash32 } from './xxhash.ts'

const codec = lz4()
const magic = '04224d18'

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function uint32(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes.toString('hex')
}

/** A frame with these flags and descriptor (hex), its header checksum made right. */
function frame(described: string, rest: string): Buffer {
  const checksum = (xxhash32(hex(described)) >>> 8) & 0xff
  return hex(`${magic}${described}${checksum.toString(16).padStart(2, '0')}${rest}`)
}

function stored(text: string): string {
  return uint32(0x8000_0000 + text.length) + Buffer.from(text).toString('hex')
}

async function textOf(packed: Uint8Array, maxBytes = 1000): Promise<string> {
  return Buffer.from(await codec.decompress(packed, maxBytes)).toString()
}

async function messageOf(packed: Uint8Array, maxBytes = 1_048_576): Promise<string> {
  try {
    await codec.decompress(packed, maxBytes)
  } catch (error) {
    if (isKafkaError(error, 'KAFKA_COMPRESSION')) return error.message
    throw error
  }
  throw new Error('It did not fail')
}

function noise(length: number): Buffer {
  let state = 1
  return Buffer.from(Array.from({ length }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 23))
}

interface BlockLength {
  readonly stored: boolean
  readonly length: number
}

function blockLengths(packed: Buffer): BlockLength[] {
  const lengths: BlockLength[] = []
  let at = 7
  for (let length = packed.readUInt32LE(at); length !== 0; length = packed.readUInt32LE(at)) {
    lengths.push({ stored: length >= 0x8000_0000, length: length % 0x8000_0000 })
    at += 4 + (length % 0x8000_0000)
  }
  expect(at + 4).toBe(packed.length)
  return lengths
}

describe('xxhash32', () => {
  it('agrees with the reference', () => {
    const known: readonly (readonly [string, number])[] = [
      ['', 0x02cc5d05],
      ['a', 0x550d7456],
      ['abc', 0x32d153ff],
      ['abcd', 0xa3643705],
      ['Nobody inspects the spammish repetition', 0xe2293b2f],
      ['0123456789abcdef', 0xc2c45b69]
    ]
    for (const [text, hash] of known) expect(xxhash32(Buffer.from(text)).toString(16)).toBe(hash.toString(16))
  })
})

describe('an LZ4 frame', () => {
  it('has independent blocks of 64 KiB, no checksums and no size', async () => {
    const packed = Buffer.from(await codec.compress(Buffer.alloc(150_000, '{"order":1}')))
    expect(packed.subarray(0, 7).toString('hex')).toBe(`${magic}604082`)
    expect(blockLengths(packed)).toHaveLength(3)
    expect(((xxhash32(hex('6040')) >>> 8) & 0xff).toString(16)).toBe('82')
  })

  it('stores a block that does not shrink', async () => {
    const input = Buffer.concat([noise(65_536), Buffer.alloc(65_536), noise(100)])
    const lengths = blockLengths(Buffer.from(await codec.compress(input)))
    expect(lengths.map(length => length.stored)).toEqual([true, false, true])
    expect(lengths[0]!.length).toBe(65_536)
  })

  it('of nothing has no block', async () => {
    expect(Buffer.from(await codec.compress(new Uint8Array())).toString('hex')).toBe(`${magic}60408200000000`)
  })

  it('is the same, whoever makes it', async () => {
    const inputs = [Buffer.concat([noise(65_536), Buffer.alloc(131_072, '{"order":1}')]), Buffer.alloc(300_000, 'abcd')]
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

describe('lz4 reads', () => {
  it('stored and compressed blocks of every block size', async () => {
    // 'a' and 'b', then six bytes from two back, then five literals at the end.
    const packed = '0b00000022616202005063642e6566'
    for (const descriptor of ['40', '50', '60', '70']) {
      const rest = `${stored('hello ')}${packed}00000000`
      expect(await textOf(frame(`60${descriptor}`, rest))).toBe('hello ababababcd.ef')
    }
  })

  it('a content size and checksums', async () => {
    const text = 'hello world'
    const sum = uint32(xxhash32(Buffer.from(text)))
    expect(await textOf(frame(`6840${uint32(text.length)}00000000`, `${stored(text)}00000000`))).toBe(text)
    expect(await textOf(frame('6440', `${stored(text)}00000000${sum}`))).toBe(text)
    expect(await textOf(frame('7040', `${stored(text)}${sum}00000000`))).toBe(text)
  })
})

describe('lz4 refuses', () => {
  it('options, of which it has none', () => {
    // Wrong types on purpose.
    const make = lz4 as (options?: unknown) => unknown
    expect(() => make(9)).toThrow('lz4 takes no options, and was given 9')
    expect(() => make({ level: 9 })).toThrow('There is no option level of lz4: it takes none')
    for (const none of [undefined, {}]) expect(() => make(none)).not.toThrow()
  })

  it.each([
    ['another magic', hex('04224d1960408200000000'), 'it does not begin as one'],
    ['another version', frame('a040', '00000000'), 'it is of version 2, not 1'],
    ['dependent blocks', frame('4040', '00000000'), 'its blocks depend on each other, which Kafka does not take'],
    ['a dictionary', frame('614001000000', '00000000'), 'it needs a dictionary, which Kafka has not'],
    ['reserved flags', frame('6240', '00000000'), 'reserved bits are set'],
    ['a reserved bit of the descriptor', frame('6041', '00000000'), 'reserved bits are set'],
    ['a block size that is none', frame('6030', '00000000'), '3 is no block size'],
    ['a wrong header checksum', hex(`${magic}60408300000000`), 'its header checksum is wrong'],
    ['a wrong block checksum', frame('7040', `${stored('a')}0000000000000000`), 'checksum of block 0'],
    ['a wrong content checksum', frame('6440', `${stored('a')}0000000000000000`), 'its content checksum is wrong'],
    [
      'less than it says',
      frame('68400500000000000000', `${stored('a')}00000000`),
      'it expands to 1 bytes, not the 5 that it says'
    ],
    ['no end', frame('6040', stored('a')), 'it is cut short at 12'],
    ['bytes behind the end', frame('6040', '0000000000'), 'it ends 1 bytes early'],
    ['a block beyond the end', frame('6040', `${uint32(0x8000_0005)}61`), 'it is cut short at 11'],
    [
      'a block beyond its size',
      frame('6040', `${stored('a'.repeat(65_537))}00000000`),
      'a block is larger than 65536 bytes'
    ]
  ])('%s', async (_what, packed, reason) => {
    expect(await messageOf(packed)).toBe(`LZ4 frame of ${packed.length} bytes is corrupt: ${reason}`)
  })

  it('a content size above the bound, before anything of that size is allocated', async () => {
    const before = process.memoryUsage().arrayBuffers
    const packed = frame('6870ffffffffff000000', '00000000')
    expect(await messageOf(packed)).toBe('LZ4 frame of 19 bytes expands to more than 1048576 bytes')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('a thousand small blocks that are too much only together', async () => {
    const block = Buffer.from(await codec.compress(Buffer.alloc(65_536))).subarray(7, -4)
    const packed = Buffer.concat([hex(`${magic}604082`), ...Array<Buffer>(1000).fill(block), Buffer.alloc(4)])
    const before = process.memoryUsage().arrayBuffers
    expect(await messageOf(packed, 200_000)).toMatch(/expand/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000)
  })

  it('a block that copies what it has not written', async () => {
    // 'a', then four bytes from 0 back, then from 2 back, with nothing at the end.
    for (const offset of ['0000', '0200']) {
      const packed = frame('6040', `0500000010 61 ${offset} 00 00000000`.replaceAll(' ', ''))
      expect(await messageOf(packed)).toMatch(/it copies from before its start$/)
    }
  })
})
