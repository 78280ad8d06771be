// A second opinion on snappy, one byte at a time: a xerial stream or a bare block.

const magic = Buffer.from('82534e4150505900', 'hex')

/** Null if the bytes are damaged or expand to more. */
export function unpackSnappy(bytes: Buffer, maxBytes: number): Buffer | null {
  if (bytes.length < 16 || !bytes.subarray(0, 8).equals(magic)) return unpackAll([bytes], maxBytes)
  if (bytes.readInt32BE(12) > 1) return null
  const blocks: Buffer[] = []
  for (let at = 16; at < bytes.length;) {
    if (bytes.length - at < 4) return null
    const length = bytes.readInt32BE(at)
    if (length < 0 || at + 4 + length > bytes.length) return null
    blocks.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return unpackAll(blocks, maxBytes)
}

function unpackAll(blocks: readonly Buffer[], maxBytes: number): Buffer | null {
  const claims = blocks.map(claimOf)
  const total = claims.reduce<number>((sum, claim) => sum + (claim?.bytes ?? 0), 0)
  if (claims.includes(null) || total > maxBytes) return null
  const outputs: number[][] = []
  for (const [index, block] of blocks.entries()) {
    const { bytes, at } = claims[index]!
    const output = unpack(block, at, bytes)
    if (output === null) return null
    outputs.push(output)
  }
  return Buffer.concat(outputs.map(output => Buffer.from(output)))
}

function claimOf(block: Buffer): { bytes: number; at: number } | null {
  let bytes = 0n
  for (let at = 0; at < Math.min(5, block.length); at++) {
    bytes |= BigInt(block[at]! & 0x7f) << BigInt(7 * at)
    if (block[at]! < 0x80) return { bytes: Number(bytes), at: at + 1 }
  }
  return null
}

function unpack(block: Buffer, start: number, bytes: number): number[] | null {
  const output: number[] = []
  for (let at = start; at < block.length;) {
    const tag = block[at++]!
    const kind = tag & 3
    const extra = kind === 0 ? Math.max(0, (tag >>> 2) - 59) : [0, 1, 2, 4][kind]!
    if (at + extra > block.length) return null
    const number = extra === 0 ? 0 : block.readUIntLE(at, extra)
    at += extra
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (kind === 0 && extra > 0 ? number : tag >>> 2) + 1
    if (output.length + length > bytes) return null
    if (kind === 0) {
      if (at + length > block.length) return null
      for (const byte of block.subarray(at, at + length)) output.push(byte)
      at += length
      continue
    }
    const back = kind === 1 ? ((tag >>> 5) << 8) + number : number
    if (back === 0 || back > output.length) return null
    for (let left = length; left > 0; left--) output.push(output[output.length - back]!)
  }
  return output.length === bytes ? output : null
}
