// What is remembered of a started cluster, so that another process can find, ask and end it.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { HarnessError, UsageError } from './failures.ts'
import { clustersDirectory } from './places.ts'
import type { NodePorts } from './ports.ts'
import type { ProcessIdentity } from './processes.ts'
import type { Roles } from './properties.ts'

/** Changes when the shape does; a file of another shape is not read. */
const shape = 1

export interface NodeState {
  readonly id: number
  readonly roles: Roles
  readonly ports: NodePorts
  /** Holds `data`, `server.properties` and `server.log`. */
  readonly directory: string
  /** Program and arguments; the same at every start. */
  readonly command: readonly string[]
  /** The JVM last started for it, alive or not; null before the first. */
  process: ProcessIdentity | null
}

export interface ClusterState {
  readonly shape: number
  readonly name: string
  readonly version: string
  readonly clusterId: string
  readonly directory: string
  /** A process whose end is the cluster's end as well; null for a cluster that stays. */
  readonly owner: ProcessIdentity | null
  /** Name to password, for PLAIN and SCRAM. */
  readonly users: Readonly<Record<string, string>>
  readonly nodes: readonly NodeState[]
}

/** @throws UsageError for a name that is not fit for a folder */
export function directoryOf(name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]{0,99}$/i.test(name)) {
    throw new UsageError(`Not a name for a cluster: ${name} (letters, digits, dots, hyphens and underscores)`)
  }
  return join(clustersDirectory(), name)
}

export function newState(state: Omit<ClusterState, 'shape'>): ClusterState {
  return { shape, ...state }
}

/** Whole or not at all: a reader never sees half of it. */
export function saveState(state: ClusterState): void {
  mkdirSync(state.directory, { recursive: true })
  const path = join(state.directory, 'state.json')
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify(state, null, 2)}\n`)
  renameSync(unfinished, path)
}

/** @returns null if there is no such cluster. @throws HarnessError if its file cannot be understood */
export function loadState(name: string): ClusterState | null {
  const directory = directoryOf(name)
  const path = join(directory, 'state.json')
  if (!existsSync(path)) return null
  const state = parse(readFileSync(path, 'utf8'))
  if (state !== null && state.shape === shape && state.name === name) return state
  throw new HarnessError(`${path} is not a cluster's state; end its Java processes by hand and delete ${directory}`)
}

export function removeState(state: ClusterState): void {
  rmSync(state.directory, { recursive: true, force: true, maxRetries: 3 })
}

/** Names of the clusters that have a state file, in alphabetical order. */
export function clusterNames(): string[] {
  const directory = clustersDirectory()
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter(name => existsSync(join(directory, name, 'state.json')))
    .toSorted()
}

function parse(text: string): ClusterState | null {
  try {
    const value: unknown = JSON.parse(text)
    // Written by saveState only; its `shape` is compared before anything else is read.
    return typeof value === 'object' && value !== null ? (value as ClusterState) : null
  } catch {
    return null
  }
}
