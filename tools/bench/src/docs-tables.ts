// A run as the documents show it.
import type { CellResult } from './benchmark.ts'
import { figuresOf, ratioOf, withoutText, type Figures } from './figures.ts'
import { markdownTable } from './markdown.ts'
import { machineText } from './machine.ts'
import { rivalNames } from './peers.ts'
import type { Run } from './run-file.ts'
import { rounded, short } from './table.ts'
import { idempotenceOf, isMissedByRawToo, judge, judgePrograms, rivalsOf, type Verdict } from './targets.ts'
import type { Spread } from './statistics.ts'

const programs = ['librdkafka', 'java', 'franz-go']
const none = '–'

export function linesOf(run: Run): readonly string[] {
  const rows = run.results.map(result => rowOf(run, result)).filter(row => row !== null)
  if (rows.length === 0) throw new Error(`${run.stage}: there is no cell in which ours was measured`)
  const verdicts = run.results.flatMap(result => judge(result, run.kind))
  const met = verdicts.filter(verdict => verdict.met).length
  const missedByRaw = verdicts.filter(isMissedByRawToo).length
  const limits = missedByRaw === 0 ? '' : ` Of those missed, raw misses ${missedByRaw}, too.`
  const judged = verdicts.length === 0 ? '' : ` ${met} of ${verdicts.length} targets met.${limits}`
  return [
    `On ${run.stage}. ${machineText(run.machine)} ${clientsText(run)}${judged}`,
    '',
    ...markdownTable(headingsOf(run), rows),
    ...idempotenceLines(run),
    ...programLines(run)
  ]
}

/** Of each client the version, in the order in which they were measured. */
function clientsText({ results, absent }: Run): string {
  const versions = new Map<string, string>()
  for (const result of results) for (const { peer, version } of figuresOf(result)) versions.set(peer, version)
  const named = [...versions]
    .filter(([peer]) => !peer.startsWith('ours') && peer !== 'raw')
    .map(([peer, version]) => `${peer} ${version}`)
  const missing = absent.map(({ name }) => name)
  const others = named.length === 0 ? 'No other clients.' : `Others: ${named.join(', ')}.`
  return missing.length === 0 ? others : `${others} Absent: ${missing.join(', ')}.`
}

function headingsOf({ kind }: Run): readonly string[] {
  const broker = kind === 'null-broker' ? [] : ['broker’s cores']
  const speed = ['cell', 'msg/s', '× fastest for Node', '× less CPU', '× raw']
  return [
    ...speed,
    'p50 / p99 ms',
    'theirs',
    'raw’s',
    'MB',
    'theirs',
    'raw’s',
    'B/msg',
    'msg/request',
    ...broker,
    'targets'
  ]
}

/** Null where ours was not measured. */
function rowOf({ kind }: Run, result: CellResult): readonly string[] | null {
  const all = figuresOf(result)
  const ours = all.find(({ peer }) => peer === 'ours')
  if (ours === undefined) return null
  const rivals = rivalsOf(all)
  const raw = all.find(({ peer }) => peer === 'raw')
  const timesRaw = ratioOf(result, 'ours', 'raw')?.perSecond.median
  const quickest = quickestOf(all)
  return [
    result.cell.name,
    short(ours.perSecond.median),
    rivals === null ? none : against(ratioOf(result, 'ours', rivals.fastest.peer)?.perSecond, rivals.fastest),
    rivals === null ? none : against(ratioOf(result, 'ours', rivals.thriftiest.peer)?.cpu, rivals.thriftiest),
    timesRaw === undefined ? none : timesRaw.toPrecision(2),
    latencyText(ours.latency),
    quickest === null ? none : `${latencyText(quickest.latency)} ${quickest.peer}`,
    raw === undefined ? none : latencyText(raw.latency),
    ours.peakMb.toFixed(0),
    rivals === null ? none : `${rivals.leanest.peakMb.toFixed(0)} ${rivals.leanest.peer}`,
    raw === undefined ? none : raw.peakMb.toFixed(0),
    ours.allocated === null ? none : ours.allocated.toFixed(0),
    ours.perRequest === null ? none : short(ours.perRequest),
    ...(kind === 'null-broker' ? [] : [ours.brokerCores === null ? none : ours.brokerCores.toFixed(2)]),
    `${targetsText(judge(result, kind))}${withoutText(result)}`
  ]
}

function against(ratio: Spread | undefined, { peer }: Figures): string {
  if (ratio === undefined) return none
  return `${rangeText(ratio)} ${peer}`
}

/** Two digits are all that a ratio is good for. */
const times = (ratio: number): string => rounded(ratio, 2)

function quickestOf(all: readonly Figures[]): Figures | null {
  const p99 = ({ latency }: Figures): number => (latency === null || latency === 'behind' ? Infinity : latency.p99Ms)
  const rivals = all.filter(figures => rivalNames.includes(figures.peer) && p99(figures) < Infinity)
  return rivals.toSorted((a, b) => p99(a) - p99(b))[0] ?? null
}

function latencyText(latency: Figures['latency']): string {
  if (latency === null) return none
  if (latency === 'behind') return latency
  return `${rounded(latency.p50Ms, 2)} / ${rounded(latency.p99Ms, 2)}`
}

function targetsText(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return none
  const missed = verdicts.filter(({ met }) => !met)
  if (missed.length === 0) return 'met'
  const texts = missed.map(verdict => (isMissedByRawToo(verdict) ? `${verdict.what} (raw too)` : verdict.what))
  return `missed: ${texts.join(', ')}`
}

function idempotenceLines({ results }: Run): readonly string[] {
  const rows = results.flatMap(result => {
    const cost = idempotenceOf(result)
    return cost === null ? [] : [[result.cell.name, `${in3(cost.median)} (${in3(cost.least)}–${in3(cost.most)})`]]
  })
  if (rows.length === 0) return []
  return [
    '',
    'What idempotence costs: CPU for a message of ours, times that of ours without.',
    '',
    ...markdownTable(['cell', '× plain'], rows)
  ]
}

const in3 = (ratio: number): string => rounded(ratio, 3)

function programLines({ results }: Run): readonly string[] {
  const rows = results.flatMap(result => {
    const ratios = programs.map(program => ratioOf(result, 'ours', program)?.perSecond)
    if (ratios.every(ratio => ratio === undefined)) return []
    return [[result.cell.name, ...ratios.map(ratio => (ratio === undefined ? none : rangeText(ratio)))]]
  })
  if (rows.length === 0) return []
  const verdicts = judgePrograms(results).map(({ met, text }) => `${text}: ${met ? 'met' : 'missed'}.`)
  return [
    '',
    `Times clients that are not for Node. ${verdicts.join(' ')}`.trim(),
    '',
    ...markdownTable(['cell', ...programs], rows)
  ]
}

const rangeText = ({ median, least, most }: Spread): string => `${times(median)} (${times(least)}–${times(most)})`
