// Frames out of a stream that is cut anywhere.
import { CorruptFrameError } from '@sluice/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameDecoder } from './frame-decoder.ts'

const limit = 1_000_000

function framed(content: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(content.length)
  return Buffer.concat([prefix, content])
}

/** What comes out when the stream is cut into chunks of these sizes, over and over. */
function decoded(stream: Uint8Array, sizes: readonly number[], decoder = new FrameDecoder(limit)): string[] {
  const frames: string[] = []
  let at = 0
  for (let turn = 0; at < stream.length; turn++) {
    const chunk = Buffer.from(stream.subarray(at, at + sizes[turn % sizes.length]!))
    decoder.push(chunk, frame => frames.push(Buffer.from(frame).toString('hex')))
    // A transport may reuse its chunk: what the decoder still needs it must have copied.
    at += chunk.length
    chunk.fill(0xee)
  }
  return frames
}

function refuse(): void {
  throw new Error('refused')
}

const contents = [Buffer.from('aabbccdd', 'hex'), Buffer.alloc(300, 7), Buffer.from('0102030405', 'hex')]
const stream = Buffer.concat(contents.map(framed))
const expected = contents.map(content => content.toString('hex'))

describe('frame decoder', () => {
  test.each([1, 2, 3, 4, 5, 7, 8, 64, 308, 10_000])('finds every frame in chunks of %i bytes', size => {
    expect(decoded(stream, [size])).toEqual(expected)
  })

  test('finds every frame wherever the stream is cut', () => {
    const arbitrary = fc.tuple(
      fc.array(fc.uint8Array({ minLength: 4, maxLength: 90 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 5 })
    )
    const property = fc.property(arbitrary, ([frames, sizes]) => {
      const whole = Buffer.concat(frames.map(framed))
      expect(decoded(whole, sizes)).toEqual(frames.map(frame => Buffer.from(frame).toString('hex')))
    })
    fc.assert(property, { seed: 2 })
  })

  test('copies nothing of a frame that is wholly in a chunk', () => {
    const chunk = framed(Buffer.from('aabbccdd', 'hex'))
    let seen = ''
    new FrameDecoder(limit).push(chunk, frame => {
      chunk.fill(1)
      seen = Buffer.from(frame).toString('hex')
    })
    expect(seen).toBe('01010101')
  })

  test('puts together a frame larger than any chunk', () => {
    const content = Buffer.from(Array.from({ length: 400_000 }, (_, at) => at % 251))
    expect(decoded(framed(content), [65_536])).toEqual([content.toString('hex')])
  })

  test('puts together a frame of which more comes at once than it had room for', () => {
    const content = Buffer.alloc(400_000, 5)
    expect(decoded(framed(content), [5, 300_000])).toEqual([content.toString('hex')])
  })

  test('takes memory for what has come, not for what was announced', () => {
    const prefix = Buffer.from('1fffffff', 'hex')
    const before = process.memoryUsage().arrayBuffers
    const decoders = Array.from({ length: 4 }, () => new FrameDecoder(0x1fff_ffff))
    for (const decoder of decoders) {
      decoder.push(prefix, () => undefined)
      decoder.push(Buffer.alloc(70_000), () => undefined)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000)
  })

  test('accepts frames up to the limit and no longer', () => {
    expect(decoded(framed(Buffer.alloc(10)), [100], new FrameDecoder(10))).toHaveLength(1)
    expect(() => decoded(framed(Buffer.alloc(11)), [100], new FrameDecoder(10))).toThrow(CorruptFrameError)
  })

  test.each([
    ['a negative length', 'ffffffff'],
    ['a length too short for a correlation id', '00000003'],
    ['no length', '00000000'],
    ['a huge length', '7fffffff']
  ])('refuses %s', (_what, hex) => {
    const decoder = new FrameDecoder(limit)
    expect(() => decoded(Buffer.from(hex, 'hex'), [1], decoder)).toThrow(CorruptFrameError)
    expect(decoder.problem).toBeNull()
  })

  test('recognises a web server', () => {
    const decoder = new FrameDecoder(limit)
    expect(() => decoded(Buffer.from('HTTP/1.1 400 Bad Request\r\n'), [3], decoder)).toThrow(/HTTP/)
    expect(decoder.problem).toBe('http')
  })

  test.each(['1503030002022f', '160303007a0200'])('recognises a TLS record that begins with %s', hex => {
    const decoder = new FrameDecoder(limit)
    expect(() => decoded(Buffer.from(hex, 'hex'), [100], decoder)).toThrow(/TLS/)
    expect(decoder.problem).toBe('plaintext-to-tls')
  })

  test('gives the frames before a corrupt length, and nothing after it', () => {
    const decoder = new FrameDecoder(limit)
    const frames: Uint8Array[] = []
    const onFrame = (frame: Uint8Array): void => {
      frames.push(frame)
    }
    const corrupt = Buffer.concat([framed(contents[0]!), Buffer.from('ffffffff', 'hex'), framed(contents[0]!)])
    expect(() => decoder.push(corrupt, onFrame)).toThrow(CorruptFrameError)
    decoder.push(framed(contents[0]!), onFrame)
    expect(frames).toHaveLength(1)
  })

  test('gives nothing more once it was stopped from within a frame', () => {
    const decoder = new FrameDecoder(limit)
    let frames = 0
    decoder.push(stream, () => {
      frames++
      decoder.stop()
    })
    decoder.push(stream, () => frames++)
    expect(frames).toBe(1)
  })

  test('goes on with the next frame after a callback has thrown', () => {
    const decoder = new FrameDecoder(limit)
    expect(() => decoder.push(framed(contents[0]!), refuse)).toThrow('refused')
    expect(decoded(stream, [5], decoder)).toEqual(expected)
  })
})
