// CRC-32 (IEEE 802.3), by which librdkafka places keys. Not the checksum of record batches, which is CRC-32C.

/** The reflected polynomial 0x04C11DB7. */
const POLYNOMIAL = 0xedb8_8320

const table = makeTable()

/** @returns the checksum, unsigned */
export function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (let at = 0; at < bytes.length; at++) crc = (table[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

function makeTable(): Int32Array {
  const made = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    made[byte] = crc
  }
  return made
}
