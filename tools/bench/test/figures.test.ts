import { describe, expect, it } from 'vitest'
import { rateForLatencies } from '../src/benchmark.ts'
import { figuresOf, ratioOf } from '../src/figures.ts'
import { percentile, spread } from '../src/statistics.ts'
import { behind, outcome, result } from './results.ts'

describe('statistics', () => {
  it('take the middle of an odd and the mean of the two middles of an even count', () => {
    expect(spread([9, 1, 5])).toEqual({ median: 5, least: 1, most: 9 })
    expect(spread([4, 1, 2, 9]).median).toBe(3)
  })

  it('take the smallest number that a share of all does not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
    expect([0.5, 0.99, 0.999].map(share => percentile(hundred, share))).toEqual([50, 99, 100])
  })
})

describe('the rate for latencies', () => {
  it('is half of what the fastest other client for Node has reached', () => {
    const reached = [
      { name: 'ours', perSecond: 900 },
      { name: 'kafkajs', perSecond: 40 },
      { name: 'confluent', perSecond: 100 },
      { name: 'librdkafka', perSecond: 700 },
      { name: 'raw', perSecond: 2000 }
    ]
    expect(rateForLatencies(reached)).toBe(50)
  })

  it('is each one’s own where there are no others', () => {
    expect(rateForLatencies([{ name: 'ours', perSecond: 900 }])).toBeNull()
  })
})

describe('figures', () => {
  it('compare within each round, and leave out a round that failed on either side', () => {
    const rounds = result('seq100/100B/none', {
      ours: [outcome(1000, 100, 1, 2), outcome(100, 10, 1, 2), outcome(900, 90, 1, 2)],
      kafkajs: [outcome(100, 100, 5, 9), outcome(10, 10, 5, 9), null]
    })
    expect(ratioOf(rounds, 'ours', 'kafkajs')).toEqual({
      perSecond: { median: 10, least: 10, most: 10 },
      cpu: { median: 10, least: 10, most: 10 }
    })
    expect(figuresOf(rounds).map(({ peer, rounds: count }) => [peer, count])).toEqual([
      ['ours', 3],
      ['kafkajs', 2]
    ])
    expect(figuresOf(rounds)[0]).toMatchObject({ perRequest: 90, allocated: 50, peakMb: 100 })
  })

  it('show no latencies of a client that was behind in half of its rounds', () => {
    const once = result('seq100/100B/none', { kafkajs: [outcome(1, 1, 1, 2), behind(outcome(1, 1, 1, 2))] })
    expect(figuresOf(once)[0]?.latency).toBe('behind')
    const rarely = [outcome(1, 1, 1, 2), behind(outcome(1, 1, 1, 2)), outcome(1, 1, 1, 2)]
    expect(figuresOf(result('seq100/100B/none', { kafkajs: rarely }))[0]?.latency).toMatchObject({ p99Ms: 2 })
  })
})
