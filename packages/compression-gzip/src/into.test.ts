// What is written into given memory is what the public function gives.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gzip } from './index.ts'

function text(length: number): Buffer {
  return Buffer.alloc(length, '{"order":1,"item":"umbrella","price":12.50}\n')
}

describe('gzip into given memory', () => {
  it('gives the bytes of gzipSync, batch after batch, whatever did not fit between', () => {
    // Not 0: how that divides its input depends on the room.
    for (const level of [-1, 1, 6, 9]) {
      const { compressInto } = gzip({ level })
      for (const length of [0, 1, 100, 5000, 12_288, 1, 0]) {
        const input = text(length)
        const expected = gzipSync(input, { level })
        const output = Buffer.alloc(expected.length + 100)
        const written = compressInto!(input, output, 50)
        expect(output.subarray(50, 50 + written).equals(expected)).toBe(true)
        expect(compressInto!(input, output.subarray(0, 49 + written), 50)).toBe(-1)
        expect(compressInto!(input, output, output.length)).toBe(-1)
      }
    }
  })
})
