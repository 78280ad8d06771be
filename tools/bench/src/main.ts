// `pnpm bench`: side by side with the other clients. Progress while it runs, tables and verdicts at the end.
import { existsSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { readArguments, usage, type BenchArguments } from './arguments.ts'
import { pinningOf, runCell, type Bench, type CellResult } from './benchmark.ts'
import { cells } from './cells.ts'
import { killClients } from './client-process.ts'
import { versionOf } from './commands.ts'
import { page, writeDocs } from './docs.ts'
import { growthLines } from './growth-tables.ts'
import { measureGrowth, readGrowth, writeGrowth, type GrowthRun } from './growth.ts'
import { installNullBroker } from './install-broker.ts'
import { thisMachine } from './machine.ts'
import { lineUp } from './peers.ts'
import { profileCell } from './profile-run.ts'
import { mergeRuns, readRun, writeRun, type Run } from './run-file.ts'
import { kafkaStage } from './stage-kafka.ts'
import { nullStage } from './stage-null.ts'
import { tableOf } from './table.ts'
import { isMissedByRawToo, judge, judgePrograms } from './targets.ts'
import { writePlots } from './write-plots.ts'

const say = (line: string): void => console.log(line)

async function main(given: BenchArguments): Promise<void> {
  if (given.from.length > 0)
    return document(
      given.from.map(path => readGrowth(path) ?? readRun(path)),
      given
    )
  if (given.growth) return grow(given)
  const lineup = await lineUp(given.profile ? ['ours'] : given.peers, given.node, say)
  for (const { name, reason } of lineup.absent) say(`Absent: ${name}, because ${reason}`)
  try {
    const stage = given.kafka === null ? nullStage(await installNullBroker(say)) : await kafkaStage(given.kafka, say)
    try {
      const pinning = pinningOf(given.kafka === null && (await versionOf('taskset')) !== null)
      await runAll({ given, lineup, stage, pinning, say })
    } finally {
      await stage.stop()
    }
  } finally {
    rmSync(lineup.frozen, { recursive: true, force: true })
  }
}

async function runAll(bench: Bench): Promise<void> {
  const { given, lineup, stage } = bench
  if (given.profile) {
    for (const cell of given.cells) await profileCell(bench, cell)
    return
  }
  const end = performance.now() + given.limitMs
  const results: CellResult[] = []
  const skipped: { cell: string; reason: string }[] = []
  const machine = thisMachine(lineup.nodeVersion)
  const run: Run = { kind: stage.kind, stage: stage.name, machine, results, absent: lineup.absent, skipped }
  const keep = keeper(given, run)
  // A file to which this run cannot be added is known before hours are spent.
  keep()
  for (const [index, cell] of given.cells.entries()) {
    const now = performance.now()
    // What earlier cells have left, in equal parts.
    const share = (end - now) / (given.cells.length - index)
    const late = results.length > 0 && share < 0
    const result = late ? 'no time was left' : await runCell(bench, cell, now + share)
    if (typeof result === 'string') skipped.push({ cell: cell.name, reason: result })
    else results.push(result)
    keep()
  }
  tell(run)
  if (given.svg !== null) writePlots(given.svg, run)
  if (given.docs) document([keep()], given)
}

/** Saves what there is by now, together with what the file held before. @returns both together */
function keeper({ json, add }: BenchArguments, run: Run): () => Run {
  const earlier = json !== null && add && existsSync(json) ? readRun(json) : null
  return () => {
    const all = earlier === null ? run : mergeRuns(earlier, run)
    if (json !== null) writeRun(json, all)
    return all
  }
}

function tell(run: Run): void {
  say(`\nOn ${run.stage}. “ours ×”: how many times better ours is, median of the rounds (least–most).`)
  for (const result of run.results) say(`\n${tableOf(result).join('\n')}`)
  say('')
  for (const { name, reason } of run.absent) say(`Absent: ${name}, because ${reason}`)
  for (const { cell, reason } of run.skipped) say(`Left out: ${cell}, because ${reason}`)
  const verdicts = [...run.results.flatMap(result => judge(result, run.kind)), ...judgePrograms(run.results)]
  for (const verdict of verdicts)
    say(
      `${verdict.met ? 'met   ' : 'MISSED'} ${verdict.text}${isMissedByRawToo(verdict) ? '; raw misses it, too' : ''}`
    )
}

async function grow(given: BenchArguments): Promise<void> {
  const run = await measureGrowth(given, say)
  say(`\n${growthLines(run).join('\n')}`)
  if (given.json !== null) writeGrowth(given.json, run)
  if (given.docs) document([run], given)
}

function document(runs: readonly (Run | GrowthRun)[], { section }: BenchArguments): void {
  writeDocs(runs, section)
  say(`Wrote ${page}`)
}

/** @param ms since this process was started */
function tookText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function argumentsOrNull(): BenchArguments | null {
  try {
    const given = readArguments(process.argv.slice(2))
    if (given === null) say(cells.map(({ name }) => name).join('\n'))
    return given
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exitCode = 1
    return null
  }
}

// Clients whose turn it is not stand still, and would for ever.
process.once('exit', killClients)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]))

const given = argumentsOrNull()
if (given !== null) {
  await main(given)
  say(`\nTook ${tookText(performance.now())}`)
}
