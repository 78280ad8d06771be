// Walks over the records of a batch as a leader does before it appends: counts, offsets, lengths, timestamps.

export interface RecordRules {
  readonly recordCount: number
  /** Milliseconds; what the records' own deltas are added to. */
  readonly baseTimestamp: number
  /** Compacted topics take no record without a key. */
  readonly keyed: boolean
  /** Milliseconds since 1970-01-01 UTC, both ends included. */
  readonly oldestMs: number
  readonly newestMs: number
}

export interface BadRecord {
  readonly index: number
  readonly kind: 'no-key' | 'timestamp'
}

export type RecordFindings =
  | { readonly kind: 'fine' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'bad'; readonly records: readonly BadRecord[] }

const fine: RecordFindings = { kind: 'fine' }

/** @param records what follows the header, uncompressed */
export function checkRecords(records: Uint8Array, rules: RecordRules): RecordFindings {
  const bad: BadRecord[] = []
  const at = { position: 0 }
  for (let index = 0; index < rules.recordCount; index++) {
    const length = readVarint(records, at)
    const end = at.position + length
    if (!(length >= 0 && end <= records.length)) return malformed(`record ${index} is longer than its batch`)
    at.position++
    const timestamp = rules.baseTimestamp + readVarint(records, at)
    const offsetDelta = readVarint(records, at)
    if (offsetDelta !== index) return malformed(`record ${index} has offset delta ${offsetDelta}`)
    const hasKey = skipPart(records, at)
    skipPart(records, at)
    if (!skipHeaders(records, at)) return malformed(`record ${index} has headers that cannot be read`)
    if (at.position !== end) return malformed(`record ${index} has ${at.position - end} bytes more than its length`)
    if (rules.keyed && !hasKey) bad.push({ index, kind: 'no-key' })
    else if (timestamp < rules.oldestMs || timestamp > rules.newestMs) bad.push({ index, kind: 'timestamp' })
  }
  if (at.position !== records.length) return malformed(`${records.length - at.position} bytes follow the last record`)
  return bad.length === 0 ? fine : { kind: 'bad', records: bad }
}

/** A key or a value. @returns whether there is one */
function skipPart(bytes: Uint8Array, at: { position: number }): boolean {
  const length = readVarint(bytes, at)
  if (!(length < 0)) at.position += length
  return length >= 0
}

/** @returns false if there cannot be as many, or one has no name */
function skipHeaders(bytes: Uint8Array, at: { position: number }): boolean {
  const count = readVarint(bytes, at)
  if (!(count >= 0)) return false
  for (let index = 0; index < count && at.position < bytes.length; index++) {
    if (!skipPart(bytes, at)) return false
    skipPart(bytes, at)
  }
  return true
}

function malformed(reason: string): RecordFindings {
  return { kind: 'malformed', reason }
}

/** Zig-zag; NaN when it has no end. Exact up to 2^53, which is enough for lengths and timestamps. */
function readVarint(bytes: Uint8Array, at: { position: number }): number {
  let value = 0
  let scale = 1
  for (let count = 0; count < 10; count++) {
    const byte = bytes[at.position]
    if (byte === undefined) return NaN
    at.position++
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    scale *= 128
  }
  return NaN
}
