// What the reader makes of bytes, and what it refuses.
import { CorruptFrameError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { Reader } from './reader.ts'

function reader(hex: string): Reader {
  return new Reader(Buffer.from(hex, 'hex'))
}

describe('reader', () => {
  test.each<[string, string, (reader: Reader) => unknown]>([
    ['an integer that is cut off', '000000', r => r.int32()],
    ['a bigint that is cut off', '00000000000000', r => r.int64()],
    ['a uuid that is cut off', '00'.repeat(15), r => r.uuid()],
    ['a varint that is cut off', '8080', r => r.uvarint()],
    ['a varint of more than 32 bits', 'ffffffff10', r => r.uvarint()],
    ['a varint of more than five bytes', '808080808001', r => r.uvarint()],
    ['a string longer than what is left', '000461', r => r.string(false)],
    ['a string of a negative length', 'fffe61', r => r.nullableString(false)],
    ['a null string where there must be one', 'ffff', r => r.string(false)],
    ['a null compact string where there must be one', '00', r => r.string(true)],
    ['bytes longer than what is left', '7fffffff61', r => r.blob(false)],
    ['compact bytes longer than what is left', 'ffffffff0f61', r => r.blob(true)],
    ['null bytes where there must be some', 'ffffffff', r => r.blob(false)],
    ['records longer than what is left', '00000002aa', r => r.records(false)],
    ['a null list where there must be one', 'ffffffff', r => r.count(1, false)],
    ['a list of a negative length', 'fffffffe', r => r.nullableCount(1, false)],
    ['a list whose elements cannot fit', '00000003aabbccddee', r => r.count(2, false)],
    ['a compact list whose elements cannot fit', 'ffffffff0f', r => r.count(1, true)],
    ['a tagged field longer than what is left', '0502aa', r => [r.uvarint(), r.openTag()]],
    ['more tagged fields than there are', '020000', r => r.skipTags()],
    ['a great many tagged fields', 'ffffffff0f', r => r.skipTags()]
  ])('refuses %s', (_what, hex, read) => {
    expect(() => read(reader(hex))).toThrow(CorruptFrameError)
  })

  /** A list of so many elements, as long as their number says, again and again. */
  function lists(elements: number, elementBytes: number): Buffer {
    const bytes = Buffer.alloc(4 + elements * elementBytes)
    bytes.writeInt32BE(elements)
    return bytes
  }

  test('refuses lists of very many elements that are hardly anything on the wire, before it makes any of them', () => {
    const says = /1100000 elements of lists in 3300004 bytes: a broker has no need of so many/
    expect(() => new Reader(lists(1_100_000, 3)).count(3, false)).toThrow(says)
    const short = lists(600_000, 3)
    const nested = new Reader(Buffer.concat([short.subarray(0, 4), short]))
    expect(nested.count(3, false)).toBe(600_000)
    expect(() => nested.count(3, false)).toThrow(CorruptFrameError)
  })

  test.each([
    ['a million errors of records', 1_000_000, 6],
    ['the largest answer about partitions with one replica', 4_000_000, 26],
    ['numbers, which take as much room here as there', 20_000_000, 4]
  ])('takes %s', (_what, elements, elementBytes) => {
    expect(new Reader(lists(elements, elementBytes)).count(elementBytes, false)).toBe(elements)
  })

  test('says where the message is corrupt and what was expected', () => {
    const input = reader('0001ff')
    input.int16()
    expect(() => input.int32()).toThrow('The message is corrupt at byte 2 of 3: 4 more bytes were expected, 1 are left')
  })

  test('skips tagged fields that it does not know', () => {
    const input = reader('02030200ff8f4e0033')
    input.skipTags()
    expect(input.int8()).toBe(0x33)
  })

  test('skips a tagged field that ends with the message', () => {
    const input = reader('010502aabb')
    input.skipTags()
    expect(input.remaining).toBe(0)
  })

  test('skips what it does not know at the end of a tagged field that it knows', () => {
    const input = reader('03010203ff')
    const end = input.openTag()
    expect(input.int8()).toBe(1)
    input.closeTag(end)
    expect(input.int8()).toBe(-1)
  })

  test('refuses a tagged field whose content goes past its size', () => {
    const input = reader('010102')
    const end = input.openTag()
    input.int16()
    expect(() => input.closeTag(end)).toThrow(CorruptFrameError)
  })

  test('reads bytes that are not UTF-8 as U+FFFD', () => {
    expect(reader('0461ff62').string(true)).toBe('a\ufffdb')
  })

  test('copies bytes but gives records as a view', () => {
    const frame = Buffer.from('02aa02aa', 'hex')
    const input = new Reader(frame)
    const copied = input.blob(true)
    const view = input.records(true)!
    frame.fill(0)
    expect([copied[0], view[0]]).toEqual([0xaa, 0])
  })

  test('reads from the middle of a larger piece of memory', () => {
    const memory = new Uint8Array([9, 9, 0, 1, 0x61, 9])
    expect(new Reader(memory.subarray(1, 5), 1).string(false)).toBe('a')
    expect(() => new Reader(memory.subarray(1, 5), 1).int32()).toThrow(CorruptFrameError)
  })
})
