// `pnpm simulate`: runs scenarios under many seeds; the exit status says whether every claim held and every fault struck.
import { availableParallelism } from 'node:os'
import { readArguments, usage, type SimulateArguments } from './arguments.ts'
import { invariantLines, neverJudged, scenarioLine, storyLines, wireLines } from './report.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { shrink } from './shrink.ts'
import { judgePlan, planOf } from './simulate.ts'
import type { Tally } from './tally.ts'
import { runOnThreads } from './threads.ts'

const say = (line: string): void => console.log(line)

function chosen({ scenarios: ids, groups }: SimulateArguments): Scenario[] {
  return scenarios.filter(({ id, group }) => {
    const byId = ids.length === 0 || ids.some(each => id === each || id.replace(/[a-z]$/, '') === each)
    return byId && (groups.length === 0 || groups.includes(group))
  })
}

async function main(given: SimulateArguments): Promise<boolean> {
  const these = chosen(given)
  if (these.length === 0) throw new Error('No scenario has such an id or group')
  const startedMs = performance.now()
  const range = { from: given.firstSeed, count: given.seeds }
  const tallies = await runOnThreads(
    these.map(each => each.id),
    range,
    given.jobs
  )
  const seconds = (performance.now() - startedMs) / 1_000
  for (const [place, tally] of tallies.entries()) {
    say(scenarioLine(these[place]!, tally))
    if (given.verbose) {
      say(`         ${JSON.stringify(tally.judged)}`)
      for (const { seed, violations } of tally.failures)
        say(`         seed ${seed}  ${violations[0]!.id}: ${violations[0]!.text}`)
    }
  }
  const runs = tallies.reduce((sum, tally) => sum + tally.runs, 0)
  say('')
  for (const line of invariantLines(tallies)) say(line)
  say(`\n${runs} runs in ${seconds.toFixed(1)} s: ${(runs / seconds).toFixed(0)} seeds/s`)
  await tellFailures(these, tallies, given)
  return verdictOf(tallies, these, given)
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
    await tellStory(scenario, first.seed, given.verbose)
    say(`  Again: pnpm simulate --scenario ${scenario.id} --seed ${first.seed} --verbose`)
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
  const silent = tallies.filter(tally => tally.struck === 0)
  const unjudged = these.length === scenarios.length ? neverJudged(tallies) : []
  if (failed.length > 0) say(`\nFAILED: ${failed.map(tally => tally.scenario).join(', ')}`)
  if (silent.length > 0 && given.seeds > 1)
    say(`\nThe fault never struck: ${silent.map(tally => tally.scenario).join(', ')}`)
  if (unjudged.length > 0) say(`\nNever judged: ${unjudged.join(', ')}`)
  return failed.length === 0 && (silent.length === 0 || given.seeds === 1) && unjudged.length === 0
}

Error.stackTraceLimit = 0
try {
  const given = readArguments(process.argv.slice(2), availableParallelism())
  process.exitCode = (await main(given)) ? 0 : 1
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
