// Counts that must not creep up: what a message allocates, and how many messages share a request.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { GuardFigures } from '../src/guard-main.ts'

// A process of its own, from the build: with a nursery in which all of its garbage has room.
const program = fileURLToPath(new URL('../dist/guard-main.js', import.meta.url))
const nursery = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512']

async function count(cell: string): Promise<GuardFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [...nursery, program, cell], { timeout: 110_000 })
  // The program prints one such object.
  return JSON.parse(stdout) as GuardFigures
}

// Where one object more for each message must show, what Node itself does differently shows as well.
const lateNode = Number.parseInt(process.versions.node, 10) >= 22

/**
 * Bytes on the heap for each message, the calls' promises and the broker's part in the process included. About a third
 * above what was counted on Node 20 and 24, which differ by a tenth.
 */
const limits: readonly [cell: string, heapBytes: number, messagesPerRequest: number][] = [
  ['seq1/100B/none', 19_000, 1],
  ['seq100/100B/none', 680, 100],
  ['seq10k/100B/none', lateNode ? 125 : 90, 5000],
  ['conc1k/100B/none', 2600, 1000]
]

describe.skipIf(!existsSync(program))('the cost of a message', () => {
  it.each(limits)(
    'in %s stays within %i bytes of heap, and requests are shared by %i',
    async (cell, heapBytes, messagesPerRequest) => {
      const figures = await count(cell)
      expect(figures.messagesPerRequest).toBe(messagesPerRequest)
      expect(figures.heapBytesPerMessage).toBeLessThan(heapBytes)
      expect(figures.heapBytesPerMessage).toBeGreaterThan(0)
    },
    120_000
  )
})
