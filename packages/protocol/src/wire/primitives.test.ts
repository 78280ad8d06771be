// Primitive types on the wire: golden bytes and round trips.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

function written(write: (writer: Writer) => void, initialBytes = 4): string {
  const writer = new Writer(initialBytes)
  write(writer)
  return Buffer.concat(writer.finish()).toString('hex')
}

function reader(hex: string): Reader {
  return new Reader(Buffer.from(hex, 'hex'))
}

const zeros = '00000000-0000-0000-0000-000000000000'

interface Golden {
  readonly what: string
  readonly hex: string
  readonly value: unknown
  readonly write: (writer: Writer) => void
  readonly read: (reader: Reader) => unknown
}

function golden<T>(
  what: string,
  value: T,
  hex: string,
  write: (w: Writer, v: T) => void,
  read: (r: Reader) => unknown
): Golden {
  return { what, hex, value, write: writer => write(writer, value), read }
}

const goldens: readonly Golden[] = [
  golden(
    'false',
    false,
    '00',
    (w, v) => w.bool(v),
    r => r.bool()
  ),
  golden(
    'true',
    true,
    '01',
    (w, v) => w.bool(v),
    r => r.bool()
  ),
  golden(
    'int8',
    -2,
    'fe',
    (w, v) => w.int8(v),
    r => r.int8()
  ),
  golden(
    'int16',
    -2,
    'fffe',
    (w, v) => w.int16(v),
    r => r.int16()
  ),
  golden(
    'int32',
    0x0102_0304,
    '01020304',
    (w, v) => w.int32(v),
    r => r.int32()
  ),
  golden(
    'the lowest int32',
    -0x8000_0000,
    '80000000',
    (w, v) => w.int32(v),
    r => r.int32()
  ),
  golden(
    'int64',
    -2n,
    'fffffffffffffffe',
    (w, v) => w.int64(v),
    r => r.int64()
  ),
  golden(
    'the highest int64',
    2n ** 63n - 1n,
    '7fffffffffffffff',
    (w, v) => w.int64(v),
    r => r.int64()
  ),
  golden(
    'uvarint of one byte',
    127,
    '7f',
    (w, v) => w.uvarint(v),
    r => r.uvarint()
  ),
  golden(
    'uvarint of two bytes',
    300,
    'ac02',
    (w, v) => w.uvarint(v),
    r => r.uvarint()
  ),
  golden(
    'the highest uvarint',
    0xffff_ffff,
    'ffffffff0f',
    (w, v) => w.uvarint(v),
    r => r.uvarint()
  ),
  golden(
    'uuid',
    '00112233-4455-6677-8899-aabbccddeeff',
    '00112233445566778899aabbccddeeff',
    (w, v) => w.uuid(v),
    r => r.uuid()
  ),
  golden(
    'no uuid',
    zeros,
    '0'.repeat(32),
    (w, v) => w.uuid(v),
    r => r.uuid()
  ),
  golden(
    'string',
    'aé',
    '000361c3a9',
    (w, v) => w.string(v, false),
    r => r.string(false)
  ),
  golden(
    'compact string',
    'aé',
    '0461c3a9',
    (w, v) => w.string(v, true),
    r => r.string(true)
  ),
  golden(
    'empty string',
    '',
    '0000',
    (w, v) => w.string(v, false),
    r => r.string(false)
  ),
  golden(
    'empty compact string',
    '',
    '01',
    (w, v) => w.string(v, true),
    r => r.string(true)
  ),
  golden(
    'null string',
    null,
    'ffff',
    (w, v) => w.nullableString(v, false),
    r => r.nullableString(false)
  ),
  golden(
    'null compact string',
    null,
    '00',
    (w, v) => w.nullableString(v, true),
    r => r.nullableString(true)
  ),
  golden(
    'bytes',
    new Uint8Array([9, 8]),
    '000000020908',
    (w, v) => w.blob(v, false),
    r => r.blob(false)
  ),
  golden(
    'compact bytes',
    new Uint8Array([9, 8]),
    '030908',
    (w, v) => w.blob(v, true),
    r => r.blob(true)
  ),
  golden(
    'null bytes',
    null,
    'ffffffff',
    (w, v) => w.nullableBlob(v, false),
    r => r.nullableBlob(false)
  ),
  golden(
    'null compact bytes',
    null,
    '00',
    (w, v) => w.nullableBlob(v, true),
    r => r.nullableBlob(true)
  ),
  golden(
    'null records',
    null,
    'ffffffff',
    (w, v) => w.records(v, false),
    r => r.records(false)
  ),
  golden(
    'null list',
    -1,
    'ffffffff',
    w => w.nullCount(false),
    r => r.nullableCount(1, false)
  ),
  golden(
    'null compact list',
    -1,
    '00',
    w => w.nullCount(true),
    r => r.nullableCount(1, true)
  ),
  golden(
    'empty list',
    0,
    '00000000',
    (w, v) => w.count(v, false),
    r => r.count(1, false)
  ),
  golden(
    'empty compact list',
    0,
    '01',
    (w, v) => w.count(v, true),
    r => r.count(1, true)
  )
]

describe('a primitive type', () => {
  test.each(goldens)('$what is $hex', ({ hex, value, write, read }) => {
    const input = reader(hex)
    expect(written(write)).toBe(hex)
    expect(read(input)).toEqual(value)
    expect(input.remaining).toBe(0)
  })

  test('comes back as it was written', () => {
    const everything = fc.tuple(
      fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 300 }),
      fc.uuid(),
      fc.nat(0xffff_ffff),
      fc.boolean()
    )
    const property = fc.property(everything, ([number, bigint, text, bytes, uuid, varint, compact]) => {
      const writer = new Writer(1)
      writer.int32(number)
      writer.int64(bigint)
      writer.string(text, compact)
      writer.blob(bytes, compact)
      writer.uuid(uuid)
      writer.uvarint(varint)
      const input = new Reader(Buffer.concat(writer.finish()))
      const read = [
        input.int32(),
        input.int64(),
        input.string(compact),
        input.blob(compact),
        input.uuid(),
        input.uvarint()
      ]
      expect(read).toEqual([number, bigint, text, bytes, uuid, varint])
    })
    fc.assert(property, { seed: 1 })
  })
})
