// A thread that runs seeds as they are handed to it.
import { parentPort } from 'node:worker_threads'
import { runSeeds, type SeedRange } from './batch.ts'
import { scenarios } from './scenarios/index.ts'

// Errors are made by the thousand here, and nobody reads where they came from.
Error.stackTraceLimit = 0

parentPort!.on('message', ({ scenario, from, count }: SeedRange) => {
  const found = scenarios.find(each => each.id === scenario)!
  void runSeeds(found, from, count).then(tally => parentPort!.postMessage(tally))
})
