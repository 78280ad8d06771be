// UUIDs that were seen before are not made anew, and nobody can tell.
import { InvalidArgumentError } from '@sluice/core'
import { expect, test } from 'vitest'
import { parseUuid, uuidOf } from './uuid.ts'

const text = '00112233-4455-6677-8899-aabbccddeeff'

function read(uuid: string): string {
  const { first, second, third, fourth } = parseUuid(uuid)
  return uuidOf(first, second, third, fourth).text
}

test('is read in lower case, however it was written before', () => {
  for (const given of [text.toUpperCase(), text, text.toUpperCase()]) expect(read(given)).toBe(text)
})

test.each([0, 1, 2, 3])('is told from one that differs in word %i only', word => {
  const words = [1, 2, 3, 4]
  const other = words.map((value, at) => (at === word ? value + 4096 : value))
  const texts = [words, other, words, other].map(([a, b, c, d]) => uuidOf(a!, b!, c!, d!).text)
  expect(new Set(texts).size).toBe(2)
  expect(texts.slice(2)).toEqual(texts.slice(0, 2))
  expect(texts.map(read)).toEqual(texts)
})

test('words with and without a sign have all their digits', () => {
  expect(uuidOf(-1, 0, 0x0fff_ffff, -0x8000_0000).text).toBe('ffffffff-0000-0000-0fff-ffff80000000')
  expect(parseUuid('ffffffff-0000-0000-0fff-ffff80000000')).toMatchObject({ first: -1, fourth: -0x8000_0000 })
})

test('a text of the right length that is none is refused, though its last byte was seen', () => {
  read(text)
  for (const wrong of [`${'x'.repeat(34)}ff`, `${text.slice(0, 34)}\u0666\u0666`, `${text.slice(0, 34)}xx`])
    expect(() => parseUuid(wrong)).toThrow(InvalidArgumentError)
})
