// Unsigned variable-length integers: seven bits a byte, lowest first, at most five bytes.

/** How many bytes `value` (0 to 2^32 - 1) takes. */
export function uvarintBytes(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

/** Writes `value` (0 to 2^32 - 1) at `at`, where there must be room for it. @returns the position after it */
export function putUvarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}
