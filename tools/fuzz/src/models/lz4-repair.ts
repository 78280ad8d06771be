// Gives an LZ4 frame the header checksum that it ought to have.
import { xxhash32 } from './xxhash-model.ts'

export function repairLz4(bytes: Buffer): Buffer {
  const fixed = Buffer.from(bytes)
  if (fixed.length < 15) return fixed
  const at = 6 + ((fixed[4]! & 8) === 0 ? 0 : 8)
  fixed[at] = (xxhash32(fixed.subarray(4, at)) >>> 8) & 0xff
  return fixed
}
