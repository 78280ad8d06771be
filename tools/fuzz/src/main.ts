// `pnpm fuzz`: the exit status says whether nothing was found, or, for planted faults, whether all were.
import { Allocations } from './allocations.ts'
import { readArguments, usage, type FuzzArguments } from './arguments.ts'
import { plants } from './plants.ts'
import { countLines, findingLines, plantLine } from './report.ts'
import { findingOf } from './strand.ts'
import { nameOf } from './target.ts'
import { targets } from './targets/index.ts'
import { fuzzInThread } from './thread.ts'

type Given<What extends FuzzArguments['what']> = Extract<FuzzArguments, { what: What }>

const say = (line: string): void => console.log(line)

async function fuzz({ seconds, seed, groups }: Given<'fuzz'>): Promise<boolean> {
  const names = targets.map(nameOf)
  const unknown = groups.find(group => !names.some(name => name.startsWith(group)))
  if (unknown !== undefined) throw new Error(`No target begins with "${unknown}": there are ${names.join(', ')}`)
  say(`Seed ${seed}, ${seconds} s`)
  const { counts, reports, residentBytes } = await fuzzInThread({
    plant: null,
    groups,
    seed,
    seconds,
    stopAtFirst: false
  })
  for (const line of countLines(counts)) say(line)
  const total = counts.reduce((sum, { executions }) => sum + executions, 0)
  const idle = counts.filter(({ executions }) => executions === 0)
  say(
    `\n${total.toLocaleString('en-US')} executions of ${counts.length} targets, at most ${Math.round(residentBytes / 2 ** 20)} MiB resident`
  )
  for (const report of reports) for (const line of findingLines(report, seed)) say(line)
  say(reports.length === 0 ? 'No finding' : `${reports.length} FINDINGS`)
  if (idle.length > 0) say(`Never executed: ${idle.map(({ name }) => name).join(', ')}`)
  return reports.length === 0 && idle.length === 0
}

async function findPlanted({ seconds, seed }: Given<'planted'>): Promise<boolean> {
  let found = 0
  for (const plant of plants) {
    const { groups } = plant
    // One after another: each shall have the machine for itself.
    // oxlint-disable-next-line no-await-in-loop
    const { counts, reports } = await fuzzInThread({ plant, groups, seed, seconds, stopAtFirst: true })
    const executions = counts.reduce((sum, count) => sum + count.executions, 0)
    say(plantLine(plant, reports[0], executions))
    if (reports.length > 0) found++
  }
  say(`\n${found} of ${plants.length} planted faults found`)
  return found === plants.length
}

async function replay({ target: name, input }: Given<'replay'>): Promise<boolean> {
  const target = targets.find(each => nameOf(each) === name)
  if (target === undefined) throw new Error(`There is no target "${name}"`)
  const allocations = new Allocations().watch()
  const finding = await findingOf(target, input, allocations)
  allocations.restore()
  say(finding === null ? 'No finding' : `${finding.kind}: ${finding.message}`)
  if (finding?.cause instanceof Error) say(finding.cause.stack ?? '')
  return finding === null
}

async function main(given: FuzzArguments): Promise<boolean> {
  switch (given.what) {
    case 'fuzz':
      return fuzz(given)
    case 'planted':
      return findPlanted(given)
    case 'replay':
      return replay(given)
  }
}

try {
  process.exitCode = (await main(readArguments(process.argv.slice(2)))) ? 0 : 1
} catch (error) {
  say(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
