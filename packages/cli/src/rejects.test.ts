import { createReadStream, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testShell } from '../test/shell.fixture.ts'
import { Rejects } from './rejects.ts'

const reject = {
  line: { number: 1, bytes: Buffer.from('bad'), tooLong: false },
  outcome: 'not-persisted',
  error: 'is not JSON'
} as const

describe('rejects', () => {
  // Story: `sluice produce --rejects today.jsonl < today.jsonl`. The file was emptied, and nothing was sent, with success.
  it('do not take the place of the input', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'sluice-rejects-')), 'today.jsonl')
    writeFileSync(path, '{}')
    const input = createReadStream(path, { fd: openSync(path, 'r') })
    expect(() => new Rejects(path, testShell({ input }))).toThrow('it is the input')
    expect(readFileSync(path, 'utf8')).toBe('{}')
    const other = new Rejects(`${path}.rejects`, testShell({ input }))
    await other.close()
    input.destroy()
    rmSync(dirname(path), { recursive: true })
  })

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
