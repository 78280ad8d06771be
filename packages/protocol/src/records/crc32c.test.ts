// The checksum against published values and against the plainest way to compute it.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32cKernel } from './crc32c-kernel.ts'
import { checksumBy, crc32c, crc32cInScript, withoutRelaxedVectors } from './crc32c.ts'

/** One bit at a time, from the polynomial alone. */
function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  }
  return ~crc >>> 0
}

const counting = Uint8Array.from({ length: 32 }, (_, index) => index)

// The first is the usual check value, the others are from RFC 3720 B.4.
const published: [name: string, bytes: Uint8Array, crc: number][] = [
  ['the digits 1 to 9', Buffer.from('123456789'), 0xe306_9283],
  ['nothing', new Uint8Array(0), 0],
  ['32 zeros', new Uint8Array(32), 0x8a91_36aa],
  ['32 times 255', new Uint8Array(32).fill(255), 0x62a8_ab43],
  ['0 to 31', counting, 0x46dd_794e],
  ['31 to 0', counting.toReversed(), 0x113f_db5c],
  [
    'an iSCSI read command',
    Buffer.from(
      '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
      'hex'
    ),
    0xd996_3a56
  ]
]

const relaxed = Buffer.from(crc32cKernel, 'base64')
const plain = withoutRelaxedVectors(relaxed)

describe.each([
  ['crc32c', crc32c],
  ['the kernel without relaxed vectors', checksumBy(plain) ?? (() => NaN)],
  ['crc32cInScript', crc32cInScript]
])('%s', (_name, checksum) => {
  it.each(published)('gives the published value for %s', (_what, bytes, crc) => {
    expect(checksum(bytes, 0, bytes.length)).toBe(crc)
  })

  it('agrees with the bitwise definition, wherever the range lies', () => {
    const ranges = fc.tuple(fc.uint8Array({ maxLength: 2000 }), fc.nat(40), fc.nat(40))
    fc.assert(
      fc.property(ranges, ([bytes, before, after]) => {
        const outer = new Uint8Array(before + bytes.length + after).fill(0x5a)
        outer.set(bytes, before)
        expect(checksum(outer, before, before + bytes.length)).toBe(bitByBit(bytes))
      })
    )
  })

  it.each([191, 192, 511, 512, 513, 639, 640, 641, 655, 656, 48_639, 48_640, 48_641, 97_280, 97_920, 150_001])(
    'agrees with the bitwise definition for %i bytes',
    length => {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) ^ (index >>> 8))
      expect(checksum(bytes, 0, length)).toBe(bitByBit(bytes))
    }
  )

  it('sees the bytes of a view only', () => {
    const view = Buffer.from('xx123456789yy').subarray(2, 11)
    expect(checksum(view, 0, 9)).toBe(0xe306_9283)
  })
})

describe('crc32c kernel', () => {
  // Else everybody would be slow, and nobody would know.
  it('is taken by the runtime, which has relaxed vectors from Node 22 on', () => {
    const { WebAssembly } = globalThis as { WebAssembly?: { validate(bytes: Uint8Array): boolean } }
    const hasRelaxed = Number(process.versions.node.split('.')[0]) >= 22
    expect(WebAssembly?.validate(relaxed)).toBe(hasRelaxed)
    expect(WebAssembly?.validate(plain)).toBe(true)
  })

  it('is what its script makes', async () => {
    const script: { moduleBytes: readonly number[] } = await import(
      new URL('crc32c-kernel.make.mjs', import.meta.url).href
    )
    expect(relaxed).toEqual(Buffer.from(script.moduleBytes))
  })
})
