// From the outcomes of a cell's rounds to the figures that are shown.
import type { CellResult } from './benchmark.ts'
import type { Latency, Percentiles } from './client-contract.ts'
import type { Outcome } from './outcome.ts'
import { spread, type Spread } from './statistics.ts'

export interface Figures {
  readonly peer: string
  readonly version: string
  readonly rounds: number
  readonly perSecond: Spread
  readonly cpuUs: Spread
  /** Null where nobody measures; `behind` where the rate was too high in half of the rounds or more. */
  readonly latency: Percentiles | 'behind' | null
  readonly peakMb: number
  readonly allocated: number | null
  /** Messages in a request; null where nobody counts. */
  readonly perRequest: number | null
  /** What the broker used while this client was measured; null where the system does not tell. */
  readonly brokerCores: number | null
}

const rate = ({ measured }: Outcome): number => measured.messages / measured.seconds
const cpu = ({ measured }: Outcome): number => measured.cpuUs / measured.messages

export function figuresOf(result: CellResult): readonly Figures[] {
  const all: Figures[] = []
  for (const [peer, rounds] of result.outcomes) {
    const outcomes = rounds.filter(outcome => outcome !== null)
    const [first] = outcomes
    if (first === undefined) continue
    all.push({
      peer,
      version: first.finished.version,
      rounds: outcomes.length,
      perSecond: spread(outcomes.map(rate)),
      cpuUs: spread(outcomes.map(cpu)),
      latency: latencyOf(outcomes.flatMap(({ latency }) => (latency === null ? [] : [latency]))),
      peakMb: spread(outcomes.map(({ measured }) => measured.peakKb / 1024)).median,
      allocated: result.allocations.get(peer) ?? null,
      perRequest: perRequestOf(outcomes),
      brokerCores: medianOf(outcomes.flatMap(({ brokerCores }) => brokerCores ?? []))
    })
  }
  return all
}

/** Those that could not take part in the cell, each with its first reason. */
export function missingFrom(result: CellResult): CellResult['failures'] {
  const present = new Set(figuresOf(result).map(({ peer }) => peer))
  const reasons = new Map<string, string>()
  for (const { peer, reason } of result.failures)
    if (!present.has(peer) && !reasons.has(peer)) reasons.set(peer, reason)
  return Array.from(reasons, ([peer, reason]) => ({ peer, reason }))
}

/** Who was not there to be compared with; empty where all were. */
export function withoutText(result: CellResult): string {
  const missing = missingFrom(result).map(({ peer }) => peer)
  return missing.length === 0 ? '' : `, without ${missing.join(', ')}`
}

function latencyOf(rounds: readonly Latency[]): Figures['latency'] {
  if (rounds.length === 0) return null
  const kept = rounds.flatMap(({ percentiles }) => (percentiles === null ? [] : [percentiles]))
  if (2 * kept.length <= rounds.length) return 'behind'
  const median = (pick: (percentiles: Percentiles) => number): number => spread(kept.map(pick)).median
  return { p50Ms: median(l => l.p50Ms), p99Ms: median(l => l.p99Ms), p999Ms: median(l => l.p999Ms) }
}

function perRequestOf(outcomes: readonly Outcome[]): number | null {
  const each = outcomes.flatMap(({ counted }) =>
    counted === null || counted.requests === 0 ? [] : [counted.records / counted.requests]
  )
  return medianOf(each)
}

const medianOf = (numbers: readonly number[]): number | null => (numbers.length === 0 ? null : spread(numbers).median)

export interface Ratio {
  readonly perSecond: Spread
  readonly cpu: Spread
}

/** How many times better `one` is than `other`, round by round, so that what disturbed a round disturbs both sides of it. */
export function ratioOf(result: CellResult, one: string, other: string): Ratio | null {
  const ours = result.outcomes.get(one) ?? []
  const theirs = result.outcomes.get(other) ?? []
  const rates: number[] = []
  const cpus: number[] = []
  for (const [round, outcome] of ours.entries()) {
    const against = theirs[round]
    if (outcome === null || !against) continue
    rates.push(rate(outcome) / rate(against))
    cpus.push(cpu(against) / cpu(outcome))
  }
  return rates.length === 0 ? null : { perSecond: spread(rates), cpu: spread(cpus) }
}
