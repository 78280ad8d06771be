// Whether a run reached what docs/performance.md sets.
import type { CellResult } from './benchmark.ts'
import { figuresOf, ratioOf, withoutText, type Figures } from './figures.ts'
import { floors } from './floors.ts'
import { rivalNames } from './peers.ts'
import type { StageKind } from './stage.ts'
import { spread, type Spread } from './statistics.ts'
import { between, rounded } from './table.ts'

/** At a broker 2 ms away the round trip is the limit of everybody's speed; the processor's time is not. */
const delayedCpu = 3
const leanness = 1.1
/** Against Kafka itself; a broker as busy as that is the limit, and the figure is CPU. */
const onKafka = { perSecond: 1.5, busyCores: 0.8, cpu: 3 }
/** What idempotence may cost. */
const idempotentCpu = 1.05
/** Clients that are not for Node. */
const programs = ['librdkafka', 'java'] as const
const programFloor = 1

export interface Verdict {
  readonly what: 'speed' | 'CPU' | 'memory' | 'p99' | 'programs' | 'idempotence'
  readonly met: boolean
  /** Whether `raw` would have met it, which does nothing but write and read; null where that says nothing. */
  readonly metByRaw: boolean | null
  readonly text: string
}

/** Missed, and what does nothing but write and read misses it as well: it is this machine's limit, or Node's. */
export const isMissedByRawToo = ({ met, metByRaw }: Verdict): boolean => !met && metByRaw === false

/** The best of the others in each respect. */
export interface Rivals {
  readonly fastest: Figures
  readonly thriftiest: Figures
  readonly leanest: Figures
}

/** Null where there is nobody to compare with. */
export function rivalsOf(all: readonly Figures[]): Rivals | null {
  const others = all.filter(({ peer }) => rivalNames.includes(peer))
  const fastest = others.toSorted((a, b) => b.perSecond.median - a.perSecond.median)[0]
  const thriftiest = others.toSorted((a, b) => a.cpuUs.median - b.cpuUs.median)[0]
  const leanest = others.toSorted((a, b) => a.peakMb - b.peakMb)[0]
  if (fastest === undefined || thriftiest === undefined || leanest === undefined) return null
  return { fastest, thriftiest, leanest }
}

/** CPU of ours for a message, idempotent, by that of ours which is not; null where both were not measured. */
export function idempotenceOf(result: CellResult): Spread | null {
  const less = result.cell.idempotent ? ratioOf(result, 'ours', 'ours-plain') : null
  if (less === null) return null
  const { median, least, most } = less.cpu
  return { median: 1 / median, least: 1 / most, most: 1 / least }
}

function judgeIdempotence(result: CellResult): readonly Verdict[] {
  const cost = idempotenceOf(result)
  if (cost === null) return []
  const text = `${result.cell.name}: ${between(cost)} × the CPU of plain, at most ${idempotentCpu} wanted`
  return [{ what: 'idempotence', met: cost.median <= idempotentCpu, metByRaw: null, text }]
}

/** One verdict for each target that speaks of this cell. */
export function judge(result: CellResult, kind: StageKind): readonly Verdict[] {
  const rivalry = judgeRivalry(result, kind).map(verdict => ({ ...verdict, text: verdict.text + withoutText(result) }))
  return [...rivalry, ...judgeIdempotence(result)]
}

function judgeRivalry(result: CellResult, kind: StageKind): readonly Verdict[] {
  const all = figuresOf(result)
  const ours = all.find(({ peer }) => peer === 'ours')
  const rivals = rivalsOf(all)
  if (ours === undefined || rivals === null) return []
  if (kind !== 'null-broker') return [...judgeOnKafka(result, ours, rivals), ...judgeLatency(result, all, false)]
  // Where many messages share a call or a turn, and neither a codec nor a distance takes the time, only the client does.
  const { codec, messages, concurrent, delayMs } = result.cell
  const many = codec === 'none' && delayMs === 0 && messages * concurrent > 1
  return [...judgeSpeed(result, rivals), judgeMemory(result, ours, rivals), ...judgeLatency(result, all, many)]
}

function judgeSpeed(result: CellResult, { fastest, thriftiest }: Rivals): readonly Verdict[] {
  const { name, delayMs } = result.cell
  const floor = floors[name]
  const verdicts: Verdict[] = []
  const speed = ratioOf(result, 'ours', fastest.peer)?.perSecond
  const cpu = ratioOf(result, 'ours', thriftiest.peer)?.cpu
  if (floor !== undefined && speed !== undefined) {
    const text = `${name}: ${between(speed)} × ${fastest.peer}, wanted ${floor.perSecond}`
    const metByRaw = isReached(ratioOf(result, 'raw', fastest.peer)?.perSecond, floor.perSecond)
    verdicts.push({ what: 'speed', met: speed.median >= floor.perSecond, metByRaw, text })
  }
  const wanted = floor?.cpu ?? (delayMs > 0 ? delayedCpu : null)
  if (wanted !== null && cpu !== undefined) {
    const text = `${name}: ${between(cpu)} × less CPU than ${thriftiest.peer}, wanted ${wanted}`
    const metByRaw = isReached(ratioOf(result, 'raw', thriftiest.peer)?.cpu, wanted)
    verdicts.push({ what: 'CPU', met: cpu.median >= wanted, metByRaw, text })
  }
  return verdicts
}

const isReached = (ratio: Spread | undefined, wanted: number): boolean | null =>
  ratio === undefined ? null : ratio.median >= wanted

function judgeOnKafka(result: CellResult, ours: Figures, { fastest, thriftiest }: Rivals): readonly Verdict[] {
  const { name, codec } = result.cell
  const speed = ratioOf(result, 'ours', fastest.peer)?.perSecond
  const cpu = ratioOf(result, 'ours', thriftiest.peer)?.cpu
  if (speed === undefined || cpu === undefined) return []
  const isFaster = speed.median >= onKafka.perSecond
  const text = `${name}: ${between(speed)} × ${fastest.peer}, wanted ${onKafka.perSecond}`
  const { brokerCores } = ours
  const speedOfRaw = isReached(ratioOf(result, 'raw', fastest.peer)?.perSecond, onKafka.perSecond)
  const cpuOfRaw = isReached(ratioOf(result, 'raw', thriftiest.peer)?.cpu, onKafka.cpu)
  // A codec's work is the same for everybody.
  const isBrokerTheLimit = codec === 'none' && brokerCores !== null && brokerCores >= onKafka.busyCores
  if (isFaster || !isBrokerTheLimit) return [{ what: 'speed', met: isFaster, metByRaw: speedOfRaw, text }]
  const instead = `or, as the broker used ${brokerCores.toFixed(2)} cores, ${onKafka.cpu} × less CPU than ${thriftiest.peer}`
  const met = cpu.median >= onKafka.cpu
  return [{ what: 'CPU', met, metByRaw: cpuOfRaw, text: `${text}, ${instead}: ${between(cpu)}` }]
}

function judgeMemory(result: CellResult, ours: Figures, { leanest }: Rivals): Verdict {
  const limit = leanness * leanest.peakMb
  const raw = figuresOf(result).find(({ peer }) => peer === 'raw')
  const metByRaw = raw === undefined ? null : raw.peakMb <= limit
  const text = `${result.cell.name}: ${ours.peakMb.toFixed(0)} MB at most, wanted ${limit.toFixed(0)} (${leanness} × ${leanest.peer})`
  return { what: 'memory', met: ours.peakMb <= limit, metByRaw, text }
}

/** Against the others' best p99, or the best of what half of their calls take. */
function judgeLatency({ cell }: CellResult, all: readonly Figures[], againstP50: boolean): readonly Verdict[] {
  const ours = all.find(({ peer }) => peer === 'ours')?.latency ?? null
  const bounds = all.flatMap(({ peer, latency }) => {
    if (!rivalNames.includes(peer) || latency === null || latency === 'behind') return []
    return [{ peer, ms: againstP50 ? latency.p50Ms : latency.p99Ms }]
  })
  const best = bounds.toSorted((a, b) => a.ms - b.ms)[0]
  if (ours === null || best === undefined) return []
  const wanted = `wanted ${rounded(best.ms, 3)} (${againstP50 ? 'p50' : 'p99'} of ${best.peer})`
  // Of concurrent calls raw sends all at once, and others one by one.
  const raw = cell.concurrent > 1 ? null : (all.find(({ peer }) => peer === 'raw')?.latency ?? null)
  const metByRaw = raw === null || raw === 'behind' ? null : raw.p99Ms <= best.ms
  if (ours === 'behind')
    return [{ what: 'p99', met: false, metByRaw, text: `${cell.name}: the rate was not kept, p99 ${wanted}` }]
  const text = `${cell.name}: p99 ${rounded(ours.p99Ms, 3)} ms, ${wanted}`
  return [{ what: 'p99', met: ours.p99Ms <= best.ms, metByRaw, text }]
}

/** Over all cells without a codec: the middle of the ratios to each client that is not for Node. */
export function judgePrograms(results: readonly CellResult[]): readonly Verdict[] {
  return programs.flatMap(program => {
    const ratios = results
      .filter(({ cell }) => cell.codec === 'none')
      .flatMap(result => ratioOf(result, 'ours', program)?.perSecond.median ?? [])
    if (ratios.length === 0) return []
    const { median } = spread(ratios)
    const text = `${between(spread(ratios))} × ${program}, median of the cells without a codec, wanted ${programFloor}`
    return [{ what: 'programs', met: median >= programFloor, metByRaw: null, text }]
  })
}
