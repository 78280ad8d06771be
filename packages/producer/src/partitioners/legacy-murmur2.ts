// The murmur2 of kafkajs 1, which is not murmur2: its products lose their low bits, and its last block is mixed twice.

const SEED = 0x9747_b28c
const MULTIPLIER = 0x5bd1_e995

/**
 * Every `*` is a product of floating-point numbers, of which the next bit operator takes the low 32 bits: above 2^53 they are
 * no longer what they were. Partitions of real topics depend on it.
 *
 * @see tulios/kafkajs src/producer/partitioners/legacy/murmur2.js@v2.2.4
 */
export function legacyMurmur2(bytes: Uint8Array): number {
  const length = bytes.length
  let hash = SEED ^ length
  // The count of blocks is not rounded down there: an incomplete block is mixed here and, as the rest, again below.
  for (let at = 0; at < length; at += 4) {
    let block = blockAt(bytes, at) * MULTIPLIER
    block ^= block >>> 24
    hash = (hash * MULTIPLIER) ^ (block * MULTIPLIER)
  }
  if (length % 4 !== 0) hash = (hash ^ blockAt(bytes, length & ~3)) * MULTIPLIER
  hash = (hash ^ (hash >>> 13)) * MULTIPLIER
  return hash ^ (hash >>> 15)
}

/** Four bytes, the lowest first; those behind the end are 0. */
function blockAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}
