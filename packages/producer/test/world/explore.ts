// Runs worlds under many seeds, and tells of each that broke a promise.
import { brokenPromises, impatience } from './judge.ts'
import { worlds } from './worlds.ts'
import { World } from './world.ts'

const steps = 300

/** Every promise that the queue breaks in this world. */
export function explore(name: string, seed: number, listener?: (line: string) => void): string[] {
  const { faults, isPatient = false } = worlds[name]!
  const { stackTraceLimit } = Error
  // Thousands of errors are made, and nobody looks where.
  Error.stackTraceLimit = 0
  try {
    const world = new World(seed, faults, listener)
    world.run(steps)
    return isPatient ? [...brokenPromises(world), ...impatience(world)] : brokenPromises(world)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
