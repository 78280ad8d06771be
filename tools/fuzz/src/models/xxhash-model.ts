// xxHash32 of up to a few kilobytes, in big integers, as its description says it.

const primes = [2_654_435_761n, 2_246_822_519n, 3_266_489_917n, 668_265_263n, 374_761_393n] as const
const [p1, p2, p3, p4, p5] = primes

const wrap = (value: bigint): bigint => BigInt.asUintN(32, value)
const rotate = (value: bigint, by: bigint): bigint => wrap((value << by) | (value >> (32n - by)))

export function xxhash32(bytes: Buffer): number {
  let at = 0
  let hash: bigint = p5
  if (bytes.length >= 16) {
    const lanes: bigint[] = [wrap(p1 + p2), p2, 0n, wrap(-p1)]
    for (; at + 16 <= bytes.length; at += 16)
      for (const [lane, value] of lanes.entries())
        lanes[lane] = wrap(rotate(wrap(value + word(bytes, at + 4 * lane) * p2), 13n) * p1)
    const [a, b, c, d] = lanes
    hash = wrap(rotate(a!, 1n) + rotate(b!, 7n) + rotate(c!, 12n) + rotate(d!, 18n))
  }
  hash = wrap(hash + BigInt(bytes.length))
  for (; at + 4 <= bytes.length; at += 4) hash = wrap(rotate(wrap(hash + word(bytes, at) * p3), 17n) * p4)
  for (; at < bytes.length; at++) hash = wrap(rotate(wrap(hash + BigInt(bytes[at]!) * p5), 11n) * p1)
  hash = wrap((hash ^ (hash >> 15n)) * p2)
  hash = wrap((hash ^ (hash >> 13n)) * p3)
  return Number(hash ^ (hash >> 16n))
}

function word(bytes: Buffer, at: number): bigint {
  return BigInt(bytes.readUInt32LE(at))
}
