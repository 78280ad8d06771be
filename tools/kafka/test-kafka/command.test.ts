// The command as a person types it. It is run from `dist`, which `pnpm test:kafka` builds.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { packageFile } from '../src/places.ts'

let scratch = ''

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'sluice-command-'))
})

afterAll(async () => {
  await kafka('stop --all')
  rmSync(scratch, { recursive: true, force: true })
})

interface Ended {
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
}

function kafka(line: string, environment: Record<string, string> = {}): Promise<Ended> {
  const env = { ...process.env, SLUICE_STATE: join(scratch, 'state'), ...environment }
  const args = [packageFile('dist/main.js'), ...line.split(' ').filter(word => word !== '')]
  return new Promise(resolve => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? -1), stdout, stderr })
    })
  })
}

describe('pnpm kafka', () => {
  test('explains itself', async () => {
    const { status, stdout } = await kafka('')
    expect(status).toBe(0)
    expect(stdout).toContain('pnpm kafka start')
  })

  test('ends with 2 for arguments that make no sense', async () => {
    const { status, stdout, stderr } = await kafka('start --nodes many')
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('--nodes wants a whole number')
  })

  test('ends with 1 for a cluster that is not there', async () => {
    expect(await kafka('kill 1 --name nobody')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no cluster nobody')
    })
  })

  test('ends with 1 without Java and says what to install', async () => {
    const { status, stderr } = await kafka('start', { PATH: join(scratch, 'empty'), JAVA_HOME: '' })
    expect(status).toBe(1)
    expect(stderr).toContain('Java was not found')
    expect(stderr).toContain('compose.yaml')
  })

  test('ends with 1 without Maven when it has to fetch', async () => {
    const bin = join(scratch, 'bin')
    mkdirSync(bin)
    const java = await new Promise<string>(resolve => {
      execFile('/bin/sh', ['-c', 'command -v java'], (_, stdout) => resolve(stdout.trim()))
    })
    symlinkSync(java, join(bin, 'java'))
    const { status, stderr } = await kafka('start', { PATH: bin, JAVA_HOME: '', SLUICE_CACHE: join(scratch, 'cache') })
    expect(status).toBe(1)
    expect(stderr).toContain('Maven (mvn) was not found')
    expect(stderr).toContain('compose.yaml')
  })

  test('starts, tells, hurts, heals and stops a cluster', async () => {
    const started = await kafka('start --nodes 3 --name trio')
    expect(started.status).toBe(0)
    expect(started.stdout).toMatch(/^127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+\n$/)
    expect(await kafka('start --name trio')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is there already')
    })

    expect(await kafka('kill 2 --name trio')).toMatchObject({ status: 0 })
    expect(await kafka('pause 3 --name trio')).toMatchObject({ status: 0 })
    const hurt = await kafka('status --name trio')
    expect(hurt.stdout).toMatch(/node 1: running[^]*node 2: ended[^]*node 3: paused/)

    expect(await kafka('resume 3 --name trio')).toMatchObject({ status: 0 })
    expect(await kafka('restart 2 --name trio')).toMatchObject({ status: 0 })
    const healed = await kafka('status')
    expect(healed.stdout.match(/running.*sees brokers \[1, 2, 3\]/g)).toHaveLength(3)

    expect(await kafka('kill 9 --name trio')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('has no node 9')
    })
    expect(await kafka('stop --name trio')).toMatchObject({ status: 0 })
    expect((await kafka('status')).stdout).toBe('No cluster is running\n')
  }, 900_000)
})
