// CRC-32C (Castagnoli), the checksum of a record batch: slicing-by-16.

/** The reflected polynomial 0x1EDC6F41. */
const POLYNOMIAL = 0x82f6_3b78
const SLICES = 16

/** Table k, at k * 256, is the effect of a byte that k zero bytes follow. Constant once made. */
const tables = makeTables()

/** @returns the checksum of bytes `start` to `end`, unsigned */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  return crcOfTail(bytes, start, end)
}

function crcOfTail(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1
  for (let at = start; at < end; at++) crc = (tables[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    made[byte] = crc
  }
  for (let at = 256; at < made.length; at++) {
    const shorter = made[at - 256] as number
    made[at] = (made[shorter & 0xff] as number) ^ (shorter >>> 8)
  }
  return made
}
