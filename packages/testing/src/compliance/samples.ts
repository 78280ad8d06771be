// Bytes for the suites: the same on every run.

/** Text that shrinks to about a fourth. */
export function textBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (let order = 1000; at < length; order++) {
    const line = `{"order":${order},"item":"umbrella ${order % 37}","price":${(order * 31) % 1000}.50}\n`
    for (let i = 0; i < line.length && at < length; i++) bytes[at++] = line.charCodeAt(i)
  }
  return bytes
}

/** Bytes that do not shrink: a linear congruential generator. */
export function noiseBytes(length: number, seed = 12_345): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[at] = state >>> 23
  }
  return bytes
}

/** A text of twelve lines, compressed by Apache Kafka 4.3.1's own codecs: by codec id. */
export const compressedByKafka: Readonly<Record<number, string>> = {
  1: `H4sIAAAAAAAA/33RuwqDQBAF0D6fMbXIzD51/0aTLQQlYYmV+O8pbIIXbn+6c8i7vWqTYqrayfKtmxTZt7nVdZ2kk09bnlWK9lHPx/GnjegM2hFt
Abgn3BnwwPgAPBLuI/BEeHDAM+Mj8IHwmICPhCd/58ZOM6QaTb1Wf1xQhlAyAgAA`,
  2: `glNOQVBQWQAAAAABAAAAAQAAAKmyBLh7Im9yZGVyIjoxMDAwLCJpdGVtIjoidW1icmVsbGEiLCJwcmljZSI6MC41MH0Kex0uADFqLgAAN0IuAAAyai4A
BDE0Qi8AADNqLwAEMjFCLwAANG4vAAA4Qi8AADVqLwAEMzVCLwAANmovAAQ0MkIvAAA3bi8AADlCLwAAOGovAAQ1NkIvAAA5ai8ABDYzPi8AADFu1AEE
NzBCLwBy1QEUNy41MH0K`,
  3: `BCJNGGBAgp4AAAD4H3sib3JkZXIiOjEwMDAsIml0ZW0iOiJ1bWJyZWxsYSIsInByaWNlIjowLjUwfQouAB8xLgAIHTcuAB8yLgAILTE0LwAfMy8ACC0y
MS8AHzQvAAkdOC8AHzUvAAgtMzUvAB82LwAILTQyLwAfNy8ACR05LwAfOC8ACC01Ni8AHzkvAAgsNjMvAB8x1AEJHTfVAR8x1QEKYDcuNTB9CgAAAAA=`,
  4: `KLUv/QBY5AMAEkUSGKCnOS6wsu3JM4v9AXCYGkkS2kRSn380eSU5nrznLy1iISMSqYUJmTqU1KG8khzPmzVgLMHGxXHoAhCDmxEtGDb/r3lVsAMfAhYA
gBFgxiDEAEEQMjA3EAqYDzAMzA2EAswIQgZmAcyVakYIGRjmBkIB84GQOXJKDwEAAA==`
}

/** What is in each of `compressedByKafka`. */
export function kafkaText(): Uint8Array {
  let text = ''
  for (let i = 0; i < 12; i++) text += `{"order":${1000 + i},"item":"umbrella","price":${i * 7}.50}\n`
  return new TextEncoder().encode(text)
}
