// Decodes a record batch of magic 2, as the oracle needs it.
import { gunzipSync } from 'node:zlib'
import { ByteReader, UnreadableError } from './byte-reader.ts'
import { checksum } from './checksum.ts'

export interface DecodedRecord {
  readonly offsetDelta: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: number
}

export interface DecodedBatch {
  readonly baseOffset: number
  readonly producerId: number
  readonly epoch: number
  readonly sequence: number
  readonly count: number
  readonly crc: number
  /** By its id; 0: none. */
  readonly codec: number
  readonly intact: boolean
  readonly bytes: number
  /** The broker's time, where it holds in place of the records' own. */
  readonly appendTimeMs: number | null
  readonly records: readonly DecodedRecord[]
}

const headerBytes = 61
const crcFrom = 21
const gzip = 1
/** An attribute: the broker's own time, as the latest, is in place of the records'. */
const logAppendTime = 8

/*
 * baseOffset i64 | length i32 | leaderEpoch i32 | magic i8 | crc u32 | attributes i16 | lastOffsetDelta i32 |
 * baseTimestamp i64 | maxTimestamp i64 | producerId i64 | epoch i16 | sequence i32 | count i32 | records
 */
export function decodeBatch(bytes: Uint8Array): DecodedBatch {
  const reader = new ByteReader(bytes)
  const baseOffset = Number(reader.int64())
  const length = reader.int32()
  if (length + 12 !== bytes.length) throw new UnreadableError(`A batch of ${length + 12} bytes in ${bytes.length}`)
  reader.int32()
  const magic = reader.int8()
  if (magic !== 2) throw new UnreadableError(`Magic ${magic}`)
  const crc = reader.uint32()
  const attributes = reader.int16()
  const codec = attributes & 7
  const lastDelta = reader.int32()
  const baseTimestamp = Number(reader.int64())
  const maxTimestamp = Number(reader.int64())
  const producerId = Number(reader.int64())
  const epoch = reader.int16()
  const sequence = reader.int32()
  const count = reader.int32()
  if (count !== lastDelta + 1) throw new UnreadableError(`${count} records, the last at ${lastDelta}`)
  const records = decodeRecords(unpack(codec, bytes.subarray(headerBytes)), count, baseTimestamp)
  const appendTimeMs = (attributes & logAppendTime) === 0 ? null : maxTimestamp
  const intact = checksum(bytes.subarray(crcFrom)) === crc
  return {
    baseOffset,
    producerId,
    epoch,
    sequence,
    count,
    crc,
    codec,
    intact,
    bytes: bytes.length,
    appendTimeMs,
    records
  }
}

function unpack(codec: number, packed: Uint8Array): Uint8Array {
  if (codec === 0) return packed
  if (codec === gzip) return gunzipSync(packed)
  throw new UnreadableError(`Codec ${codec}`)
}

function decodeRecords(bytes: Uint8Array, count: number, baseTimestamp: number): DecodedRecord[] {
  const reader = new ByteReader(bytes)
  const records: DecodedRecord[] = []
  for (let i = 0; i < count; i++) {
    const length = reader.varlong()
    const end = reader.at + length
    reader.int8()
    const timestamp = baseTimestamp + reader.varlong()
    const offsetDelta = reader.varlong()
    if (offsetDelta !== i) throw new UnreadableError(`Record ${i} says it is ${offsetDelta}`)
    const key = part(reader)
    const value = part(reader)
    const headers = reader.varlong()
    for (let header = 0; header < headers; header++) {
      part(reader)
      part(reader)
    }
    if (reader.at !== end) throw new UnreadableError(`Record ${i} ends at ${reader.at}, not ${end}`)
    records.push({ offsetDelta, timestamp, key, value, headers })
  }
  if (reader.left > 0) throw new UnreadableError(`${reader.left} bytes behind the last record`)
  return records
}

function part(reader: ByteReader): string | null {
  const length = reader.varlong()
  return length < 0 ? null : reader.text(length)
}
