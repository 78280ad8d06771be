// The command `pnpm kafka`.
import type { Command, NodeAction } from './arguments.ts'
import { parseCommand, usage } from './arguments.ts'
import {
  createCluster,
  destroyCluster,
  killNode,
  nodeOf,
  pauseNode,
  processStateOf,
  restartNode,
  resumeNode,
  sweepAbandoned
} from './cluster.ts'
import { HarnessError, UsageError } from './failures.ts'
import { logFile } from './nodes.ts'
import type { ClientListener } from './ports.ts'
import { clientListeners } from './ports.ts'
import { askBroker } from './probe.ts'
import { advertisedHost } from './properties.ts'
import type { ClusterState, NodeState } from './state-file.ts'
import { clusterNames, loadState } from './state-file.ts'

const tell = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

async function run(command: Command): Promise<void> {
  switch (command.do) {
    case 'help':
      process.stdout.write(usage)
      return
    case 'start':
      return start(command)
    case 'stop':
      return stop(command.names)
    case 'status':
      return status(command.names)
    case 'kill':
    case 'pause':
    case 'resume':
    case 'restart':
      return act(command.do, command.name, command.node)
  }
}

async function start(command: Extract<Command, { do: 'start' }>): Promise<void> {
  const { name, nodes, version, port, isolated, properties } = command
  const startedMs = performance.now()
  const options = { name, nodes, version, port, isolated, properties, features: {}, owned: false }
  const state = await createCluster(options, tell)
  process.stdout.write(`${bootstrapOf(state, 'PLAINTEXT')}\n`)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  tell(`Apache Kafka ${version} is up after ${seconds} s, cluster ${name}`)
  for (const listener of clientListeners) tell(`  ${listener.padEnd(14)} ${bootstrapOf(state, listener)}`)
  tell(`  certificates   ${state.directory}/certificates (ca.pem; client.key and client.pem for MTLS)`)
  tell(
    `  users          ${Object.entries(state.users)
      .map(pair => pair.join(' / '))
      .join(', ')}`
  )
}

async function stop(names: readonly string[] | 'all'): Promise<void> {
  for (const state of statesOf(names)) {
    await destroyCluster(state)
    tell(`Cluster ${state.name} is stopped and its data deleted`)
  }
}

async function status(names: readonly string[] | 'all'): Promise<void> {
  await sweepAbandoned()
  const states = statesOf(names)
  if (states.length === 0) process.stdout.write('No cluster is running\n')
  for (const state of states) {
    process.stdout.write(`${state.name}: Apache Kafka ${state.version}, cluster id ${state.clusterId}\n`)
    for (const node of state.nodes) process.stdout.write(`  ${await describe(node)}\n`)
  }
}

async function act(action: NodeAction, name: string, id: number): Promise<void> {
  const [state] = statesOf([name])
  if (state === undefined) return
  const node = nodeOf(state, id)
  switch (action) {
    case 'kill':
      await killNode(node)
      return tell(`Node ${id} is killed`)
    case 'pause':
      await pauseNode(node)
      return tell(`Node ${id} is paused`)
    case 'resume':
      await resumeNode(node)
      return tell(`Node ${id} goes on`)
    case 'restart':
      await restartNode(state, node)
      return tell(`Node ${id} is up`)
  }
}

function statesOf(names: readonly string[] | 'all'): ClusterState[] {
  return (names === 'all' ? clusterNames() : names).map(name => {
    const state = loadState(name)
    if (state === null) throw new HarnessError(`There is no cluster ${name}; \`pnpm kafka status\` lists them`)
    return state
  })
}

function bootstrapOf(state: ClusterState, listener: ClientListener): string {
  const brokers = state.nodes.filter(node => node.roles !== 'controller')
  return brokers.map(node => `${advertisedHost(listener)}:${node.ports[listener]}`).join(',')
}

async function describe(node: NodeState): Promise<string> {
  const now = processStateOf(node)
  const where = node.process === null || now === 'ended' ? '' : `, pid ${node.process.pid}`
  const view = now === 'running' && node.roles !== 'controller' ? await askBroker(node.ports.PLAINTEXT) : null
  const sees = view === null ? '' : `, sees brokers [${view.brokers.join(', ')}]`
  const address = node.roles === 'controller' ? 'controller' : `127.0.0.1:${node.ports.PLAINTEXT}`
  return `node ${node.id}: ${now}${where}, ${address}${sees}, log ${logFile(node)}`
}

try {
  await run(parseCommand(process.argv.slice(2)))
} catch (error) {
  if (error instanceof UsageError) {
    tell(`${error.message}\n\n${usage}`)
    process.exitCode = 2
  } else if (error instanceof HarnessError) {
    tell(error.message)
    process.exitCode = 1
  } else {
    throw error
  }
}
