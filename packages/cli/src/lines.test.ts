import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineParser, LineSplitter, type Line } from './lines.ts'

const line = (text: string): Line => ({ number: 1, bytes: Buffer.from(text), tooLong: false })
const cut = (chunks: readonly Buffer[], max = 1_000): Line[] => {
  const splitter = new LineSplitter(max)
  return [...chunks.flatMap(chunk => splitter.push(chunk)), ...splitter.end()]
}

describe('line splitter', () => {
  it('gives the same lines however the input is cut into chunks', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\r', '\t', '😀') }), { minLength: 1 })
    fc.assert(
      fc.property(texts, fc.array(fc.nat(9)), (lines, cuts) => {
        const input = Buffer.from(lines.join('\n') + '\n')
        const chunks: Buffer[] = []
        let at = 0
        for (const size of cuts) chunks.push(input.subarray(at, (at += size)))
        chunks.push(input.subarray(at))
        const found = cut(chunks)
        expect(found.map(({ bytes }) => bytes.toString())).toEqual(lines)
        expect(found.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1))
      })
    )
  })

  it('takes a last line without a newline, and none after a newline', () => {
    expect(cut([Buffer.from('a\nb')]).map(({ bytes }) => bytes.toString())).toEqual(['a', 'b'])
    expect(cut([Buffer.from('a\n')])).toHaveLength(1)
    expect(cut([])).toEqual([])
  })

  it('does not collect a line that is too long, and goes on after it', () => {
    const chunks = ['x'.repeat(6_000), 'x'.repeat(6_000), 'y\nnext\n'].map(text => Buffer.from(text))
    const found = cut(chunks, 10_000)
    expect(found.map(({ tooLong, bytes }) => [tooLong, bytes.length])).toEqual([
      [true, 1_024],
      [false, 4]
    ])
  })

  it('refuses a long line that comes in one chunk, too', () => {
    const found = cut([Buffer.from(`${'x'.repeat(2_000)}\nok\n`)], 1_500)
    expect(found.map(({ tooLong }) => tooLong)).toEqual([true, false])
  })
})

describe('line parser', () => {
  it('takes a raw line as it is, an empty one included', () => {
    const parse = lineParser('raw', null)
    expect(parse(line('a\tb\r'))).toEqual({ key: null, value: Buffer.from('a\tb\r') })
    expect(parse(line(''))).toEqual({ key: null, value: Buffer.alloc(0) })
  })

  it.each([
    ['raw', 'v\r', null],
    ['tab', 'k\tv\r', null],
    ['json', '{"id":1}\r', 'id']
  ] as const)('leaves the carriage return in a line of %s', (format, text, keyField) => {
    expect(lineParser(format, keyField)(line(text))).toMatchObject({
      value: Buffer.from(text.slice(text.indexOf('\t') + 1))
    })
  })

  it('cuts at the first tab', () => {
    expect(lineParser('tab', null)(line('k\tv\tw'))).toEqual({ key: Buffer.from('k'), value: Buffer.from('v\tw') })
  })

  it('gives a JSON line back byte for byte', () => {
    const text = ' {"id": 1.0, "b" :2}'
    expect(lineParser('json', 'id')(line(text))).toEqual({ key: '1', value: Buffer.from(text) })
  })

  it.each([
    ['a string', '{"id":"k"}', 'k'],
    ['a number', '{"id":1.5}', '1.5'],
    ['true', '{"id":true}', 'true'],
    ['null: no key', '{"id":null}', null],
    ['an empty string', '{"id":""}', '']
  ])('takes a key that is %s', (_, text, key) => {
    expect(lineParser('json', 'id')(line(text))).toMatchObject({ key })
  })

  it('passes over blank lines between JSON', () => {
    expect(lineParser('json', null)(line(' \r'))).toBeNull()
  })

  it.each([
    ['tab', 'no tab', /has no tab/],
    ['json', '{"id":', /is not JSON/],
    ['json', '{"a":1}', /no field "id"/],
    ['json', '[1]', /no field "id"/],
    ['json', '7', /no field "id"/],
    ['json', '{"id":[1]}', /an object or a list/],
    ['json', '{"id":12345678901234567890}', /above 2\^53/],
    ['json', '{"id":1e400}', /above 2\^53/],
    ['json', '{"id":"\\ud800"}', /half of a character/]
  ] as const)('says what is wrong with the %s line %s', (format, text, says) => {
    expect(lineParser(format, format === 'json' ? 'id' : null)(line(text))).toMatch(says)
  })

  it('takes no JSON that is not UTF-8: two keys would become one', () => {
    const bytes = Buffer.from('{"id":"\xe9"}', 'latin1')
    expect(lineParser('json', 'id')({ ...line(''), bytes })).toMatch(/not UTF-8/)
  })

  it('says that a line is too long', () => {
    expect(lineParser('raw', null)({ ...line('x'), tooLong: true })).toMatch(/largest request/)
  })
})
