// `pnpm explore`: the partition's queue in random worlds, under many seeds; the exit status says whether every promise held.
import { parseArgs } from 'node:util'
import { explore } from './explore.ts'
import { worlds } from './worlds.ts'

const usage = `pnpm explore [--seeds N] [--seed S] [--world NAME[,NAME]]

  --seeds N   of each world, default 1,000
  --seed S    the first; alone it means this one, told event by event
  --world     only these: ${Object.keys(worlds).join(', ')}`

const say = (line: string): void => console.log(line)
const mostTold = 5

interface Given {
  readonly names: readonly string[]
  readonly first: number
  readonly seeds: number
  readonly isTold: boolean
}

/** @throws Error with a text for people */
function readArguments(args: readonly string[]): Given {
  const options = { seeds: { type: 'string' }, seed: { type: 'string' }, world: { type: 'string' } } as const
  const { values } = parseArgs({ args: [...args], options })
  const names = values.world?.split(',') ?? Object.keys(worlds)
  const unknown = names.find(name => worlds[name] === undefined)
  if (unknown !== undefined) throw new Error(`There is no world "${unknown}"`)
  const isTold = values.seed !== undefined && values.seeds === undefined
  const seeds = isTold ? 1 : count('seeds', values.seeds ?? '1000')
  return { names, first: count('seed', values.seed ?? '1'), seeds, isTold }
}

function count(name: string, given: string): number {
  const number = Number(given)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new Error(`--${name} must be a whole number from 1, not ${given}`)
}

/** @returns how many seeds broke a promise */
function exploreWorld(name: string, { first, seeds, isTold }: Given): number {
  const lines: string[] = []
  let failed = 0
  for (let seed = first; seed < first + seeds; seed++) {
    const broken = explore(name, seed, isTold ? say : undefined)
    if (broken.length === 0) continue
    failed++
    if (failed <= mostTold) lines.push(...broken.slice(0, mostTold).map(line => `  seed ${seed}: ${line}`))
  }
  say(`${name.padEnd(24)} ${failed === 0 ? 'ok' : `FAILED with ${failed} of ${seeds} seeds`}`)
  for (const line of lines) say(line)
  return failed
}

function main(given: Given): boolean {
  const failed = given.names.filter(name => exploreWorld(name, given) > 0)
  say(`\n${given.names.length * given.seeds} runs`)
  for (const name of failed) say(`FAILED: ${name}. Event by event: pnpm explore --world ${name} --seed SEED`)
  return failed.length === 0
}

try {
  process.exitCode = main(readArguments(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
