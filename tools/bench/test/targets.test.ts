import { describe, expect, it } from 'vitest'
import type { Outcome } from '../src/outcome.ts'
import { judge, judgePrograms } from '../src/targets.ts'
import { behind, outcome, result } from './results.ts'

describe('targets', () => {
  it('are judged against the fastest, the thriftiest, the leanest and the quickest client for Node', () => {
    const cell = result('seq100/100B/none', {
      ours: [outcome(4000, 400, 1, 4, 150_000)],
      platformatic: [outcome(1000, 5000, 6, 9)],
      kafkajs: [outcome(500, 100, 3, 9)],
      java: [outcome(90_000, 1, 0.1, 0.2, 1000)]
    })
    expect(judge(cell, 'null-broker').map(({ met }) => met)).toEqual([true, false, false, false])
  })

  it('compare latencies with those who kept the rate, and are missed by ours where it did not', () => {
    const peers = { platformatic: [behind(outcome(1000, 5000, 0, 0))], kafkajs: [outcome(500, 5000, 3, 9)] }
    const latency = (ours: Outcome): string | undefined =>
      judge(result('seq100/100B/none', { ours: [ours], ...peers }), 'null-broker').at(-1)?.text
    expect(latency(outcome(4000, 400, 1, 2))).toBe('seq100/100B/none: p99 2.00 ms, wanted 3.00 (p50 of kafkajs)')
    expect(latency(behind(outcome(4000, 400, 1, 2)))).toMatch(/the rate was not kept/)
  })

  it('allow the round trip to a distant broker in latencies as everybody has it', () => {
    const delayed = result('delay-seq100', { ours: [outcome(1, 1, 2, 1234)], kafkajs: [outcome(1, 5, 2, 1235)] })
    expect(judge(delayed, 'null-broker').at(-1)).toEqual({
      what: 'p99',
      met: true,
      metByRaw: null,
      text: 'delay-seq100: p99 1234 ms, wanted 1235 (p99 of kafkajs)'
    })
  })

  it('say whether raw would have met them: it sets no target, and is the limit of what can be had', () => {
    const metByRaw = (name: string, raw: Outcome): readonly (boolean | null)[] => {
      const peers = { ours: [outcome(2000, 400, 1, 4)], platformatic: [outcome(1000, 400, 0.5, 9)] }
      return judge(result(name, { ...peers, raw: [raw] }), 'null-broker').map(verdict => verdict.metByRaw)
    }
    expect(metByRaw('seq100/100B/none', outcome(3499, 401, 0.1, 0.4))).toEqual([false, false, true, true])
    expect(metByRaw('seq100/100B/none', outcome(3500, 399, 0.1, 0.6, 120_000))).toEqual([true, true, false, false])
    // Its latencies are those of whole waves there.
    expect(metByRaw('conc1k/100B/none', outcome(8000, 100, 0.1, 0.6))).toEqual([true, true, true, null])
  })

  // Story: cells with zstd were called met against the one client that had it.
  it('say who was not there to be compared with', () => {
    const peers = { ours: [outcome(4000, 400, 1, 2)], kafkajs: [outcome(500, 5000, 3, 9)] }
    const cell = result('seq100/100B/zstd', peers, [{ peer: 'node-rdkafka', reason: 'no zstd' }])
    const texts = judge(cell, 'null-broker').map(({ text }) => text)
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.filter(text => !text.endsWith(', without node-rdkafka'))).toEqual([])
  })

  it('are silent where there is nobody to compare with', () => {
    expect(judge(result('seq100/100B/none', { ours: [outcome(1, 1, 1, 1)] }), 'null-broker')).toEqual([])
  })
})

describe('what idempotence costs', () => {
  const judged = (cpuUs: readonly number[], cell = 'seq100/100B/none'): unknown =>
    judge(
      result(cell, {
        ours: cpuUs.map(cpu => outcome(1000, cpu, 1, 1)),
        'ours-plain': cpuUs.map(() => outcome(1000, 100, 1, 1))
      }),
      'null-broker'
    )

  it('may be a twentieth of the CPU, in the middle of the rounds, whoever else takes part', () => {
    const text = 'seq100/100B/none: 1.04 (0.900–1.50) × the CPU of plain, at most 1.05 wanted'
    expect(judged([90, 104, 150])).toEqual([{ what: 'idempotence', met: true, metByRaw: null, text }])
    expect(judged([90, 106, 150])).toMatchObject([{ what: 'idempotence', met: false }])
  })

  it('is not asked where ours is plain, too', () => {
    expect(judged([90, 104, 150], 'plain')).toEqual([])
  })
})

describe('targets on Kafka', () => {
  const judged = (cell: string, brokerCores: number | null, cpuUs: number): string[] => {
    const ours: Outcome = { ...outcome(1000, cpuUs, 1, 5), brokerCores }
    const rounds = { ours: [ours], kafkajs: [outcome(800, 800, 2, 9)], confluent: [outcome(700, 2000, 3, 6)] }
    return judge(result(cell, rounds), 'kafka-1').map(({ what, met }) => `${what} ${met ? 'met' : 'missed'}`)
  }

  it('want half as much again as the fastest, while the broker has time', () => {
    expect(judged('seq100/100B/none', 0.7, 100)).toEqual(['speed missed', 'p99 met'])
    expect(judged('seq100/100B/none', null, 100)).toEqual(['speed missed', 'p99 met'])
  })

  it('want a third of the CPU of the thriftiest where the broker is the limit and nothing is compressed', () => {
    expect(judged('seq100/100B/none', 0.8, 333)).toEqual(['CPU met', 'p99 met'])
    expect(judged('seq100/100B/none', 1.7, 400)).toEqual(['CPU missed', 'p99 met'])
    expect(judged('seq100/100B/gzip', 0.9, 100)).toEqual(['speed missed', 'p99 met'])
  })
})

describe('targets against clients that are not for Node', () => {
  const ratio = (name: string, ours: number): ReturnType<typeof result> =>
    result(name, { ours: [outcome(ours, 1, 1, 1)], java: [outcome(100, 1, 1, 1)] })

  it('are judged in the middle of all cells that compress nothing', () => {
    const results = [ratio('seq1/100B/none', 20), ratio('seq100/100B/none', 110), ratio('large', 400)]
    expect(judgePrograms([...results, ratio('seq100/100B/gzip', 1)])).toEqual([
      {
        what: 'programs',
        met: true,
        metByRaw: null,
        text: '1.10 (0.200–4.00) × java, median of the cells without a codec, wanted 1'
      }
    ])
  })

  it('are missed below their own speed, and silent without them', () => {
    expect(judgePrograms([ratio('seq1/100B/none', 99)])[0]?.met).toBe(false)
    expect(judgePrograms([result('seq1/100B/none', { ours: [outcome(1, 1, 1, 1)] })])).toEqual([])
  })
})
