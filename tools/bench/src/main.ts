// `pnpm bench`: side by side with the other clients. Progress while it runs, tables and verdicts at the end.
import { rmSync } from 'node:fs'
import { readArguments, usage, type BenchArguments } from './arguments.ts'
import { pinningOf, runCell, type Bench, type CellResult } from './benchmark.ts'
import { cells } from './cells.ts'
import { versionOf } from './commands.ts'
import { installNullBroker } from './install-broker.ts'
import { lineUp, type Lineup } from './peers.ts'
import { profileCell } from './profile-run.ts'
import { writeJson, writePlots, type Run } from './report.ts'
import { kafkaStage } from './stage-kafka.ts'
import { nullStage } from './stage-null.ts'
import { tableOf } from './table.ts'
import { judge } from './targets.ts'

const say = (line: string): void => console.log(line)

async function main(given: BenchArguments): Promise<void> {
  const lineup = await lineUp(given.profile ? ['ours'] : given.peers, say)
  for (const { name, reason } of lineup.absent) say(`Absent: ${name}, because ${reason}`)
  try {
    const stage = given.kafka === null ? nullStage(await installNullBroker(say)) : await kafkaStage(given.kafka, say)
    try {
      const pinning = pinningOf(given.kafka === null && (await versionOf('taskset')) !== null)
      await runAll({ given, lineup, stage, pinning, say }, lineup)
    } finally {
      await stage.stop()
    }
  } finally {
    rmSync(lineup.frozen, { recursive: true, force: true })
  }
}

async function runAll(bench: Bench, { absent }: Lineup): Promise<void> {
  const { given } = bench
  if (given.profile) {
    for (const cell of given.cells) await profileCell(bench, cell)
    return
  }
  const end = performance.now() + given.limitMs
  const results: CellResult[] = []
  const skipped: { cell: string; reason: string }[] = []
  for (const [index, cell] of given.cells.entries()) {
    const now = performance.now()
    // What earlier cells have left, in equal parts.
    const share = (end - now) / (given.cells.length - index)
    const late = results.length > 0 && share < 0
    const result = late ? 'no time was left' : await runCell(bench, cell, now + share)
    if (typeof result === 'string') skipped.push({ cell: cell.name, reason: result })
    else results.push(result)
  }
  tell({ stage: bench.stage.name, results, absent, skipped }, given)
}

function tell(run: Run, { json, svg, kafka }: BenchArguments): void {
  say(`\nOn ${run.stage}. “ours ×”: how many times better ours is, median of the rounds (least–most).`)
  for (const result of run.results) say(`\n${tableOf(result).join('\n')}`)
  say('')
  for (const { name, reason } of run.absent) say(`Absent: ${name}, because ${reason}`)
  for (const { cell, reason } of run.skipped) say(`Left out: ${cell}, because ${reason}`)
  const verdicts = kafka === null ? run.results.flatMap(judge) : []
  for (const { met, text } of verdicts) say(`${met ? 'met   ' : 'MISSED'} ${text}`)
  if (json !== null) writeJson(json, run)
  if (svg !== null) writePlots(svg, run)
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

const given = argumentsOrNull()
if (given !== null) {
  await main(given)
  say(`\nTook ${tookText(performance.now())}`)
}
