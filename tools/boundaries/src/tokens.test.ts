import { describe, expect, it } from 'vitest'
import { tokenize } from './tokens.ts'

const words = (source: string): string[] =>
  tokenize(source).flatMap(token => (token.kind === 'word' ? [token.text] : []))

describe('tokens', () => {
  it('leave comments, strings and regular expressions out of the words', () => {
    expect(words('a // b\n/* c */ d "e" \'f\' `g` = /h/u')).toEqual(['a', 'd'])
  })

  it('find the code in the holes of templates, nested and with braces', () => {
    expect(words('`x${a + `y${{ b }}z`}w` + c')).toEqual(['a', 'b', 'c'])
  })

  it('take a slash after a value for a division', () => {
    expect(words('a / b / c; (d) / e / f; g[0] / h / i')).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])
  })

  it('take a slash after a keyword or an operator for a regular expression', () => {
    expect(words('return /a"/; x = /[/"]b/; (/c\\/"/)')).toEqual(['return', 'x'])
  })

  it('do not end a string at an escaped quote', () => {
    expect(words(String.raw`'a\'b' c "d\\" e`)).toEqual(['c', 'e'])
  })

  it('do not run away with a quote that a line leaves open', () => {
    expect(words("'a\nb")).toEqual(['b'])
  })

  it('count lines through everything', () => {
    expect(tokenize('#!/usr/bin/env node\n/*\n*/ `\n` a').at(-1)).toEqual({ kind: 'word', text: 'a', line: 4 })
  })
})
