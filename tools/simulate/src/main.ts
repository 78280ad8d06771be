// `pnpm simulate`: runs scenarios under many seeds; the exit status says whether every claim held and every fault struck.
import { availableParallelism } from 'node:os'
import { readArguments, usage, type SimulateArguments } from './arguments.ts'
import { coverageOf } from './cover/files.ts'
import { coverageLines, uncoveredLines } from './cover/table.ts'
import { huntAll } from './planted/hunt-all.ts'
import { ProgressLine } from './progress-line.ts'
import { invariantLines, neverJudged, scenarioLine, storyLines, wireLines } from './report.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { shrink } from './shrink.ts'
import { judgePlan, planOf } from './simulate.ts'
import type { Tally } from './tally.ts'
import { runOnThreads, type ThreadCoverage } from './threads.ts'

const say = (line: string): void => console.log(line)

function chosen({ scenarios: ids, groups, full }: SimulateArguments): Scenario[] {
  return scenarios.filter(({ id, group, isFull = false }) => {
    if (isFull !== full) return false
    const byId = ids.length === 0 || ids.some(each => id === each || id.replace(/[a-z]$/, '') === each)
    return byId && (groups.length === 0 || groups.includes(group))
  })
}

async function main(given: SimulateArguments): Promise<boolean> {
  if (given.planted !== null) {
    const all = scenarios.filter(({ isFull = false }) => !isFull).map(({ id }) => id)
    return huntAll({ ...given.planted, jobs: given.jobs }, all, say)
  }
  const these = chosen(given)
  if (these.length === 0) throw new Error('No scenario has such an id or group')
  const startedMs = performance.now()
  const bottom = new ProgressLine(process.stderr, given.seeds ?? these.length, () => performance.now())
  const seeds = { first: given.firstSeed, runs: given.seeds }
  const ids = these.map(each => each.id)
  const { tallies, coverage } = await runOnThreads(ids, seeds, given, {
    ran: (runs, failed) => bottom.ran(runs, failed),
    finished: tally => {
      bottom.clear()
      tellScenario(
        these.find(each => each.id === tally.scenario)!,
        tally,
        given.verbose
      )
    }
  })
  bottom.clear()
  const seconds = (performance.now() - startedMs) / 1_000
  const runs = tallies.reduce((sum, tally) => sum + tally.runs, 0)
  say('')
  for (const line of invariantLines(tallies)) say(line)
  say(`\n${runs} runs in ${seconds.toFixed(1)} s: ${(runs / seconds).toFixed(0)} seeds/s`)
  if (given.coverage) await tellCoverage(coverage, given.uncovered)
  await tellFailures(these, tallies, given)
  return verdictOf(tallies, these, given)
}

async function tellCoverage(threads: readonly ThreadCoverage[], uncovered: readonly string[]): Promise<void> {
  const files = await coverageOf(threads)
  say('')
  for (const line of coverageLines(files)) say(line)
  const asked = files.filter(({ file }) => uncovered.some(part => file.includes(part)))
  for (const line of uncoveredLines(asked)) say(line)
}

function tellScenario(scenario: Scenario, tally: Tally, verbose: boolean): void {
  say(scenarioLine(scenario, tally))
  if (!verbose) return
  say(`         ${JSON.stringify(tally.judged)}`)
  for (const { seed, violations } of tally.failures)
    say(`         seed ${seed}  ${violations[0]!.id}: ${violations[0]!.text}`)
}

async function tellFailures(
  these: readonly Scenario[],
  tallies: readonly Tally[],
  given: SimulateArguments
): Promise<void> {
  for (const [place, tally] of tallies.entries()) {
    const first = tally.failures[0]
    if (first === undefined) continue
    const scenario = these[place]!
    say(`\n${scenario.id}, seed ${first.seed}: ${scenario.title}`)
    for (const { id, text } of first.violations.slice(0, 5)) say(`  ${id}: ${text}`)
    if (given.medium === 'memory') await tellStory(scenario, first.seed, given.verbose)
    say(
      `  Again: pnpm simulate --scenario ${scenario.id} --seed ${first.seed} --verbose${given.medium === 'tcp' ? ' --tcp' : ''}`
    )
  }
}

async function tellStory(scenario: Scenario, seed: number, verbose: boolean): Promise<void> {
  try {
    const verdict = await judgePlan(scenario, planOf(scenario, seed))
    const [violation] = verdict.violations
    if (violation === undefined) return say('  It does not fail alone: something carried over from the runs before it')
    const plan = await shrink(scenario, verdict.run.plan, violation)
    for (const line of storyLines(plan)) say(line)
    if (!verbose) return
    const again = await judgePlan(scenario, plan)
    for (const { id, text } of again.violations.slice(0, 5)) say(`  ${id}: ${text}`)
    for (const line of wireLines(again.run)) say(line)
  } catch (error) {
    say(`  ${error instanceof Error ? error.message : String(error)}`)
  }
}

function verdictOf(tallies: readonly Tally[], these: readonly Scenario[], given: SimulateArguments): boolean {
  const failed = tallies.filter(tally => tally.failed > 0)
  // One seed may miss it; a share of them may not.
  const silent = given.seeds === null ? [] : tallies.filter(tally => tally.runs > 1 && tally.struck === 0)
  const isAll = these.length === scenarios.filter(each => each.isFull !== true).length
  const unjudged = isAll && given.seeds !== null ? neverJudged(tallies) : []
  if (failed.length > 0) say(`\nFAILED: ${failed.map(tally => tally.scenario).join(', ')}`)
  if (silent.length > 0) say(`\nThe fault never struck: ${silent.map(tally => tally.scenario).join(', ')}`)
  if (unjudged.length > 0) say(`\nNever judged: ${unjudged.join(', ')}`)
  return failed.length === 0 && silent.length === 0 && unjudged.length === 0
}

Error.stackTraceLimit = 0
try {
  const given = readArguments(process.argv.slice(2), availableParallelism())
  process.exitCode = (await main(given)) ? 0 : 1
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
