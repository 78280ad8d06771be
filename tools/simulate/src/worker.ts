// A thread that runs seeds as they are handed to it, perhaps with a bug planted in it.
import { parentPort, workerData } from 'node:worker_threads'
import { plantIn } from '@sluice/plants'
import { isCovered } from './cover/files.ts'
import { CoverageTap } from './cover/tap.ts'
import type { ThreadOptions, ThreadTask } from './threads.ts'

// Errors are made by the thousand here, and nobody reads where they came from.
Error.stackTraceLimit = 0

// Set by whoever made this thread.
const { coverage, medium, planted } = workerData as ThreadOptions
const tap = new CoverageTap()
if (coverage) tap.start()
if (planted.length > 0) plantIn(planted)
// Only now: what modules do when they are loaded counts, too, and what is planted is loaded.
const [{ runSeeds }, { scenarios }] = await Promise.all([import('./batch.ts'), import('./scenarios/index.ts')])

parentPort!.on('message', (task: ThreadTask) => {
  if (task === 'end') return parentPort!.postMessage({ coverage: coverage ? tap.take(isCovered) : [] })
  const found = scenarios.find(each => each.id === task.scenario)!
  void runSeeds(found, task, medium).then(tally => parentPort!.postMessage({ tally }))
})
