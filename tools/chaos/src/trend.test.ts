import { describe, expect, test } from 'vitest'
import { trendOf } from './trend.ts'
import type { Vitals } from './vitals.ts'

/** Half an hour, every 5 s. */
const minutes = 30
const samplesOf = (heapBytes: (minute: number) => number): Vitals[] =>
  Array.from({ length: minutes * 12 }, (_, i) => ({
    atMs: i * 5_000,
    heapBytes: heapBytes(i / 12),
    bufferBytes: 0,
    residentBytes: 0,
    sockets: 0,
    lowestSockets: 0,
    produceConnections: 0,
    controlConnections: 0,
    otherConnections: 0,
    openingConnections: 0,
    timers: 0,
    pendingTimers: 0,
    lowestPendingTimers: 0,
    timersOf: {},
    resources: 0,
    queuedBytes: 0
  }))

describe('a trend', () => {
  test('is nothing where queues only fill and drain', () => {
    const { perMinute, growth, most } = trendOf(
      samplesOf(minute => 10_000 + 5_000 * Math.sin(minute * 9)),
      'heapBytes'
    )
    expect(Math.abs(perMinute)).toBeLessThan(10)
    expect(Math.abs(growth)).toBeLessThan(100)
    expect(most).toBeGreaterThan(14_000)
  })

  test('shows a leak under what goes up and down', () => {
    const { perMinute, growth } = trendOf(
      samplesOf(minute => 10_000 + 100 * minute + 5_000 * Math.sin(minute * 9)),
      'heapBytes'
    )
    expect(perMinute).toBeGreaterThan(90)
    expect(perMinute).toBeLessThan(110)
    expect(growth).toBeGreaterThan(1_900)
  })

  test('of the middle is nothing where faults take something away now and then, and shows a leak all the same', () => {
    // Hit harder and harder, or less and less, for a moment in each minute.
    const hit = (minute: number): number => (minute % 1 < 0.2 ? 10_000 - 250 * minute : 0)
    const { growth } = trendOf(
      samplesOf(minute => 20_000 - hit(minute)),
      'heapBytes'
    )
    expect(growth).toBeGreaterThan(4_000)
    expect(
      trendOf(
        samplesOf(minute => 20_000 - hit(minute)),
        'heapBytes',
        'middle'
      ).growth
    ).toBe(0)
    const leak = trendOf(
      samplesOf(minute => 20_000 + 100 * minute - hit(minute)),
      'heapBytes',
      'middle'
    )
    expect(leak.perMinute).toBeGreaterThan(90)
    expect(leak.perMinute).toBeLessThan(110)
  })

  test('leaves the start out', () => {
    expect(
      trendOf(
        samplesOf(minute => (minute < 5 ? minute * 1_000 : 5_000)),
        'heapBytes'
      ).growth
    ).toBe(0)
  })

  test('of nothing is nothing', () => {
    expect(trendOf([], 'sockets')).toEqual({ median: 0, most: 0, perMinute: 0, growth: 0, points: [] })
  })
})
