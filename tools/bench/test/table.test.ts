import { describe, expect, it } from 'vitest'
import { tableOf } from '../src/table.ts'
import { outcome, result } from './results.ts'

describe('the table of a cell', () => {
  it('ends with those that could not take part, and why', () => {
    const reason = 'node-rdkafka ended with 1: Error: libzstd not available at build time\nNode.js v24.1.0'
    const failures = [{ peer: 'node-rdkafka', reason }]
    const lines = tableOf(result('seq100/100B/zstd', { ours: [outcome(4000, 400, 1, 4)] }, failures))
    expect(lines.at(-1)).toBe('node-rdkafka ended with 1: Error: libzstd not available at build time')
  })
})
