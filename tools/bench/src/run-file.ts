// A run as a file of JSON: written after each cell, read again for the documents, and added to by a later run.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { CellResult } from './benchmark.ts'
import { cells, type Cell } from './cells.ts'
import { figuresOf, ratioOf } from './figures.ts'
import type { Machine } from './machine.ts'
import type { AbsentPeer } from './peers.ts'
import type { Outcome } from './outcome.ts'
import type { StageKind } from './stage.ts'
import { judge } from './targets.ts'

export interface Run {
  readonly kind: StageKind
  readonly stage: string
  readonly machine: Machine
  readonly results: readonly CellResult[]
  readonly absent: readonly AbsentPeer[]
  readonly skipped: readonly { readonly cell: string; readonly reason: string }[]
}

interface StoredCell {
  readonly cell: Cell
  readonly latencyRate: number | null
  readonly allocations: Readonly<Record<string, number | null>>
  readonly failures: CellResult['failures']
  readonly rounds: Readonly<Record<string, readonly (Outcome | null)[]>>
}

/** What follows from the rounds is written as well, for whoever wants no more than that; it is not read. */
export function writeRun(path: string, run: Run): void {
  const { results, ...rest } = run
  const stored = results.map(result => ({
    cell: result.cell,
    figures: figuresOf(result),
    ratios: [...result.outcomes.keys()]
      .filter(peer => peer !== 'ours')
      .map(peer => ({ to: peer, ...ratioOf(result, 'ours', peer) })),
    verdicts: judge(result, run.kind),
    latencyRate: result.latencyRate,
    allocations: Object.fromEntries(result.allocations),
    failures: result.failures,
    rounds: Object.fromEntries(result.outcomes)
  }))
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify({ ...rest, cells: stored }, null, 2)}\n`)
  renameSync(unfinished, path)
}

/** @throws Error when the file is not there or holds no run */
export function readRun(path: string): Run {
  const text = readFileSync(path, 'utf8')
  // `writeRun` wrote it, if it has cells.
  const stored = JSON.parse(text) as Omit<Run, 'results'> & { readonly cells?: readonly StoredCell[] }
  if (!Array.isArray(stored.cells)) throw new Error(`${path} holds no run of the benchmark`)
  const { cells: storedCells, ...rest } = stored
  const results = storedCells.map(({ cell, latencyRate, allocations, failures, rounds }: StoredCell) => ({
    cell,
    latencyRate,
    failures,
    allocations: new Map(Object.entries(allocations)),
    outcomes: new Map(Object.entries(rounds))
  }))
  return { ...rest, results }
}

/**
 * The cells of both; of one that both have, the later.
 *
 * @throws Error when they cannot stand in one table
 */
export function mergeRuns(earlier: Run, later: Run): Run {
  for (const what of ['cpu', 'cores', 'clientsNode'] as const) {
    const [was, is] = [earlier.machine[what], later.machine[what]]
    if (was !== is) throw new Error(`The earlier run was with another ${what}: ${was}, now ${is}`)
  }
  if (earlier.stage !== later.stage)
    throw new Error(`The earlier run was on ${earlier.stage}, this is on ${later.stage}`)
  const now = new Set([...later.results.map(({ cell }) => cell.name), ...later.skipped.map(({ cell }) => cell)])
  const results = [...earlier.results.filter(({ cell }) => !now.has(cell.name)), ...later.results]
  const present = new Set(later.results.flatMap(({ outcomes }) => [...outcomes.keys()]))
  const known = new Set(later.absent.map(({ name }) => name))
  return {
    ...later,
    results: inOrder(results),
    absent: [...earlier.absent.filter(({ name }) => !known.has(name) && !present.has(name)), ...later.absent],
    skipped: [...earlier.skipped.filter(({ cell }) => !now.has(cell)), ...later.skipped]
  }
}

/** As `--list` names them. */
function inOrder(results: readonly CellResult[]): readonly CellResult[] {
  const place = new Map(cells.map(({ name }, index) => [name, index]))
  return results.toSorted((a, b) => (place.get(a.cell.name) ?? 0) - (place.get(b.cell.name) ?? 0))
}
