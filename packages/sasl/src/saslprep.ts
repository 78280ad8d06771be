// SASLprep: one form for passwords that look the same (RFC 4013, a profile of stringprep, RFC 3454).

/** First and last code point. */
type Ranges = readonly (readonly [first: number, last: number])[]

// Table C.1.2: spaces that become U+0020.
const spaces: Ranges = [
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200b],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000]
]
// Table B.1: what becomes nothing.
const nothing: Ranges = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x1806, 0x1806],
  [0x180b, 0x180d],
  [0x200c, 0x200d],
  [0x2060, 0x2060],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff]
]
// Tables C.2.1 to C.9 without what the two above have taken out already.
const forbidden: Ranges = [
  [0x0, 0x1f],
  [0x7f, 0x9f],
  [0x340, 0x341],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x180e, 0x180e],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2061, 0x2063],
  [0x206a, 0x206f],
  [0x2ff0, 0x2ffb],
  [0xd800, 0xf8ff],
  [0xfdd0, 0xfdef],
  [0xfff9, 0xffff],
  [0x1d173, 0x1d17a],
  [0xe0001, 0xe0001],
  [0xe0020, 0xe007f],
  [0xf0000, 0x10ffff]
]
// The letters of tables D.1 and D.2, by script.
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u
const letter = /\p{Letter}/u

/** @returns null if the text holds what SASLprep forbids */
export function saslprep(text: string): string | null {
  const points = Array.from(text, character => character.codePointAt(0)!)
  const mapped = points.filter(point => !within(point, nothing)).map(point => (within(point, spaces) ? 0x20 : point))
  const prepared = mapped
    .map(point => String.fromCodePoint(point))
    .join('')
    .normalize('NFKC')
  const characters = Array.from(prepared)
  if (characters.some(character => isForbidden(character.codePointAt(0)!))) return null
  return isOneDirection(characters) ? prepared : null
}

function within(point: number, ranges: Ranges): boolean {
  return ranges.some(([first, last]) => point >= first && point <= last)
}

/** The last two code points of each plane are no characters. */
function isForbidden(point: number): boolean {
  return (point & 0xfffe) === 0xfffe || within(point, forbidden)
}

/** Text with letters that run from right to left must begin and end with one, and hold none that runs the other way. */
function isOneDirection(characters: readonly string[]): boolean {
  if (!characters.some(isRight)) return true
  if (characters.some(character => letter.test(character) && !isRight(character))) return false
  return isRight(characters[0]) && isRight(characters.at(-1))
}

function isRight(character: string | undefined): boolean {
  return character !== undefined && rightToLeft.test(character)
}
