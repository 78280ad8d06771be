// Unsigned varints at the edges of their sizes.
import { describe, expect, test } from 'vitest'
import { putUvarint, uvarintBytes } from './varint.ts'

describe('an unsigned varint', () => {
  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_151, 'ffff7f'],
    [2_097_152, '80808001'],
    [268_435_455, 'ffffff7f'],
    [268_435_456, '8080808001'],
    [4_294_967_295, 'ffffffff0f']
  ])('of %i is %s', (value, hex) => {
    const bytes = new Uint8Array(8)
    const end = putUvarint(bytes, 1, value)
    expect(Buffer.from(bytes.subarray(1, end)).toString('hex')).toBe(hex)
    expect(uvarintBytes(value)).toBe(hex.length / 2)
  })
})
