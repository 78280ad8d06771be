// Where Java's default puts a key: murmur2 of its bytes (semantics 1.17), by the definition there.

const seed = 0x9747b28c
const multiplier = 0x5bd1e995

export function murmur2(bytes: Uint8Array): number {
  let hash = seed ^ bytes.length
  const whole = bytes.length & ~3
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < whole; at += 4) {
    let block = Math.imul(view.getInt32(at, true), multiplier)
    block ^= block >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(block, multiplier)
  }
  let tail = 0
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | bytes[at]!
  if (whole < bytes.length) hash = Math.imul(hash ^ tail, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

export function keyedPartition(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}
