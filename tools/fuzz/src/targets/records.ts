// Record batches: headers, sections, checksums, records, and records copied from one batch to another.
import {
  BATCH_HEADER_BYTES,
  BatchWriter,
  copyRecords,
  crc32c,
  readBatches,
  readBatchHeader,
  readRecords,
  stampBatch,
  verifyBatch,
  type BatchView,
  type RecordView
} from '@sluice/protocol'
import { isDeepStrictEqual } from 'node:util'
import { Dice } from '../dice.ts'
import { Finding } from '../finding.ts'
import { oddBatch } from '../models/record-maker.ts'
import { readSection, type Batch, type RecordValue } from '../models/record-model.ts'
import { outline, type Probe } from '../probe.ts'
import type { Target } from '../target.ts'

const corruptFrame = ['KAFKA_CORRUPT_FRAME'] as const

const common = {
  group: 'records',
  mostMs: 250,
  seeds: (): Buffer[] => {
    const dice = new Dice(1, 'records')
    return [Buffer.alloc(0), ...Array.from({ length: 12 }, () => section(dice))]
  },
  grow: section,
  spans: (input: Uint8Array) => readSection(Buffer.from(input)).spans,
  repair,
  mostBytes: (input: Uint8Array): number => 2 * input.length + 1024
}

export const recordTargets: readonly Target[] = [
  { ...common, variant: 'header', run: judgeHeader },
  { ...common, variant: 'section', run: (input, probe) => judgeSection(input, probe, false) },
  { ...common, variant: 'section, cut off', run: (input, probe) => judgeSection(input, probe, true) },
  // The writer takes memory of its own, a power of two each time it grows.
  { ...common, variant: 'copy', run: judgeCopy, mostBytes: input => 16 * input.length + 4096 }
]

function section(dice: Dice): Buffer {
  const batches = Array.from({ length: 1 + dice.skewed(3) }, () =>
    dice.chance(0.5) ? usualBatch(dice) : oddBatch(dice)
  )
  return repair(Buffer.concat(batches))
}

function usualBatch(dice: Dice): Buffer {
  const writer = new BatchWriter(memory, 128)
  const part = (): Buffer | null => (dice.chance(0.2) ? null : dice.bytes(dice.skewed(90)))
  for (let left = dice.skewed(6); left > 0; left--) {
    writer.beginRecord(1_700_000_000_000 + dice.pick([0, 1, -1, 63, 64, 2 ** 31, -(2 ** 40), 2 ** 50]) * dice.below(3))
    writer.part(part())
    writer.part(part())
    const headers = dice.skewed(3)
    writer.headerCount(headers)
    for (let header = 0; header < headers; header++) {
      writer.part(dice.pick(['', 'trace', '__proto__']))
      writer.part(part())
    }
    writer.endRecord()
  }
  return stamped(writer, dice.pick([-1n, 0n, 2n ** 63n - 1n]))
}

const memory = { take: (bytes: number): Buffer => Buffer.alloc(bytes), give: (): void => undefined }

function stamped(writer: BatchWriter, producerId: bigint): Buffer {
  const { recordCount, baseTimestamp, maxTimestamp, byteLength } = writer
  const identity = { producerId, producerEpoch: 0, baseSequence: 0, transactional: false }
  stampBatch(writer.buffer, byteLength, { codecId: 0, recordCount, baseTimestamp, maxTimestamp, ...identity })
  return Buffer.from(writer.buffer.subarray(0, byteLength))
}

/** A single batch gets the length and the checksum that its bytes have, several theirs by their own lengths. */
function repair(input: Buffer): Buffer {
  if (input.length < BATCH_HEADER_BYTES) return input
  const fixed = Buffer.from(input)
  const { batches } = readSection(fixed)
  if (batches.length === 0) fixed.writeInt32BE(fixed.length - 12, 8)
  const known = batches.length === 0 ? [{ start: 0, end: fixed.length }] : batches
  for (const { start, end } of known) fixed.writeUInt32BE(crc32c(fixed, start + 21, end), start + 17)
  return fixed
}

function judgeHeader(input: Uint8Array, probe: Probe): string {
  const { value, error } = probe.attempt(corruptFrame, () => readBatchHeader(input, 0))
  if (error !== null) return outline(error)
  const bytes = Buffer.from(input)
  const expected = [bytes.readBigInt64BE(0), 12 + bytes.readInt32BE(8), bytes.readUInt32BE(17), bytes.readInt32BE(57)]
  const got = [value.baseOffset, value.byteLength, value.crc, value.recordCount]
  if (!isDeepStrictEqual(got, expected))
    throw new Finding('wrong value', `header ${String(got)}, not ${String(expected)}`)
  const typed = Object.values(value).every(each => typeof each !== 'number' || Number.isSafeInteger(each))
  if (!typed) throw new Finding('wrong value', 'the header holds a number that is not whole')
  return `header of codec ${value.codecId}`
}

function judgeSection(input: Uint8Array, probe: Probe, partialTail: boolean): string {
  const expected = readSection(Buffer.from(input))
  const views: BatchView[] = []
  const { error } = probe.attempt(corruptFrame, () => {
    for (const view of readBatches(input, { partialTail })) views.push(view)
  })
  const fails = expected.corrupt && !(partialTail && expected.cutOff)
  if (views.length !== expected.batches.length || (error !== null) !== fails)
    throw new Finding(
      'wrong value',
      `${views.length} batches and ${error === null ? 'no error' : error.message}, where ${expected.batches.length} are there and ${fails ? 'then nothing right' : 'no fault'}`
    )
  const happened = views.map((view, index) => judgeBatch(input, view, expected.batches[index]!, probe))
  return `${error === null ? 'whole' : outline(error)}: ${happened.slice(0, 3).join()}`
}

function judgeBatch(input: Uint8Array, view: BatchView, expected: Batch, probe: Probe): string {
  const bytes = Buffer.from(input.subarray(expected.start, expected.end))
  if (!bytes.equals(view.bytes)) throw new Finding('wrong value', `the batch at ${expected.start} is not these bytes`)
  const { error: wrongCrc } = probe.attempt(corruptFrame, () => verifyBatch(view))
  if ((wrongCrc === null) !== (crcBitByBit(bytes) === bytes.readUInt32BE(17)))
    throw new Finding('wrong value', 'the checksum is judged wrongly')
  if (view.header.codecId !== 0) return 'compressed'
  const { value, error } = probe.attempt(corruptFrame, () => Array.from(readRecords(view.header, view.records), plain))
  if ((error === null) !== (expected.records !== null))
    throw new Finding('wrong value', error === null ? 'records were read that are none' : `refused: ${error.message}`)
  if (error !== null) return outline(error)
  if (!isDeepStrictEqual(value, expected.records))
    throw new Finding('wrong value', 'the records are not what the bytes say')
  return `${value.length} records`
}

function plain({ offset, timestamp, key, value, headers }: RecordView): RecordValue {
  return { offset, timestamp, key: hex(key), value: hex(value), headers: headers.map(([k, v]) => [hex(k)!, hex(v)]) }
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

function judgeCopy(input: Uint8Array, probe: Probe): string {
  const [first] = readSection(Buffer.from(input)).batches
  if (first === undefined) return 'no batch'
  const header = readBatchHeader(input, first.start)
  const records = input.subarray(first.start + BATCH_HEADER_BYTES, first.end)
  const from = Math.floor(first.recordCount / 3)
  const to = Math.min(first.recordCount, from + 2)
  const into = new BatchWriter(memory, 128)
  const { error } = probe.attempt(corruptFrame, () =>
    copyRecords(records, first.recordCount, header.baseTimestamp, from, to, into)
  )
  // Records of which only the outside was looked at may be wrong within.
  if (first.records === null) return error === null ? 'copied unread' : outline(error)
  if (error !== null) throw new Finding('wrong value', `records that can be read cannot be copied: ${error.message}`)
  const [copied] = readSection(stamped(into, -1n)).batches
  const content = (list: readonly RecordValue[]): unknown =>
    list.map(({ key, value, headers }) => [key, value, headers])
  if (!isDeepStrictEqual(content(copied!.records!), content(first.records.slice(from, to))))
    throw new Finding('wrong value', 'the copies are not the records')
  return `${to - from} copied`
}

/** CRC-32C of what a batch's checksum covers. */
function crcBitByBit(batch: Buffer): number {
  let crc = 0xffff_ffff
  for (const byte of batch.subarray(21)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  }
  return (crc ^ 0xffff_ffff) >>> 0
}
