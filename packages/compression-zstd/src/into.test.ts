// What is written into given memory is what the public function gives.
import { describe, expect, it } from 'vitest'
import { nativeEngine } from './native.ts'

function text(length: number): Buffer {
  return Buffer.alloc(length, '{"order":1,"item":"umbrella","price":12.50}\n')
}

// Only where node:zlib has Zstandard.
describe.skipIf(nativeEngine(1) === null)('Zstandard of node:zlib, kept', () => {
  it('gives the bytes of zstdCompressSync at every level', () => {
    for (const level of [-7, 1, 3, 9, 22]) {
      const engine = nativeEngine(level)!
      for (const length of [0, 1, 100, 5000, 60_000, 1]) {
        const expected = engine.compress(text(length))
        const output = Buffer.alloc(expected.length + 100)
        const written = engine.compressInto!(text(length), output, 50)
        expect(output.subarray(50, 50 + written).equals(expected)).toBe(true)
        expect(engine.compressInto!(text(length), output.subarray(0, 49 + written), 50)).toBe(-1)
      }
    }
  })
})
