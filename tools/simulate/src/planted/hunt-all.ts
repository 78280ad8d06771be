// `pnpm simulate --planted`: every bug that is planted must be caught, or the harness has a hole.
import { misfits } from '@sluice/plants'
import { hunt } from './hunt.ts'
import type { Plant } from './plant.ts'
import { plants } from './plants/index.ts'
import { huntLines } from './report.ts'
import { SeedThread } from './seed-thread.ts'

export interface HuntArguments {
  /** Empty: all. */
  readonly names: readonly string[]
  /** Of each scenario. */
  readonly seeds: number
  readonly jobs: number
}

/** @returns whether every one was caught */
export async function huntAll(
  given: HuntArguments,
  scenarios: readonly string[],
  say: (line: string) => void
): Promise<boolean> {
  const wanted = chosen(given.names)
  const gone = await misfits(wanted.flatMap(plant => plant.changes))
  if (gone.length > 0) {
    say(`The code has changed, and what is planted must follow:\n${gone.join('\n')}`)
    return false
  }
  const startedMs = performance.now()
  const rest = [...wanted]
  let caught = 0
  const work = async (): Promise<void> => {
    const sound = new SeedThread([])
    for (let plant = rest.shift(); plant !== undefined; plant = rest.shift()) {
      // One after another: a thread has one bug at a time.
      // oxlint-disable-next-line no-await-in-loop
      const end = await hunt(plant, { scenarios, seeds: given.seeds, sound })
      for (const line of huntLines(end)) say(line)
      if (end.caught !== null) caught++
    }
    await sound.stop()
  }
  await Promise.all(Array.from({ length: given.jobs }, work))
  const seconds = (performance.now() - startedMs) / 1_000
  say(`\n${caught} of ${wanted.length} planted bugs caught in ${seconds.toFixed(1)} s`)
  return caught === wanted.length
}

function chosen(names: readonly string[]): Plant[] {
  const unknown = names.find(name => !plants.some(plant => plant.name === name))
  if (unknown !== undefined)
    throw new Error(`There is no planted bug "${unknown}": there are ${plants.map(({ name }) => name).join(', ')}`)
  return plants.filter(plant => names.length === 0 || names.includes(plant.name))
}
