// The floors that docs/performance.md sets, and whether a run reached them.
import type { CellResult } from './benchmark.ts'
import { figuresOf, ratioOf, type Figures } from './figures.ts'
import { rivalNames } from './peers.ts'
import { between } from './table.ts'

interface Floor {
  readonly perSecond: number
  readonly cpu: number
}
const same = (floor: number): Floor => ({ perSecond: floor, cpu: floor })

/** Times the fastest other client for Node, on the null broker, idempotent. */
const floors: Readonly<Record<string, Floor>> = {
  'seq1/100B/none': { perSecond: 2.5, cpu: 3.5 },
  'seq1/1KiB/none': same(1.8),
  ...row('seq100', [3.5, 3], [3, 2.2], 2.5, 1.2),
  ...row('seq10k', [15, 5], [8, 3], 3, 1.5),
  ...row('conc1k', [8, 8], [6, 2.4], 2, 1.4)
}

function row(
  workload: string,
  none: readonly [number, number],
  fast: readonly [number, number],
  zstd: number,
  gzip: number
): Record<string, Floor> {
  const sizes = ['100B', '1KiB'] as const
  return Object.fromEntries(
    sizes.flatMap((size, index) => [
      [`${workload}/${size}/none`, same(none[index] ?? 0)],
      [`${workload}/${size}/snappy`, same(fast[index] ?? 0)],
      [`${workload}/${size}/lz4`, same(fast[index] ?? 0)],
      [`${workload}/${size}/zstd`, same(zstd)],
      [`${workload}/${size}/gzip`, same(gzip)]
    ])
  )
}

/** At a broker 2 ms away the round trip is the limit of everybody's speed; the processor's time is not. */
const delayedCpu = 3
const leanness = 1.1

export interface Verdict {
  readonly met: boolean
  readonly text: string
}

/** One verdict for each target that speaks of this cell. */
export function judge(result: CellResult): readonly Verdict[] {
  const all = figuresOf(result)
  const ours = all.find(({ peer }) => peer === 'ours')
  const others = all.filter(({ peer }) => rivalNames.includes(peer))
  const fastest = others.toSorted((a, b) => b.perSecond.median - a.perSecond.median)[0]
  const thriftiest = others.toSorted((a, b) => a.cpuUs.median - b.cpuUs.median)[0]
  if (ours === undefined || fastest === undefined || thriftiest === undefined) return []
  return [
    ...judgeSpeed(result, fastest.peer, thriftiest.peer),
    ...judgeMemory(result.cell.name, ours, others),
    ...judgeLatency(result, ours, others)
  ]
}

function judgeSpeed(result: CellResult, fastest: string, thriftiest: string): readonly Verdict[] {
  const { name, delayMs } = result.cell
  const floor = floors[name]
  const verdicts: Verdict[] = []
  const speed = ratioOf(result, 'ours', fastest)?.perSecond
  const cpu = ratioOf(result, 'ours', thriftiest)?.cpu
  if (floor !== undefined && speed !== undefined) {
    const text = `${name}: ${between(speed)} × ${fastest}, wanted ${floor.perSecond}`
    verdicts.push({ met: speed.median >= floor.perSecond, text })
  }
  const wanted = floor?.cpu ?? (delayMs > 0 ? delayedCpu : null)
  if (wanted !== null && cpu !== undefined) {
    const text = `${name}: ${between(cpu)} × less CPU than ${thriftiest}, wanted ${wanted}`
    verdicts.push({ met: cpu.median >= wanted, text })
  }
  return verdicts
}

function judgeMemory(name: string, ours: Figures, others: readonly Figures[]): readonly Verdict[] {
  const leanest = others.toSorted((a, b) => a.peakMb - b.peakMb)[0]
  if (leanest === undefined) return []
  const limit = leanness * leanest.peakMb
  const text = `${name}: ${ours.peakMb.toFixed(0)} MB at most, wanted ${limit.toFixed(0)} (${leanness} × ${leanest.peer})`
  return [{ met: ours.peakMb <= limit, text }]
}

function judgeLatency({ cell }: CellResult, ours: Figures, others: readonly Figures[]): readonly Verdict[] {
  const many = cell.codec === 'none' && cell.messages * cell.concurrent > 1
  const bounds = others.flatMap(({ peer, latency }) =>
    latency === null || latency === 'behind' ? [] : [{ peer, ms: many ? latency.p50Ms : latency.p99Ms }]
  )
  const best = bounds.toSorted((a, b) => a.ms - b.ms)[0]
  if (ours.latency === null || best === undefined) return []
  const what = many ? 'p50' : 'p99'
  const wanted = `wanted ${best.ms.toPrecision(3)} (${what} of ${best.peer})`
  if (ours.latency === 'behind') return [{ met: false, text: `${cell.name}: the rate was not kept, p99 ${wanted}` }]
  const { p99Ms } = ours.latency
  return [{ met: p99Ms <= best.ms, text: `${cell.name}: p99 ${p99Ms.toPrecision(3)} ms, ${wanted}` }]
}
