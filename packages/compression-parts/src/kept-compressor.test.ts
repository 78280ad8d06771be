// A kept compressor gives what the public function gives, or is not used.
// oxlint-disable no-underscore-dangle -- the names are Node's own
import { constants, createGzip, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compressIntoBy, keptCompressor, type KeptStream } from './kept-compressor.ts'

function text(length: number): Buffer {
  return Buffer.alloc(length, '{"order":1,"item":"umbrella","price":12.50}\n')
}

/** A stream that compresses by deflate, with the insides that a zlib stream has. */
class FakeStream implements KeptStream {
  _handle: KeptStream['_handle'] = { writeSync: (...args) => this.#write(...args) }
  readonly _writeState = new Uint32Array(2)
  #broken = false

  #write(
    _flush: number,
    input: Uint8Array,
    from: number,
    bytes: number,
    output: Uint8Array,
    at: number,
    room: number
  ): void {
    const packed = deflateSync(input.subarray(from, from + bytes))
    this.#broken ||= packed.length >= room
    this._writeState[0] = this.#broken ? 0 : room - packed.length
    this._writeState[1] = 0
    if (!this.#broken) output.set(packed, at)
  }
}

const reference = (input: Uint8Array): Uint8Array => deflateSync(input)
const parts = { open: () => new FakeStream(), reference, endFlush: 2, resets: false }
/** One that is reset, and so need never be made again. */
const zlibParts = {
  open: () => createGzip({ level: 1 }),
  reference: (input: Uint8Array) => gzipSync(input, { level: 1 }),
  endFlush: constants.Z_FINISH,
  resets: true
}

describe('a kept compressor', () => {
  it('gives the same bytes, batch after batch, whatever did not fit between', () => {
    const compressInto = keptCompressor(parts)!
    for (const length of [0, 1, 100, 5000, 1]) {
      const expected = deflateSync(text(length))
      const output = Buffer.alloc(expected.length + 100)
      const written = compressInto(text(length), output, 50)
      expect(output.subarray(50, 50 + written).equals(expected)).toBe(true)
      expect(compressInto(text(length), output.subarray(0, 49 + written), 50)).toBe(-1)
      expect(compressInto(text(length), output, output.length)).toBe(-1)
    }
  })

  it('begins anew once its stream is destroyed', () => {
    const streams: FakeStream[] = []
    const open = (): FakeStream => {
      const stream = new FakeStream()
      streams.push(stream)
      return stream
    }
    const compressInto = keptCompressor({ ...parts, open })!
    streams.at(-1)!._handle = null
    expect(compressInto(text(10), Buffer.alloc(100), 0)).toBe(deflateSync(text(10)).length)
  })

  it('says that a frame did not fit when its stream failed, whatever the one before had given', () => {
    let stream = new FakeStream()
    const compressInto = keptCompressor({ ...parts, open: () => (stream = new FakeStream()) })!
    const output = Buffer.alloc(100)
    expect(compressInto(text(10), output, 0)).toBeGreaterThan(0)
    // As Node does it: the handle is gone at once, and nothing is written of what is left.
    stream._handle = {
      writeSync: () => {
        stream._handle = null
      }
    }
    expect(compressInto(text(10), output, 0)).toBe(-1)
  })

  it('is not used where a stream has other insides', () => {
    expect(keptCompressor({ ...parts, open: () => ({}) })).toBeNull()
    expect(keptCompressor({ ...parts, open: () => ({ _handle: { writeSync: () => 0 }, _writeState: [] }) })).toBeNull()
  })

  it('is not used where it gives other bytes', () => {
    expect(keptCompressor({ ...parts, reference: () => Buffer.from('other') })).toBeNull()
  })

  it('is made once where a reset is enough, although frames were broken off', () => {
    let made = 0
    const open = (): unknown => {
      made++
      return zlibParts.open()
    }
    const compressInto = keptCompressor({ ...zlibParts, open })!
    const expected = zlibParts.reference(text(5000))
    const output = Buffer.alloc(expected.length + 1)
    for (let turn = 0; turn < 3; turn++) {
      expect(compressInto(text(5000), output.subarray(0, 20), 0)).toBe(-1)
      expect(compressInto(text(5000), output, 0)).toBe(expected.length)
      expect(output.subarray(0, -1).equals(expected)).toBe(true)
    }
    expect(made).toBe(1)
  })
})

describe('a compressor into given memory', () => {
  it('goes through a copy where no stream can be kept', () => {
    const compressInto = compressIntoBy({ ...parts, open: () => ({}) })
    const expected = deflateSync(text(5000))
    const output = Buffer.alloc(expected.length + 10)
    expect(compressInto(text(5000), output, 10)).toBe(expected.length)
    expect(output.subarray(10).equals(expected)).toBe(true)
    expect(compressInto(text(5000), output, 11)).toBe(-1)
  })
})
