// A kept compressor gives what the public function gives, or is not used.
import { createGzip, gzipSync, type Gzip } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { keptGzip } from './kept.ts'

function text(length: number): Buffer {
  return Buffer.alloc(length, '{"order":1,"item":"umbrella","price":12.50}\n')
}

describe('a kept gzip', () => {
  it('gives the bytes of gzipSync, batch after batch, whatever did not fit between', () => {
    // Not 0: how that divides its input depends on the room.
    for (const level of [-1, 1, 6, 9]) {
      const compressInto = keptGzip(level)!
      for (const length of [0, 1, 100, 5000, 65_536, 1, 0]) {
        const input = text(length)
        const expected = gzipSync(input, { level })
        const output = Buffer.alloc(expected.length + 100)
        const written = compressInto(input, output, 50)
        expect(output.subarray(50, 50 + written).equals(expected)).toBe(true)
        expect(compressInto(input, output.subarray(0, 49 + written), 50)).toBe(-1)
        expect(compressInto(input, output, output.length)).toBe(-1)
      }
    }
  })

  it('is not used where a stream has other insides', () => {
    expect(keptGzip(1, () => ({}))).toBeNull()
    expect(keptGzip(1, () => ({ _handle: { writeSync: () => undefined }, _writeState: [0, 0] }))).toBeNull()
  })

  it('is not used where it gives other bytes', () => {
    expect(keptGzip(1, () => createGzip({ level: 9 }))).toBeNull()
  })

  it('says that nothing fits once its stream is destroyed', () => {
    let stream: Gzip | null = null
    const compressInto = keptGzip(1, options => (stream = createGzip(options)))!
    expect(compressInto(text(10), Buffer.alloc(100), 0)).toBeGreaterThan(0)
    stream!.destroy()
    expect(compressInto(text(10), Buffer.alloc(100), 0)).toBe(-1)
  })
})
