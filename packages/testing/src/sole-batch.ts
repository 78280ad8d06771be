// The one batch that a request may have for a partition, found as a broker finds it, before anything of it is looked at.

/** A whole batch; or nothing, as what is cut off counts for nothing; or why no batch can begin there. */
type Found =
  | { readonly kind: 'batch'; readonly magic: number; readonly bytes: Uint8Array }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'corrupt'; readonly reason: string }

export type SoleBatch = Found | { readonly kind: 'invalid'; readonly reason: string }

const lengthAt = 8
const magicAt = 16
const overheadBytes = 12
/** Up to the magic: with less a broker does not know yet what it is. */
const leastBytes = 17
/** Of a batch's own length, by the oldest format. */
const leastLength = 14
const newestMagic = 2

/** @see apache/kafka clients/src/main/java/org/apache/kafka/common/requests/ProduceRequest.java@4.3.1, validateRecords */
export function soleBatch(records: Uint8Array): SoleBatch {
  const first = findBatch(records)
  if (first.kind !== 'batch') return first
  if (first.magic !== newestMagic) return { kind: 'invalid', reason: `Magic ${first.magic} is not ${newestMagic}` }
  const second = findBatch(records.subarray(first.bytes.length))
  if (second.kind === 'nothing') return first
  return second.kind === 'corrupt' ? second : { kind: 'invalid', reason: 'More than one batch was sent' }
}

function findBatch(bytes: Uint8Array): Found {
  if (bytes.length < leastBytes) return { kind: 'nothing' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getInt32(lengthAt)
  if (length < leastLength) return { kind: 'corrupt', reason: `A batch of ${length} bytes is less than ${leastLength}` }
  const magic = view.getInt8(magicAt)
  if (magic < 0 || magic > newestMagic) return { kind: 'corrupt', reason: `There is no magic ${magic}` }
  const end = overheadBytes + length
  return end > bytes.length ? { kind: 'nothing' } : { kind: 'batch', magic, bytes: bytes.subarray(0, end) }
}
