// Counts that must not creep up: what a message allocates, and how many messages share a request.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { GuardFigures } from '../src/guard-main.ts'

// A process of its own, from the build: with a nursery in which all of its garbage has room, and on a single thread, so
// that code is optimised after as many calls in each run, however busy the machine is.
const program = fileURLToPath(new URL('../dist/guard-main.js', import.meta.url))
const flags = ['--single-threaded', '--min-semi-space-size=512', '--max-semi-space-size=512']

async function count(cell: string): Promise<GuardFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, cell], { timeout: 110_000 })
  // The program prints one such object.
  return JSON.parse(stdout) as GuardFigures
}

/**
 * Bytes on the heap for each message, the calls' promises and the broker's part in the process included, as counted on
 * Node 20, 22 and 24, whose compilers differ in what they need not allocate.
 */
const counted: readonly [cell: string, heapBytes: readonly [number, number, number], messagesPerRequest: number][] = [
  ['seq1/100B/none', [7635, 7563, 7415], 1],
  ['seq100/100B/none', [264, 257, 233], 100],
  ['seq10k/100B/none', [32, 48, 33], 5000],
  ['conc1k/100B/none', [909, 848, 855], 1000]
]
const major = Number.parseInt(process.versions.node, 10)
const column = major < 22 ? 0 : major < 24 ? 1 : 2

/** Less than the smallest object takes; for a request for each message as much as work on requests may cost, 1 %. */
const roomFor = (shared: number): number => (shared === 1 ? 120 : 12)

/** Now and then a compiler does not save what it saves as a rule: what three runs allocate, the code allocates. */
async function leastOfThree(cell: string, enough: number): Promise<GuardFigures> {
  let least = await count(cell)
  for (let run = 1; run < 3 && least.heapBytesPerMessage >= enough; run++) {
    const again = await count(cell)
    if (again.heapBytesPerMessage < least.heapBytesPerMessage) least = again
  }
  return least
}

describe.skipIf(!existsSync(program))('the cost of a message', () => {
  it.each(counted.map(([cell, heapBytes, shared]) => [cell, heapBytes[column] + roomFor(shared), shared] as const))(
    'in %s stays within %i bytes of heap, and requests are shared by %i',
    async (cell, heapBytes, messagesPerRequest) => {
      const figures = await leastOfThree(cell, heapBytes)
      expect(figures.messagesPerRequest).toBe(messagesPerRequest)
      expect(figures.heapBytesPerMessage).toBeLessThan(heapBytes)
      expect(figures.heapBytesPerMessage).toBeGreaterThan(0)
    },
    120_000
  )
})
