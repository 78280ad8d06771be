// Records written straight into a batch's memory.
import { isKafkaError, RecordTooLargeError } from '@sluice/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyTimestamp,
  expected,
  finish,
  readAll,
  recordArbitrary,
  TrackedMemory,
  writeBatch,
  writePart,
  writePartThroughSink,
  writeRecord,
  type RecordModel
} from '../../test/record-model.ts'
import { BatchWriter } from './batch-writer.ts'

const plain = (value: RecordModel['value'], timestamp = 0): RecordModel => ({
  timestamp,
  key: null,
  value,
  headers: []
})

/** Writes some parts, the last one half, and goes back. */
function abandon(writer: BatchWriter, record: RecordModel, parts: number): void {
  const before = writer.byteLength
  writer.beginRecord(record.timestamp)
  for (let part = 0; part < parts; part++) writePart(writer, record.value)
  writer.beginPart()
  writer.ensure(3)
  writer.position += 3
  writer.rewindRecord()
  expect([writer.byteLength, writer.position]).toEqual([before, before])
}

function contents(writer: BatchWriter): unknown {
  return { records: readAll(finish(writer)), latest: writer.recordCount === 0 ? null : writer.maxTimestamp }
}

function model(records: readonly RecordModel[]): unknown {
  const latest = records.length === 0 ? null : Math.max(...records.map(record => record.timestamp))
  return { records: expected(records), latest }
}

describe('batch writer', () => {
  it('writes the bytes of a record as the protocol has them', () => {
    const writer = new BatchWriter(new TrackedMemory(), 128)
    writeRecord(writer, plain(null, 1000))
    const size = writeRecord(writer, {
      timestamp: 998,
      key: 'k',
      value: Buffer.from([7, 8]),
      headers: [
        ['h', null],
        ['h', '']
      ]
    })
    const records = writer.buffer.subarray(61, writer.byteLength)
    expect(records.toString('hex')).toBe(
      // length, attributes, timestamp delta 0, offset delta 0, null key, null value, no headers
      '0c' +
        '00' +
        '00' +
        '00' +
        '01' +
        '01' +
        '00' +
        // timestamp delta -2, offset delta 1, key of 1, value of 2, two headers of the same name
        '1e' +
        '00' +
        '03' +
        '02' +
        '026b' +
        '040708' +
        '04' +
        '026801' +
        '026800'
    )
    expect(size).toBe(16)
  })

  it('reads back what was written, whatever it is and whichever way it was written', () => {
    const way = fc.constantFrom(writePart, writePartThroughSink)
    const records = fc.array(fc.tuple(recordArbitrary(anyTimestamp), way), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(records, fc.constantFrom(0, 64, 100, 4096), (written, initialBytes) => {
        const memory = new TrackedMemory()
        const writer = new BatchWriter(memory, initialBytes)
        for (const [record, write] of written) {
          const before = writer.byteLength
          expect(writeRecord(writer, record, write)).toBe(writer.byteLength - before)
        }
        expect(readAll(finish(writer))).toEqual(expected(written.map(([record]) => record)))
        writer.release()
        expect(memory.outstanding).toBe(0)
      })
    )
  })

  it('gives lengths in more than one byte from 64, 8192 and 1048576 bytes on', () => {
    for (const size of [63, 64, 8191, 8192, 1_048_575, 1_048_576]) {
      for (const value of ['x'.repeat(size), new Uint8Array(size).fill(120)]) {
        expect(readAll(writeBatch([plain(value), plain('next')]))).toEqual(expected([plain(value), plain('next')]))
      }
    }
  })

  it.each(['a', '\u00e9', '\u20ac', '\u{1f600}'])(
    'loses nothing of a text of %s that ends where memory does',
    character => {
      const sizes = [...Array(260).keys(), ...Array.from({ length: 60 }, (_, index) => 8150 + index)]
      for (const before of [0, 1, 2]) {
        for (const size of sizes) {
          const value = 'a'.repeat(before) + character.repeat(size / character.length)
          const writer = new BatchWriter(new TrackedMemory(), size)
          writeRecord(writer, plain(value))
          writeRecord(writer, plain(value))
          const [first, second] = readAll(finish(writer))
          const bytes = Buffer.from(value).toString('hex')
          expect([first?.value === bytes, second?.value === bytes]).toEqual([true, true])
        }
      }
    }
  )

  it('numbers records over the borders of a varint', () => {
    const records = Array.from({ length: 9000 }, (_, index) => plain(null, index))
    expect(readAll(writeBatch(records)).map(record => record.offset)).toEqual(records.map((_, index) => BigInt(index)))
  })

  it('writes a lone surrogate as the replacement character', () => {
    const [record] = readAll(writeBatch([plain('a\ud800b')]))
    expect(record?.value).toBe(Buffer.from('a\ufffdb').toString('hex'))
  })

  it.each([
    [0, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    [0, 2 ** 30],
    [0, 2 ** 31],
    [0, -(2 ** 31)],
    [0, -(2 ** 31) - 1],
    [0, 2 ** 52],
    [-1, 2 ** 52 - 1]
  ])('keeps timestamps %i and %i of one batch exact', (first, second) => {
    expect(readAll(writeBatch([plain('', first), plain('', second)]))).toEqual(
      expected([plain('', first), plain('', second)])
    )
  })

  it('knows the first and the greatest timestamp of its complete records', () => {
    const writer = new BatchWriter(new TrackedMemory(), 128)
    for (const timestamp of [-5, -9, -2, -7]) writeRecord(writer, plain('', timestamp))
    writer.beginRecord(100)
    expect([writer.baseTimestamp, writer.maxTimestamp, writer.recordCount]).toEqual([-5, -2, 4])
  })
})

describe('batch writer > memory', () => {
  it('takes powers of two and gives back what it outgrew', () => {
    const memory = new TrackedMemory()
    const writer = new BatchWriter(memory, 100)
    for (let record = 0; record < 40; record++) writeRecord(writer, plain('x'.repeat(100)))
    expect(memory.taken).toEqual([128, 256, 512, 1024, 2048, 4096, 8192].slice(0, memory.taken.length))
    expect(memory.taken.at(-1)).toBeLessThan(2 * writer.byteLength)
    expect(memory.outstanding).toBe(1)
  })

  it('does not take memory for three bytes a character where one is enough', () => {
    const memory = new TrackedMemory()
    const writer = new BatchWriter(memory, 1024)
    writeRecord(writer, plain('x'.repeat(900)))
    expect(memory.taken).toEqual([1024])
  })

  it.each([Infinity, 2 ** 31, 2 ** 40])('takes none for %i bytes, which no batch can have', bytes => {
    const memory = new TrackedMemory()
    const writer = new BatchWriter(memory, 1024)
    writer.beginRecord(0)
    expect(() => writer.ensure(bytes)).toThrow(RecordTooLargeError)
    expect(memory.taken).toEqual([1024])
  })

  it('gives its memory back once', () => {
    const memory = new TrackedMemory()
    const writer = new BatchWriter(memory, 1024)
    writer.release()
    writer.release()
    expect(memory.outstanding).toBe(0)
    expect(() => writer.beginRecord(0)).toThrow('after its release')
  })

  it('is as before when there is no memory to grow into', () => {
    const memory = new TrackedMemory()
    const writer = new BatchWriter(memory, 128)
    writeRecord(writer, plain('kept'))
    memory.take = () => {
      throw new Error('no memory')
    }
    expect(() => writeRecord(writer, plain('x'.repeat(500)))).toThrow('no memory')
    writer.rewindRecord()
    writeRecord(writer, plain('next'))
    expect(readAll(finish(writer))).toEqual(expected([plain('kept'), plain('next')]))
  })
})

describe('batch writer > rewinding', () => {
  it('forgets the record under way, wherever it stands', () => {
    const step = fc.record({ record: recordArbitrary(anyTimestamp), fails: fc.boolean(), after: fc.nat(6) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), steps => {
        const writer = new BatchWriter(new TrackedMemory(), 128)
        for (const { record, fails, after } of steps) {
          if (fails) abandon(writer, record, after)
          else writeRecord(writer, record)
        }
        const complete = steps.filter(({ fails }) => !fails).map(({ record }) => record)
        expect(writer.recordCount).toBe(complete.length)
        expect(readAll(finish(writer))).toEqual(expected(complete))
      })
    )
  })
})

describe('batch writer > parts through the sink', () => {
  it('takes null after a part was begun', () => {
    const writer = new BatchWriter(new TrackedMemory(), 128)
    writer.beginRecord(0)
    writer.part('key')
    writer.beginPart()
    writer.nullPart()
    writer.headerCount(0)
    writer.endRecord()
    expect(readAll(finish(writer))).toEqual(expected([{ timestamp: 0, key: 'key', value: null, headers: [] }]))
  })

  it.each([
    ['before where it began', -1],
    ['behind the memory it asked for', 1_000_000],
    ['at no number', Number.NaN],
    ['between two bytes', 0.5]
  ])('refuses a position %s', (_where, by) => {
    const writer = new BatchWriter(new TrackedMemory(), 128)
    writer.beginRecord(0)
    writer.beginPart()
    writer.position += by
    expect(() => writer.endPart()).toThrow(expect.toSatisfy(error => isKafkaError(error, 'KAFKA_SERIALIZATION')))
  })

  it('refuses null where something was written', () => {
    const writer = new BatchWriter(new TrackedMemory(), 128)
    writer.beginRecord(0)
    writer.beginPart()
    writer.position++
    expect(() => writer.nullPart()).toThrow(expect.toSatisfy(error => isKafkaError(error, 'KAFKA_SERIALIZATION')))
  })
})

describe('batch writer > moving the last record', () => {
  it('takes it out of one batch and appends it to another, with its timestamp', () => {
    const record = recordArbitrary(anyTimestamp)
    const some = fc.array(record, { maxLength: 4 })
    fc.assert(
      fc.property(some, record, some, some, (before, moved, target, after) => {
        const memory = new TrackedMemory()
        const from = new BatchWriter(memory, 128)
        const into = new BatchWriter(memory, 128)
        for (const kept of [...before, moved]) writeRecord(from, kept)
        for (const kept of target) writeRecord(into, kept)
        from.moveLastRecordTo(into)
        for (const kept of after) writeRecord(from, kept)
        expect(contents(from)).toEqual(model([...before, ...after]))
        expect(contents(into)).toEqual(model([...target, moved]))
      })
    )
  })

  it('does so once per record', () => {
    const from = new BatchWriter(new TrackedMemory(), 128)
    const into = new BatchWriter(new TrackedMemory(), 128)
    writeRecord(from, plain('a'))
    writeRecord(from, plain('b'))
    from.moveLastRecordTo(into)
    expect(() => from.moveLastRecordTo(into)).toThrow('no last record')
    expect([from.recordCount, into.recordCount]).toEqual([1, 1])
  })
})
