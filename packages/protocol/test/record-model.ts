// Record batches as plain values, for tests: made at will, written by the batch writer, read back by the reader.
import {
  BatchWriter,
  readBatches,
  readRecords,
  stampBatch,
  verifyBatch,
  type BatchMemory,
  type BatchStamp
} from '@sluice/protocol'
import * as fc from 'fast-check'

export type Part = Uint8Array | string | null

export interface RecordModel {
  readonly timestamp: number
  readonly key: Part
  readonly value: Part
  readonly headers: readonly (readonly [Uint8Array | string, Part])[]
}

export type Identity = Pick<BatchStamp, 'producerId' | 'producerEpoch' | 'baseSequence' | 'transactional'>

export const noIdentity: Identity = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false }

/** Memory that is never zero when it is taken and never whole after it was given back, and that knows what is out. */
export class TrackedMemory implements BatchMemory {
  readonly taken: number[] = []
  readonly #out = new Set<Buffer>()

  get outstanding(): number {
    return this.#out.size
  }

  take(bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes, 0xaa)
    this.taken.push(bytes)
    this.#out.add(buffer)
    return buffer
  }

  give(buffer: Buffer): void {
    if (!this.#out.delete(buffer)) throw new Error('A buffer was given back that is not out')
    buffer.fill(0x55)
  }
}

export function writeRecord(writer: BatchWriter, record: RecordModel, write = writePart): number {
  writer.beginRecord(record.timestamp)
  write(writer, record.key)
  write(writer, record.value)
  writer.headerCount(record.headers.length)
  for (const [key, value] of record.headers) {
    write(writer, key)
    write(writer, value)
  }
  return writer.endRecord()
}

export function writePart(writer: BatchWriter, part: Part): void {
  writer.part(part)
}

/** As a serializer with `into` does: asks for room, then writes at the position. */
export function writePartThroughSink(writer: BatchWriter, part: Part): void {
  writer.beginPart()
  if (part === null) return writer.nullPart()
  const bytes = bytesOf(part)
  writer.ensure(bytes.length)
  writer.buffer.set(bytes, writer.position)
  writer.position += bytes.length
  writer.endPart()
}

/** The finished batch, copied out of the writer's memory. */
export function finish(writer: BatchWriter, identity: Identity = noIdentity): Buffer {
  const { recordCount, baseTimestamp, maxTimestamp } = writer
  stampBatch(writer.buffer, writer.byteLength, { codecId: 0, recordCount, baseTimestamp, maxTimestamp, ...identity })
  return Buffer.from(writer.buffer.subarray(0, writer.byteLength))
}

export function writeBatch(records: readonly RecordModel[], identity: Identity = noIdentity): Buffer {
  const writer = new BatchWriter(new TrackedMemory(), 128)
  for (const record of records) writeRecord(writer, record)
  return finish(writer, identity)
}

/** All that a section says, with bytes in hexadecimal so that it can be compared. */
export function readAll(
  section: Uint8Array
): { offset: bigint; timestamp: number; key: unknown; value: unknown; headers: unknown }[] {
  return [...readBatches(section)].flatMap(batch => {
    verifyBatch(batch)
    return Array.from(readRecords(batch.header, batch.records), record => ({
      offset: record.offset,
      timestamp: record.timestamp,
      key: hexOf(record.key),
      value: hexOf(record.value),
      headers: record.headers.map(([key, value]) => [hexOf(key), hexOf(value)])
    }))
  })
}

/** What `readAll` must give for these records. */
export function expected(records: readonly RecordModel[]): ReturnType<typeof readAll> {
  return records.map((record, index) => ({
    offset: BigInt(index),
    timestamp: record.timestamp,
    key: hexOf(record.key),
    value: hexOf(record.value),
    headers: record.headers.map(([key, value]) => [hexOf(key), hexOf(value)])
  }))
}

export function hexOf(part: Part): string | null {
  return part === null ? null : Buffer.from(bytesOf(part)).toString('hex')
}

function bytesOf(part: Uint8Array | string): Uint8Array {
  return typeof part === 'string' ? Buffer.from(part) : part
}

/** Sizes at which the length of a part, or of the record around it, takes one byte more. */
const borderSizes = [0, 1, 16, 17, 32, 33, 40, 50, 57, 58, 63, 64, 65, 1000, 2730, 2731, 4096, 8180, 8191, 8192, 8193]
const characters = ['a', 'ü', '漢', '😀', '\ud800']

/** Of one to four bytes in UTF-8. */
const codePoint: fc.Arbitrary<number> = fc.oneof(
  fc.nat(0x7f),
  fc.integer({ min: 0x80, max: 0x7ff }),
  fc.integer({ min: 0x800, max: 0xd7ff }),
  fc.integer({ min: 0x1_0000, max: 0x10_ffff })
)

const text: fc.Arbitrary<string> = fc.oneof(
  fc.array(codePoint, { maxLength: 40 }).map(points => String.fromCodePoint(...points)),
  fc
    .tuple(fc.constantFrom(...borderSizes), fc.constantFrom(...characters))
    .map(([size, character]) => character.repeat(size)),
  fc.tuple(fc.nat(70), fc.constantFrom(...characters)).map(([size, character]) => 'x'.repeat(size) + character)
)

const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(...borderSizes).map(size => new Uint8Array(size).fill(size))
)

const part: fc.Arbitrary<Part> = fc.oneof(text, bytes, fc.constant(null))

/** @param timestamp of each record; the batch's first one is its base */
export function recordArbitrary(timestamp: fc.Arbitrary<number>): fc.Arbitrary<RecordModel> {
  const headers = fc.array(
    fc.tuple(fc.oneof(fc.constantFrom('', 'a', 'a', 'ü'), fc.uint8Array({ maxLength: 70 })), part),
    { maxLength: 4 }
  )
  return fc.record({ timestamp, key: part, value: part, headers })
}

export const anyTimestamp: fc.Arbitrary<number> = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_200 })
)
