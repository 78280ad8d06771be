// What the writer makes of values, and what it refuses.
import { InvalidArgumentError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

function written(write: (writer: Writer) => void): string {
  const writer = new Writer(4)
  write(writer)
  return Buffer.concat(writer.finish()).toString('hex')
}

describe('writer', () => {
  test('puts large record batches between its own bytes by reference, and copies small ones', () => {
    const large = new Uint8Array(1025).fill(1)
    const pieces: Uint8Array[] = [new Uint8Array([2]), new Uint8Array(0), new Uint8Array(1025).fill(3)]
    const writer = new Writer()
    writer.int8(7)
    writer.records(large, true)
    writer.records(pieces, true)
    writer.int8(8)
    expect(writer.bytes).toBe(1 + 2 + 1025 + 2 + 1026 + 1)
    const segments = writer.finish()
    const text = Buffer.concat(segments).toString('hex')
    expect(text).toBe(`078208${'01'.repeat(1025)}830802${'03'.repeat(1025)}08`)
    expect(segments.filter(segment => segment === large || pieces.includes(segment))).toEqual([large, pieces[2]])
  })

  test('copies what fits into the room that it was given, and refers to the rest', () => {
    const room = Buffer.alloc(4096)
    const fits = new Uint8Array(2000).fill(1)
    const tooLarge = new Uint8Array(3000).fill(2)
    const writer = new Writer(room)
    writer.int8(7)
    for (const batch of [fits, tooLarge, fits]) writer.records(batch, true)
    writer.int8(8)
    const segments = writer.finish()
    expect(Buffer.concat(segments).toString('hex')).toBe(
      `07d10f${'01'.repeat(2000)}b917${'02'.repeat(3000)}d10f${'01'.repeat(2000)}08`
    )
    expect(segments.map(segment => segment.buffer === room.buffer)).toEqual([true, false, true])
    expect(segments[1]).toBe(tooLarge)
  })

  test('has what follows when its room is full', () => {
    const batch = new Uint8Array(2000).fill(1)
    for (let bytes = 2000; bytes < 2200; bytes++) {
      const writer = new Writer(Buffer.alloc(bytes))
      writer.int8(7)
      writer.records(batch, true)
      for (let value = 0; value < 100; value++) writer.int8(value)
      const tail = Array.from({ length: 100 }, (_, value) => value)
      expect(Array.from(Buffer.concat(writer.finish()))).toEqual([7, 0xd1, 0x0f, ...batch, ...tail])
    }
  })

  test('keeps what was written before its buffer had to grow', () => {
    const writer = new Writer(2)
    writer.int16(0x0102)
    writer.records(new Uint8Array([9]), true)
    for (let value = 0; value < 40; value++) writer.int8(value)
    const tail = Array.from({ length: 40 }, (_, value) => value)
    expect(Array.from(Buffer.concat(writer.finish()))).toEqual([1, 2, 2, 9, ...tail])
  })

  test.each([0, 1, 127, 128, 16_383, 16_384])('puts the size of a tagged field of %i bytes before it', size => {
    const writer = new Writer(2)
    writer.uvarint(1)
    const start = writer.openTag(5)
    for (let at = 0; at < size; at++) writer.int8(at & 0x7f)
    writer.closeTag(start)
    writer.int8(-1)
    const input = new Reader(Buffer.concat(writer.finish()))
    expect([input.uvarint(), input.uvarint()]).toEqual([1, 5])
    const end = input.openTag()
    expect(end - input.position).toBe(size)
    expect(Array.from({ length: size }, () => input.int8())).toEqual(Array.from({ length: size }, (_, at) => at & 0x7f))
    input.closeTag(end)
    expect([input.int8(), input.remaining]).toEqual([-1, 0])
  })

  test('replaces half a surrogate pair by U+FFFD', () => {
    expect(written(writer => writer.string('a\ud800b', true))).toBe('0661efbfbd62')
  })

  test.each([
    '',
    'a',
    'x'.repeat(31),
    'x'.repeat(32),
    'x'.repeat(33),
    `${'x'.repeat(31)}é`,
    'éa',
    '\u007f\u0080',
    'x'.repeat(126),
    'x'.repeat(127)
  ])('writes %j the same whether its buffer is large or has to grow', text => {
    const content = Buffer.from(text)
    for (let room = 1; room < 45; room++) {
      const writer = new Writer(room)
      writer.string(text, true)
      writer.string(text, false)
      const input = new Reader(Buffer.concat(writer.finish()))
      expect([input.string(true), input.string(false), input.remaining]).toEqual([text, text, 0])
      expect(writer.bytes).toBe(2 * content.length + 3 + (content.length > 126 ? 1 : 0))
    }
  })

  test('refuses a string whose length does not fit', () => {
    expect(written(writer => writer.string('x'.repeat(32_767), false)).length).toBe(2 * 32_769)
    expect(() => new Writer().string('é'.repeat(16_384), false)).toThrow(InvalidArgumentError)
    expect(() => new Writer().string('x'.repeat(32_768), true)).toThrow(InvalidArgumentError)
  })

  test.each([
    '',
    'abc',
    '00112233-4455-6677-8899-aabbccddeef',
    '00112233445566778899aabbccddeeff',
    '0011223z-4455-6677-8899-aabbccddeeff'
  ])('refuses %j as a uuid', value => {
    expect(() => new Writer().uuid(value)).toThrow(InvalidArgumentError)
  })

  test('writes the whole part of a fraction', () => {
    expect(written(writer => writer.int32(12.5))).toBe('0000000c')
    expect(written(writer => writer.int16(-1.5))).toBe('ffff')
    expect(written(writer => writer.int8(-0))).toBe('00')
  })

  test.each<[string, (writer: Writer) => void]>([
    ['int8', writer => writer.int8(128)],
    ['int8', writer => writer.int8(-129)],
    ['int16', writer => writer.int16(-32_769)],
    ['int16', writer => writer.int16(32_768)],
    ['int32', writer => writer.int32(2_147_483_648)],
    ['int32', writer => writer.int32(-2_147_483_649)],
    ['int32', writer => writer.int32(Infinity)],
    ['int64', writer => writer.int64(2n ** 63n)]
  ])('refuses a number that is no %s', (_type, write) => {
    expect(() => write(new Writer())).toThrow(RangeError)
  })
})
