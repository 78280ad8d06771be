// A cluster on this machine: made, found again, and its nodes killed, paused and restarted.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { makeCertificates, writeCertificates } from './certificates.ts'
import { classArchive } from './class-archive.ts'
import { HarnessError, UsageError } from './failures.ts'
import type { Progress } from './installation.ts'
import { install } from './installation.ts'
import { isRunning, launch, logFile, prepareNode, waitUntilReady } from './nodes.ts'
import { firstTaken, freeBase, portsFrom } from './ports.ts'
import type { ProcessIdentity, ProcessState } from './processes.ts'
import { end, identify, reach, signal, stateOf } from './processes.ts'
import type { ClusterPlan, NodePlan, Properties } from './properties.ts'
import type { ClusterState, NodeState } from './state-file.ts'
import { clusterNames, directoryOf, loadState, newState, removeState, saveState } from './state-file.ts'
import { formatTemplate, randomUuid } from './template.ts'

export interface ClusterOptions {
  readonly name: string
  /** Brokers, 1 to 9. */
  readonly nodes: number
  readonly version: string
  /** First port, or null for free ones. */
  readonly port: number | null
  /** One node of its own is the controller, so that brokers may die in any number. */
  readonly isolated: boolean
  readonly properties: Properties
  readonly features: Readonly<Record<string, number>>
  /** Ends with this process. */
  readonly owned: boolean
}

/** For PLAIN and SCRAM. */
export const users = { alice: 'alice-secret', admin: 'admin-secret' }
/** Ids of brokers start at 1; the controller of an isolated cluster has this one. */
export const isolatedControllerId = 100

const startLimitMs = 120_000

export async function createCluster(options: ClusterOptions, progress: Progress): Promise<ClusterState> {
  await sweepAbandoned()
  const installation = await install(options.version, progress)
  const features = options.features
  if (Object.keys(features).length > 0 && !installation.release.features) {
    throw new UsageError(`Apache Kafka ${options.version} takes no feature levels at format`)
  }
  const template = await formatTemplate(installation, { users, features })
  const jvm = await classArchive(installation, template, progress)
  const base = await firstPort(options)
  const directory = claimDirectory(options.name)
  const plan = planOf(options, installation.release, base, directory)
  writeCertificates(plan.certificates, makeCertificates())
  const clusterId = randomUuid()
  const nodes = plan.nodes.map(node => prepareNode({ installation, plan, clusterId, template, jvm }, node))
  const { name, version } = options
  // Owned by this process until it is ready, so that an interrupted start is cleared away by the next.
  const starting = newState({ name, version, clusterId, directory, owner: thisProcess(), users, nodes })
  saveState(starting)
  try {
    nodes.forEach(launch)
    saveState(starting)
    await waitUntilReady(nodes, startLimitMs)
  } catch (error) {
    await destroyCluster(starting)
    throw error
  }
  const state = options.owned ? starting : { ...starting, owner: null }
  saveState(state)
  return state
}

/** Ends its nodes at once and deletes everything it wrote. */
export async function destroyCluster(state: ClusterState): Promise<void> {
  await Promise.all(state.nodes.flatMap(node => (node.process === null ? [] : [end(node.process)])))
  removeState(state)
}

/** Ends clusters whose owner ended without doing so. */
export async function sweepAbandoned(): Promise<void> {
  for (const name of clusterNames()) {
    const state = loadState(name)
    if (state !== null && state.owner !== null && stateOf(state.owner) === 'ended') await destroyCluster(state)
  }
}

export function nodeOf(state: ClusterState, id: number): NodeState {
  const node = state.nodes.find(candidate => candidate.id === id)
  if (node !== undefined) return node
  throw new UsageError(`Cluster ${state.name} has no node ${id}, only ${state.nodes.map(each => each.id).join(', ')}`)
}

export const processStateOf = (node: NodeState): ProcessState =>
  node.process === null ? 'ended' : stateOf(node.process)

export const logOf = (node: NodeState): string => (existsSync(logFile(node)) ? readFileSync(logFile(node), 'utf8') : '')

/** As a crash would: nothing is flushed or handed over. */
export async function killNode(node: NodeState): Promise<void> {
  await end(aliveProcess(node))
}

/** In good order: leadership moves to other nodes first. */
export async function terminateNode(node: NodeState): Promise<void> {
  const broker = aliveProcess(node)
  signal(broker, 'SIGCONT')
  signal(broker, 'SIGTERM')
  await reach(broker, 'ended', 60_000)
}

/** Its connections stay open and nothing is answered. */
export async function pauseNode(node: NodeState): Promise<void> {
  const broker = aliveProcess(node)
  signal(broker, 'SIGSTOP')
  await reach(broker, 'paused', 10_000)
}

export async function resumeNode(node: NodeState): Promise<void> {
  const broker = aliveProcess(node)
  signal(broker, 'SIGCONT')
  await reach(broker, 'running', 10_000)
}

/** Terminates it if it is alive, starts it, and returns when all running brokers see each other. */
export async function restartNode(state: ClusterState, node: NodeState): Promise<void> {
  if (processStateOf(node) !== 'ended') await terminateNode(node)
  launch(node)
  saveState(state)
  await waitUntilReady(state.nodes.filter(isRunning), startLimitMs)
}

function aliveProcess(node: NodeState): ProcessIdentity {
  if (node.process === null || processStateOf(node) === 'ended') {
    throw new HarnessError(`Node ${node.id} is not running; restart it first`)
  }
  return node.process
}

async function firstPort(options: ClusterOptions): Promise<number> {
  const nodes = options.nodes + (options.isolated ? 1 : 0)
  if (options.port === null) return freeBase(nodes)
  const taken = await firstTaken(options.port, nodes)
  if (taken === null) return options.port
  throw new HarnessError(`Port ${taken} on 127.0.0.1 is in use; give another base by --port, or none`)
}

/** A cluster of that name whose nodes have all ended makes room. */
function claimDirectory(name: string): string {
  const directory = directoryOf(name)
  const before = loadState(name)
  if (before !== null && before.nodes.some(node => processStateOf(node) !== 'ended')) {
    throw new HarnessError(`Cluster ${name} is there already; stop it first, or give another --name`)
  }
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  return directory
}

function thisProcess(): ProcessIdentity {
  const identity = identify(process.pid, '')
  if (identity === null) throw new HarnessError('This system does not tell about processes: neither /proc nor ps')
  return identity
}

function planOf(
  options: ClusterOptions,
  release: ClusterPlan['release'],
  base: number,
  directory: string
): ClusterPlan {
  const node = (id: number, index: number, roles: NodePlan['roles']): NodePlan => ({
    id,
    roles,
    ports: portsFrom(base, index),
    directory: join(directory, `node${id}`)
  })
  const roles = options.isolated ? 'broker' : 'broker,controller'
  const nodes = Array.from({ length: options.nodes }, (_, index) => node(index + 1, index, roles))
  if (options.isolated) nodes.push(node(isolatedControllerId, options.nodes, 'controller'))
  return { release, nodes, certificates: join(directory, 'certificates'), users, properties: options.properties }
}
