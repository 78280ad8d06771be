import { describe, expect, it } from 'vitest'
import { progressLine, size, summary, summaryJson } from './progress.ts'
import { Tally } from './tally.ts'

const tally = (): Tally =>
  Object.assign(new Tally(), { lines: 12_345, acknowledged: 12_000, bytes: 1_234_567, inFlight: 300 })
const facts = { topic: 'orders', elapsedMs: 2_000, interrupted: false, confirmed: true, rejects: null }

describe('progress', () => {
  it('shows records, bytes, rate, what is in flight and errors', () => {
    expect(progressLine(tally(), 2_000, null, 100)).toBe('12,000 records  1.2 MB  6,000/s  300 in flight  0 errors')
  })

  it('shows a bar where the size of the input is known', () => {
    expect(progressLine(tally(), 2_000, 0.5, 100)).toMatch(/^\[={10} {10}\] 50 % {2}12,000 records/)
  })

  it('stays within the terminal', () => {
    expect(progressLine(tally(), 2_000, 0.5, 30)).toHaveLength(29)
  })

  it('has no rate before any time has passed', () => {
    expect(progressLine(tally(), 0, null, 100)).toContain('  0/s  ')
  })
})

describe('summary', () => {
  it('is one line when all went well', () => {
    expect(summary(tally(), facts)).toBe('orders: 12,000 records (1.2 MB) acknowledged in 2.0 s, 6,000 records/s\n')
  })

  it('tells the kinds of failure apart and where they are', () => {
    const failed = Object.assign(tally(), { malformed: 2, failed: { 'not-persisted': 3, unknown: 1 } })
    expect(summary(failed, { ...facts, rejects: 'r.jsonl' })).toContain(
      '6 NOT acknowledged: 2 malformed, 3 not persisted, 1 perhaps in the log (unknown); they are in r.jsonl'
    )
  })

  it('does not claim that anything was acknowledged with acks 0', () => {
    expect(summary(tally(), { ...facts, confirmed: false })).toContain('none of them acknowledged')
  })

  it('says how much compression saved, and that it was interrupted', () => {
    const compressed = Object.assign(tally(), { batchBytes: 4_000, wireBytes: 1_000 })
    const text = summary(compressed, { ...facts, interrupted: true })
    expect(text).toContain('compressed 4.0 kB to 1.0 kB, 4.0 times smaller')
    expect(text).toContain('interrupted after line 12,345')
  })

  it('has the same numbers as JSON', () => {
    expect(JSON.parse(summaryJson(tally(), facts))).toMatchObject({
      acknowledged: 12_000,
      notPersisted: 0,
      lines: 12_345
    })
  })

  it.each([
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [2_500_000, '2.5 MB'],
    [7_250_000_000, '7.25 GB']
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(size(bytes)).toBe(text)
  })
})
