// SASLprep: one form for passwords that look the same (RFC 4013, a profile of stringprep, RFC 3454).

// Table C.1.2 without U+0020: spaces that become a plain one.
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
// Table B.1: nothing at all.
// eslint-disable-next-line no-misleading-character-class -- single code points, not graphemes
const nothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu
// Tables C.2.1, C.2.2, C.6 to C.9: control characters, and what has no place in plain text.
const controls =
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u200c-\u200f\u2028-\u202e\u2060-\u2063\u206a-\u206f\ufeff\ufff9-\ufffd\u2ff0-\u2ffb\u0340\u0341\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u
// Tables C.3, C.4, C.5: private use, non-characters, surrogates.
const unassignable = /[\p{Co}\p{Cs}\ufdd0-\ufdef]|[\ufffe\uffff\u{1fffe}\u{1ffff}\u{2fffe}\u{2ffff}\u{3fffe}\u{3ffff}]/u
// Tables D.1 and D.2, by script: text that runs from right to left, and text that runs from left to right.
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\u200f]/u
const leftToRight =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Devanagari}\p{Script=Thai}\p{Script=Armenian}\p{Script=Georgian}]/u

/** @returns null if the text holds what SASLprep forbids */
export function saslprep(text: string): string | null {
  const prepared = text.replace(spaces, ' ').replace(nothing, '').normalize('NFKC')
  if (controls.test(prepared) || unassignable.test(prepared)) return null
  return isOneDirection(prepared) ? prepared : null
}

/** Right-to-left text must begin and end so, and hold nothing that runs the other way. */
function isOneDirection(text: string): boolean {
  if (!rightToLeft.test(text)) return true
  const characters = [...text]
  if (leftToRight.test(text)) return false
  return rightToLeft.test(characters[0]!) && rightToLeft.test(characters.at(-1)!)
}
