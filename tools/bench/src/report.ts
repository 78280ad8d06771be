// Writes the figures where the options want them: JSON for machines, plots for people.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { CellResult } from './benchmark.ts'
import { figuresOf, ratioOf } from './figures.ts'
import type { AbsentPeer } from './peers.ts'
import { plotOf } from './plot.ts'
import { judge } from './targets.ts'

export interface Run {
  readonly stage: string
  readonly results: readonly CellResult[]
  readonly absent: readonly AbsentPeer[]
  readonly skipped: readonly { readonly cell: string; readonly reason: string }[]
}

export function writeJson(path: string, { stage, results, absent, skipped }: Run): void {
  const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, memory: totalmem(), node: process.version }
  const cells = results.map(result => ({
    ...result.cell,
    figures: figuresOf(result),
    ratios: [...result.outcomes.keys()]
      .filter(peer => peer !== 'ours')
      .map(peer => ({ to: peer, ...ratioOf(result, 'ours', peer) })),
    verdicts: judge(result),
    latencyRate: result.latencyRate,
    failures: result.failures,
    rounds: Object.fromEntries(result.outcomes)
  }))
  writeFileSync(path, `${JSON.stringify({ stage, machine, absent, skipped, cells }, null, 2)}\n`)
}

export function writePlots(folder: string, { stage, results }: Run): void {
  mkdirSync(folder, { recursive: true })
  for (const result of results) {
    const figures = figuresOf(result)
    if (figures.length === 0) continue
    const file = `${result.cell.name.replaceAll('/', '-')}.svg`
    writeFileSync(join(folder, file), plotOf(`${result.cell.name}, ${stage}`, figures))
  }
}
