// The hash behind Kafka's placement of keys: MurmurHash2 of 32 bits, as the Java client has it.

const SEED = 0x9747_b28c
const MULTIPLIER = 0x5bd1_e995

/**
 * @returns the hash as a signed 32-bit number
 * @see apache/kafka clients/src/main/java/org/apache/kafka/common/utils/Utils.java@4.3.1, murmur2
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const whole = length & ~3
  let hash = SEED ^ length
  for (let at = 0; at < whole; at += 4) {
    hash = mix(
      hash,
      (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)
    )
  }
  if (whole === length) return finish(hash)
  let rest = 0
  for (let at = length - 1; at >= whole; at--) rest = (rest << 8) | (bytes[at] as number)
  return finish(Math.imul(hash ^ rest, MULTIPLIER))
}

/** The hash of a string's UTF-8 bytes, without making them where the string is ASCII. */
// hot: one call per keyed record
export function murmur2OfText(text: string): number {
  const length = text.length
  const whole = length & ~3
  let hash = SEED ^ length
  let seen = 0
  for (let at = 0; at < whole; at += 4) {
    const first = text.charCodeAt(at)
    const second = text.charCodeAt(at + 1)
    const third = text.charCodeAt(at + 2)
    const fourth = text.charCodeAt(at + 3)
    seen |= first | second | third | fourth
    hash = mix(hash, first | (second << 8) | (third << 16) | (fourth << 24))
  }
  let rest = 0
  for (let at = length - 1; at >= whole; at--) {
    const code = text.charCodeAt(at)
    seen |= code
    rest = (rest << 8) | code
  }
  if (seen > 0x7f) return murmur2(Buffer.from(text, 'utf8'))
  return finish(whole === length ? hash : Math.imul(hash ^ rest, MULTIPLIER))
}

function mix(hash: number, block: number): number {
  const once = Math.imul(block, MULTIPLIER)
  return Math.imul(hash, MULTIPLIER) ^ Math.imul(once ^ (once >>> 24), MULTIPLIER)
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return mixed ^ (mixed >>> 15)
}
