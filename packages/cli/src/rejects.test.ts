import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { testShell } from '../test/shell.fixture.ts'
import { Rejects } from './rejects.ts'

const reject = {
  line: { number: 1, bytes: Buffer.from('bad'), tooLong: false },
  outcome: 'not-persisted',
  error: 'is not JSON'
} as const

describe('rejects', () => {
  // A device that is always full, where there is one.
  it.runIf(existsSync('/dev/full'))('keep nobody waiting for a file that cannot be written', async () => {
    const rejects = new Rejects('/dev/full', testShell())
    const broken = new Promise<void>(resolve => {
      rejects.onRoom(resolve)
    })
    rejects.add(reject)
    await broken
    expect(rejects.add(reject)).toBe(true)
    expect(rejects.broken?.message).toContain('ENOSPC')
    await rejects.close()
  })
})
