// UUIDs as text, and as they are on the wire: four 32-bit words.
import { InvalidArgumentError } from '@sluice/core'

/** The UUID that stands for none. */
export const noUuid = '00000000-0000-0000-0000-000000000000'

export interface Uuid {
  /** Hexadecimal, 8-4-4-4-12. */
  readonly text: string
  readonly first: number
  readonly second: number
  readonly third: number
  readonly fourth: number
}

const pattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
/** Every request and every answer names the same few topics, so the last UUID of each last byte is kept. */
const seen: (Uuid | undefined)[] = Array.from({ length: 256 })
const textLength = 36

// hot: topic ids of every request
/** In whatever case. @throws InvalidArgumentError */
export function parseUuid(text: string): Uuid {
  if (text.length === textLength) {
    const known = seen[lastByte(text)]
    if (known !== undefined && known.text === text) return known
  }
  if (!pattern.test(text)) throw new InvalidArgumentError(`${text} is not a UUID`)
  const digits = text.replaceAll('-', '')
  const word = (at: number): number => Number.parseInt(digits.slice(8 * at, 8 * at + 8), 16) | 0
  return uuidOf(word(0), word(1), word(2), word(3))
}

// hot: topic ids of every answer
/** Its text is in lower case. */
export function uuidOf(first: number, second: number, third: number, fourth: number): Uuid {
  const known = seen[fourth & 0xff]
  if (
    known !== undefined &&
    known.fourth === fourth &&
    known.third === third &&
    known.second === second &&
    known.first === first
  )
    return known
  const uuid = { text: textOf(first, second, third, fourth), first, second, third, fourth }
  seen[fourth & 0xff] = uuid
  return uuid
}

/** Joined, not added: pieces that are added become one text only when they are compared, and dearly. */
function textOf(...words: readonly number[]): string {
  const digits = words.map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
  const piece = (from: number, to?: number): string => digits.slice(from, to)
  return [piece(0, 8), piece(8, 12), piece(12, 16), piece(16, 20), piece(20)].join('-')
}

function lastByte(text: string): number {
  return ((hexDigit(text.charCodeAt(textLength - 2)) << 4) | hexDigit(text.charCodeAt(textLength - 1))) & 0xff
}

function hexDigit(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87
}
