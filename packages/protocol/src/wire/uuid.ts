// UUIDs as text, and as they are on the wire: four 32-bit words.
import { Buffer } from 'node:buffer'
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
const characters = 36
/** Where it has a dash. */
const isDashed = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23
const dash = 45
const hexDigits = '0123456789abcdef'
/** Requests and answers name the same topics again and again. So for each ending, of ten bits, the last UUID is kept. */
const endings = 0x3ff
const seen: (Uuid | undefined)[] = Array.from({ length: endings + 1 })

// hot: topic ids of every request
/** In whatever case. @throws InvalidArgumentError */
export function parseUuid(text: string): Uuid {
  const mayBeOne = typeof text === 'string' && text.length === characters
  const known = mayBeOne ? seen[((digitsAt(text, 32) << 8) | digitsAt(text, 34)) & endings] : undefined
  if (known !== undefined && known.text === text) return known
  if (!pattern.test(text)) throw new InvalidArgumentError(`${text} is not a UUID`)
  return uuidOf(
    (digitsAt(text, 0) << 24) | (digitsAt(text, 2) << 16) | (digitsAt(text, 4) << 8) | digitsAt(text, 6),
    (digitsAt(text, 9) << 24) | (digitsAt(text, 11) << 16) | (digitsAt(text, 14) << 8) | digitsAt(text, 16),
    (digitsAt(text, 19) << 24) | (digitsAt(text, 21) << 16) | (digitsAt(text, 24) << 8) | digitsAt(text, 26),
    (digitsAt(text, 28) << 24) | (digitsAt(text, 30) << 16) | (digitsAt(text, 32) << 8) | digitsAt(text, 34)
  )
}

// hot: topic ids of every answer
/** Its text is in lower case. */
export function uuidOf(first: number, second: number, third: number, fourth: number): Uuid {
  const known = seen[fourth & endings]
  const isKnown = known?.fourth === fourth && known.third === third && known.second === second && known.first === first
  if (isKnown) return known
  const uuid = { text: textOf(first, second, third, fourth), first, second, third, fourth }
  seen[fourth & endings] = uuid
  return uuid
}

function textOf(first: number, second: number, third: number, fourth: number): string {
  // Put together as bytes: pieces of text would be joined only when they are compared, and dearly.
  const text = Buffer.allocUnsafe(characters)
  let digit = 0
  for (let at = 0; at < characters; at++) {
    if (isDashed(at)) {
      text[at] = dash
      continue
    }
    const word = digit < 8 ? first : digit < 16 ? second : digit < 24 ? third : fourth
    text[at] = hexDigits.charCodeAt((word >>> (28 - 4 * (digit & 7))) & 15)
    digit++
  }
  return text.toString('latin1')
}

function digitsAt(text: string, at: number): number {
  return (hexDigit(text.charCodeAt(at)) << 4) | hexDigit(text.charCodeAt(at + 1))
}

function hexDigit(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87
}
