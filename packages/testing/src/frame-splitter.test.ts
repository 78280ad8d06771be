import { describe, expect, test } from 'vitest'
import { FrameSplitter } from './frame-splitter.ts'
import { seededRandom } from './seeded-random.ts'

function framed(text: string): Buffer {
  const frame = Buffer.alloc(4 + text.length)
  frame.writeInt32BE(text.length)
  frame.write(text, 4, 'latin1')
  return frame
}

function takeAll(splitter: FrameSplitter): string[] {
  const taken: string[] = []
  for (let frame = splitter.take(); frame !== undefined; frame = splitter.take()) taken.push(frame.toString('latin1'))
  return taken
}

describe('frame splitter', () => {
  test('gives the same frames however the bytes come', () => {
    const texts = Array.from({ length: 40 }, (_, index) => `frame ${index} `.repeat(1 + (index % 7)))
    const bytes = Buffer.concat(texts.map(framed))
    for (let seed = 0; seed < 50; seed++) {
      const random = seededRandom(seed)
      const splitter = new FrameSplitter(1000)
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + Math.floor(random() * (seed === 0 ? 1 : 97))
        expect(splitter.push(bytes.subarray(at, end))).toBe(true)
        at = end
      }
      expect(takeAll(splitter)).toEqual(texts)
    }
  })

  test('keeps its frames when the chunk is used again', () => {
    const splitter = new FrameSplitter(1000)
    const chunk = framed('kept as it was')
    splitter.push(chunk)
    chunk.fill(0)

    expect(takeAll(splitter)).toEqual(['kept as it was'])
  })

  test.each([-1, 0, 7, 1001])('stops at a length of %d', length => {
    const splitter = new FrameSplitter(1000)
    const prefix = Buffer.alloc(4)
    prefix.writeInt32BE(length)

    expect(splitter.push(prefix)).toBe(false)
  })
})
