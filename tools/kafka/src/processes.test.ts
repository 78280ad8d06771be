// Processes are recognised before they are touched.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { afterEach, describe, expect, test } from 'vitest'

import { end, identify, isOver, reach, signal, stateOf } from './processes.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A process that does nothing, with a word in its command line. */
function idle(mark: string): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', mark], { stdio: 'ignore' })
  children.push(child)
  return child.pid ?? 0
}

describe('processes', () => {
  test('are paused, resumed and ended', async () => {
    const identity = identify(idle('mark-one'), 'mark-one')
    if (identity === null) throw new Error('not recognised')
    expect(stateOf(identity)).toBe('running')
    expect(signal(identity, 'SIGSTOP')).toBe(true)
    await reach(identity, 'paused', 5000)
    expect(signal(identity, 'SIGCONT')).toBe(true)
    await reach(identity, 'running', 5000)
    await end(identity)
    expect(stateOf(identity)).toBe('ended')
    expect(signal(identity, 'SIGTERM')).toBe(false)
  })

  test('are recognised while they have no command line, as one that has just been started', async () => {
    const program = `process.title = ''; console.log('nameless'); setInterval(() => {}, 1e6)`
    const child = spawn(process.execPath, ['-e', program, 'mark-six'], { stdio: ['ignore', 'pipe', 'ignore'] })
    children.push(child)
    await once(child.stdout, 'data')
    const identity = identify(child.pid ?? 0, 'mark-six')
    if (identity === null) throw new Error('not recognised')
    expect(stateOf(identity)).toBe('running')
    await end(identity)
    expect(stateOf(identity)).toBe('ended')
  })

  test('are not recognised without their mark', () => {
    expect(identify(idle('mark-two'), 'mark-three')).toBeNull()
  })

  test('are left alone when another has taken their number', () => {
    const identity = identify(idle('mark-four'), 'mark-four')
    if (identity === null) throw new Error('not recognised')
    expect(signal({ ...identity, started: 'earlier' }, 'SIGKILL')).toBe(false)
    expect(signal({ ...identity, mark: 'mark-five' }, 'SIGKILL')).toBe(false)
    expect(stateOf(identity)).toBe('running')
  })

  test.each([
    ['runs', 'S', 40, false],
    ['is stopped', 'T', 40, false],
    ['has lost its first thread, and others still write', 'Z', 2, false],
    ['has lost them all', 'Z', 1, true],
    ['is being taken off the list', 'X', 0, true]
  ])('one that %s', (_name, state, threads, over) => {
    expect(isOver({ state, threads })).toBe(over)
  })
})
