// Zig-zag varints written into a batch: the caller has made sure of the room.

/** Writes a length or count from 0 to 2^31 - 1; gives the position behind it. */
export function writeLength(buffer: Uint8Array, at: number, length: number): number {
  if (length < 0x40) {
    buffer[at] = length << 1
    return at + 1
  }
  if (length < 0x2000) {
    buffer[at] = ((length << 1) & 0x7f) | 0x80
    buffer[at + 1] = length >>> 6
    return at + 2
  }
  return writeUnsigned(buffer, at, (length << 1) >>> 0)
}

/** Writes a difference of two safe integers. */
export function writeDelta(buffer: Uint8Array, at: number, minuend: number, subtrahend: number): number {
  if (minuend !== subtrahend) return writeAnyDelta(buffer, at, minuend, subtrahend)
  buffer[at] = 0
  return at + 1
}

/** `delta` may have lost its last bit, so the numbers themselves are used when it is large. */
function writeAnyDelta(buffer: Uint8Array, at: number, minuend: number, subtrahend: number): number {
  const delta = minuend - subtrahend
  if (delta >= 0 && delta < 0x4000_0000) return writeLength(buffer, at, delta)
  if (delta < 0x8000_0000 && delta >= -0x8000_0000)
    return writeUnsigned(buffer, at, ((delta << 1) ^ (delta >> 31)) >>> 0)
  if (delta < 2 ** 52 && delta >= -(2 ** 52)) return writeLarge(buffer, at, delta < 0 ? -2 * delta - 1 : 2 * delta)
  return writeHuge(buffer, at, BigInt(minuend) - BigInt(subtrahend))
}

function writeUnsigned(buffer: Uint8Array, at: number, value: number): number {
  let rest = value
  let end = at
  while (rest >= 0x80) {
    buffer[end++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  buffer[end++] = rest
  return end
}

/** From 32 to 53 bits: by division, as bit operators would cut at 32. */
function writeLarge(buffer: Uint8Array, at: number, value: number): number {
  let rest = value
  let end = at
  while (rest >= 0x80) {
    buffer[end++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  buffer[end++] = rest
  return end
}

function writeHuge(buffer: Uint8Array, at: number, delta: bigint): number {
  let rest = delta < 0n ? -2n * delta - 1n : 2n * delta
  let end = at
  while (rest >= 0x80n) {
    buffer[end++] = Number(rest & 0x7fn) | 0x80
    rest >>= 7n
  }
  buffer[end++] = Number(rest)
  return end
}
