// The result of a cell as lines of text.
import type { CellResult } from './benchmark.ts'
import { figuresOf, missingFrom, ratioOf, type Figures } from './figures.ts'
import type { Spread } from './statistics.ts'

const headings = [
  'client',
  'msg/s',
  'ours ×',
  'CPU µs/msg',
  'ours ×',
  'p50 ms',
  'p99',
  'p99.9',
  'peak MB',
  'B/msg',
  'msg/request',
  'broker’s cores'
]

export function tableOf(result: CellResult): readonly string[] {
  const rows = figuresOf(result)
    .toSorted((a, b) => b.perSecond.median - a.perSecond.median)
    .map(figures => rowOf(result, figures))
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map(row => row[column]?.length ?? 0))
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  const { latencyRate } = result
  const rate = latencyRate === null ? '' : `, latencies at ${short(latencyRate)} msg/s`
  const missing = missingFrom(result).map(({ reason }) => reason.split('\n', 1).join())
  return [`${result.cell.name}${rate}`, line(headings), ...rows.map(line), ...missing]
}

function rowOf(result: CellResult, figures: Figures): readonly string[] {
  const { peer, perSecond, cpuUs, latency, peakMb, allocated, perRequest, brokerCores } = figures
  const ratio = peer === 'ours' ? null : ratioOf(result, 'ours', peer)
  return [
    peer,
    short(perSecond.median),
    ratio === null ? '' : between(ratio.perSecond),
    cpuUs.median.toPrecision(3),
    ratio === null ? '' : between(ratio.cpu),
    ...latencyCells(latency),
    peakMb.toFixed(0),
    allocated === null ? '–' : allocated.toFixed(0),
    perRequest === null ? '–' : short(perRequest),
    brokerCores === null ? '–' : brokerCores.toFixed(2)
  ]
}

function latencyCells(latency: Figures['latency']): readonly string[] {
  if (latency === null) return ['–', '–', '–']
  if (latency === 'behind') return ['behind', '–', '–']
  return [latency.p50Ms, latency.p99Ms, latency.p999Ms].map(ms => rounded(ms, 3))
}

/** Median, and how far the rounds lie apart. */
export function between({ median, least, most }: Spread): string {
  return `${rounded(median, 3)} (${rounded(least, 3)}–${rounded(most, 3)})`
}

/** As many digits as mean something; of a large number all that stand before the point. */
export function rounded(value: number, digits: number): string {
  const text = value.toPrecision(digits)
  return text.includes('e+') ? value.toFixed(0) : text
}

export function short(value: number): string {
  if (value >= 999_500) return `${(value / 1e6).toPrecision(3)}M`
  return value >= 999.5 ? `${(value / 1e3).toPrecision(3)}k` : value.toPrecision(3)
}
