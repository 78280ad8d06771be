import { describe, expect, it } from 'vitest'
import { readArguments } from '../src/arguments.ts'
import { growthLines } from '../src/growth-tables.ts'
import { growthRows } from '../src/growth.ts'
import { outcome } from './results.ts'
import { exampleRun } from './runs.ts'

describe('growth', () => {
  // The machine is twice as slow in the second round, which falls on all rows.
  const rows = growthRows(
    [1, 10_000],
    [
      [outcome(1000, 1000, 0, 0), outcome(1000, 1100, 0, 0)],
      [outcome(1000, 2000, 0, 0), outcome(1000, 2600, 0, 0)]
    ]
  )

  it('compares with the first row round by round', () => {
    expect(rows.map(({ count, times }) => [count, times])).toEqual([
      [1, { median: 1, least: 1, most: 1 }],
      [10_000, { median: 1.2000000000000002, least: 1.1, most: 1.3 }]
    ])
    expect(rows[1]).toMatchObject({ cpuUs: { median: 1.85 }, perSecond: { median: 500 }, peakMb: 100, perRequest: 100 })
  })

  it('is told in tables, with what an idle partition takes', () => {
    const idle = [
      { partitions: 1, rssBytes: 100, heapBytes: 1_000_000, bufferBytes: 500 },
      { partitions: 10_000, rssBytes: 200, heapBytes: 10_000_000, bufferBytes: 999_500 }
    ]
    const { machine } = exampleRun([])
    const lines = growthLines({ kind: 'growth', machine, partitions: rows, brokers: rows.slice(0, 1), idle })
    expect(lines[0]).toBe('On the null broker. Some processor, 2 cores, 8 GB, Debian, Node v24.1.0.')
    expect(lines).toContain('| 10,000     |       1.85 | 1.20 (1.10–1.30) |   500 |     100 |         100 |')
    expect(lines.at(-1)).toBe('An idle partition takes 1,000 bytes of heap and buffers.')
  })

  it('is measured on the null broker, and not in cells', () => {
    expect(readArguments(['--growth', '--rounds', '3'])).toMatchObject({ growth: true, rounds: 3 })
    expect(() => readArguments(['--growth', '--kafka'])).toThrow(/--kafka does not go with --growth/)
  })
})
