// Just enough of DER (ITU-T X.690) to write a certificate.

export type Der = Buffer

/** One element: tag, length, content. */
export function element(tag: number, ...content: readonly Der[]): Der {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

export const sequence = (...content: readonly Der[]): Der => element(0x30, ...content)
export const set = (...content: readonly Der[]): Der => element(0x31, ...content)
export const octets = (...content: readonly Der[]): Der => element(0x04, ...content)
export const utf8 = (text: string): Der => element(0x0c, Buffer.from(text, 'utf8'))
/** A context-specific element that holds others, `[number]`. */
export const tagged = (number: number, ...content: readonly Der[]): Der => element(0xa0 + number, ...content)
export const yes: Der = element(0x01, Buffer.from([0xff]))

/** Big-endian, not negative. */
export function integer(bytes: Uint8Array): Der {
  const negative = ((bytes[0] ?? 0) & 0x80) !== 0
  return element(0x02, Buffer.from(negative ? [0, ...bytes] : bytes))
}

export function bits(bytes: Uint8Array, unused = 0): Der {
  return element(0x03, Buffer.from([unused]), Buffer.from(bytes))
}

/** `1.2.840.10045.4.3.2`: the first two numbers share a byte, the others are base 128, high bit set on all but the last byte. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** GeneralizedTime, to the second. */
export function time(date: Date): Der {
  return element(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, ''), 'ascii'))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}

function lengthOf(length: number): Der {
  if (length < 0x80) return Buffer.from([length])
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}
