// Unit tests of saslprep.ts: the examples of RFC 4013, and one of each kind of what is forbidden.
import { describe, expect, test } from 'vitest'
import { saslprep } from './saslprep.ts'

describe('saslprep', () => {
  test.each([
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['a\u00a0b\u3000c', 'a b c'],
    ['e\u0301', '\u00e9'],
    ['\u0627\u0628', '\u0627\u0628'],
    ['😀', '😀'],
    ['', '']
  ])('makes %j into %j', (text, prepared) => {
    expect(saslprep(text)).toBe(prepared)
  })

  test.each([
    ['a control character', '\u0007'],
    ['delete', 'a\u007f'],
    ['a private character', '\ue000'],
    ['no character', '\ufdd0'],
    ['the last code point of a plane', '\u{1fffe}'],
    ['half of a surrogate pair', 'a\ud800'],
    ['a mark that changes direction', 'a\u202e'],
    ['a tag', '\u{e0041}'],
    ['right-to-left text that does not end so', '\u06271'],
    ['letters of both directions', '\u0627a\u0628']
  ])('forbids %s', (_what, text) => {
    expect(saslprep(text)).toBeNull()
  })
})
