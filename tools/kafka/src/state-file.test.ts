// The memory of started clusters, in a folder of its own.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { HarnessError, UsageError } from './failures.ts'
import { portsFrom } from './ports.ts'
import type { ClusterState } from './state-file.ts'
import { clusterNames, directoryOf, loadState, newState, removeState, saveState } from './state-file.ts'

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-state-'))
  vi.stubEnv('SLUICE_STATE', root)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

function cluster(name: string): ClusterState {
  const directory = directoryOf(name)
  const ports = portsFrom(9092, 0)
  const node = {
    id: 1,
    roles: 'broker,controller',
    ports,
    directory: join(directory, 'node1'),
    command: ['java']
  } as const
  const process = { pid: 42, started: '1', mark: 'server.properties' }
  const users = { alice: 'alice-secret' }
  return newState({
    name,
    version: '4.3.1',
    clusterId: 'x',
    directory,
    owner: null,
    users,
    nodes: [{ ...node, process }]
  })
}

describe('state file', () => {
  test('gives back what was saved', () => {
    const state = cluster('one')
    saveState(state)
    expect(loadState('one')).toEqual(state)
  })

  test('knows the clusters that were saved, and not their remains', () => {
    saveState(cluster('two'))
    saveState(cluster('one'))
    mkdirSync(join(root, 'kafka', 'half-made'))
    expect(clusterNames()).toEqual(['one', 'two'])
  })

  test('has nothing where nothing was saved', () => {
    expect(loadState('none')).toBeNull()
    expect(clusterNames()).toEqual([])
  })

  test('forgets a cluster with all its files', () => {
    const state = cluster('one')
    saveState(state)
    writeFileSync(join(state.directory, 'server.log'), '')
    removeState(state)
    expect(existsSync(state.directory)).toBe(false)
    expect(loadState('one')).toBeNull()
  })

  test.each(['{', 'null', '[]', '{"shape":0,"name":"one"}', '{"shape":1,"name":"other"}'])(
    'refuses a file that it did not write: %s',
    text => {
      mkdirSync(directoryOf('one'), { recursive: true })
      writeFileSync(join(directoryOf('one'), 'state.json'), text)
      expect(() => loadState('one')).toThrow(HarnessError)
    }
  )

  test.each(['', '..', '../up', 'a/b', '.hidden', 'a b'])('refuses as a name: "%s"', name => {
    expect(() => directoryOf(name)).toThrow(UsageError)
  })
})
