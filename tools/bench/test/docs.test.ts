import { describe, expect, it } from 'vitest'
import { linesOf } from '../src/docs-tables.ts'
import { markdownTable, replaceSection } from '../src/markdown.ts'
import { ticksOf } from '../src/process-time.ts'
import { behind, outcome, result } from './results.ts'
import { exampleRun } from './runs.ts'

describe('tables of the documents', () => {
  const cell = result('seq100/100B/none', {
    ours: [outcome(4000, 400, 1, 4, 150_000), outcome(4200, 400, 1, 4, 150_000)],
    platformatic: [outcome(1000, 5000, 6, 9), outcome(1000, 5000, 6, 9)],
    kafkajs: [behind(outcome(500, 100, 0, 0, 81_920)), behind(outcome(500, 100, 0, 0, 81_920))],
    raw: [outcome(8000, 100, 0.5, 1), outcome(8000, 100, 0.5, 1)],
    librdkafka: [outcome(10_000, 100, 0, 0), null]
  })

  it('show ours, its ratio to the best of the others by name, and what was missed', () => {
    const [intro, , heading, , row] = linesOf(exampleRun([cell], { absent: [{ name: 'java', reason: 'no JDK' }] }))
    expect(intro).toBe(
      'On the null broker. Some processor, 2 cores, 8 GB, Debian, Node v24.1.0. ' +
        'Others: platformatic 1, kafkajs 1, librdkafka 1. Absent: java. 2 of 4 targets met. ' +
        'Of those missed, raw misses 1, too.'
    )
    const columns = (line: string | undefined): string[] => (line ?? '').split('|').map(text => text.trim())
    expect(columns(heading)).toHaveLength(columns(row).length)
    expect(columns(row)).toEqual([
      '',
      'seq100/100B/none',
      '2.05k',
      '4.1 (4.0–4.2) platformatic',
      '2.0 (2.0–2.1) kafkajs',
      '0.51',
      '1.0 / 4.0',
      '6.0 / 9.0 platformatic',
      '0.50 / 1.0',
      '146',
      '80 kafkajs',
      '100',
      '50',
      '410',
      'missed: CPU, memory (raw too)',
      ''
    ])
  })

  // Story: three of the others had been built without zstd; the cells were won against those that remained, and nobody could see it.
  it('name who could not take part in a cell', () => {
    const failures = [
      { peer: 'kafkajs', reason: 'no zstd' },
      { peer: 'kafkajs', reason: 'no zstd' },
      // In one of its rounds only.
      { peer: 'platformatic', reason: 'was stopped' },
      { peer: 'librdkafka', reason: 'no zstd' }
    ]
    const platformatic = [outcome(1000, 5000, 6, 9), null]
    const ours = [outcome(4000, 400, 1, 4), outcome(4000, 400, 1, 4)]
    const lines = linesOf(exampleRun([result('seq100/100B/zstd', { ours, platformatic }, failures)]))
    expect(lines[4]).toMatch(/\| +met, without kafkajs, librdkafka \|$/)
  })

  it('show the broker on Kafka, and clients that are not for Node in a table of their own', () => {
    const ours = [{ ...outcome(4000, 400, 1, 4), brokerCores: 0.9 }]
    const onKafka = result('large', { ours, kafkajs: [outcome(500, 5000, 166, 1234)], java: [outcome(2000, 1, 0, 0)] })
    const lines = linesOf(exampleRun([onKafka], { kind: 'kafka-1', stage: 'Kafka' }))
    expect(lines[4]).toContain('| 166 / 1234 kafkajs |')
    expect(lines[4]).toMatch(/\| +0\.90 \| +met \|$/)
    expect(lines.slice(-5)).toEqual([
      'Times clients that are not for Node. 2.00 (2.00–2.00) × java, median of the cells without a codec, wanted 1: met.',
      '',
      '| cell  | librdkafka |          java | franz-go |',
      '| ----- | ---------: | ------------: | -------: |',
      '| large |          – | 2.0 (2.0–2.0) |        – |'
    ])
  })

  it('show what idempotence costs, where ours took part without it', () => {
    const plain = [outcome(4000, 380, 1, 4), outcome(4000, 400, 1, 4)]
    const ours = [outcome(4000, 400, 1, 4), outcome(4000, 400, 1, 4)]
    const lines = linesOf(exampleRun([result('seq1/100B/none', { ours, 'ours-plain': plain })]))
    expect(lines.slice(-5)).toEqual([
      'What idempotence costs: CPU for a message of ours, times that of ours without.',
      '',
      '| cell           |          × plain |',
      '| -------------- | ---------------: |',
      '| seq1/100B/none | 1.03 (1.00–1.05) |'
    ])
  })

  it('are not made of nothing', () => {
    expect(() => linesOf(exampleRun([result('tls', {})]))).toThrow(/no cell in which ours was measured/)
  })

  it('have columns as wide as what stands in them', () => {
    expect(markdownTable(['a', 'long'], [['name', '1']])).toEqual([
      '| a    | long |',
      '| ---- | ---: |',
      '| name |    1 |'
    ])
  })
})

describe('a section of a page', () => {
  const page = '# Page\n\n<!-- one -->\n\nold\n\n<!-- /one -->\n\nrest\n'

  it('is replaced between its marks, as often as wanted', () => {
    const once = replaceSection(page, 'one', ['new', '', 'lines'])
    expect(once).toBe('# Page\n\n<!-- one -->\n\nnew\n\nlines\n\n<!-- /one -->\n\nrest\n')
    expect(replaceSection(once, 'one', ['new', '', 'lines'])).toBe(once)
  })

  it('must be there', () => {
    expect(() => replaceSection(page, 'two', [])).toThrow(/<!-- two -->/)
  })
})

it('the time of a process is read behind a name with spaces and parentheses', () => {
  expect(ticksOf('42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 17 0 0 20')).toBe(267)
})
