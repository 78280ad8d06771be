// A broker from before KRaft, and the ZooKeeper that it needs: enough to see how old brokers speak.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Installation, Progress } from './installation.ts'
import { brokerJvmOptions, installOld, toolJvmOptions } from './installation.ts'
import { runJava } from './java.ts'
import { launch, waitUntilReady } from './nodes.ts'
import type { NodePorts } from './ports.ts'
import { freeBase, portsFrom } from './ports.ts'
import { identify } from './processes.ts'
import type { Properties } from './properties.ts'
import { propertiesText, saslProperties } from './properties.ts'
import type { ClusterState, NodeState } from './state-file.ts'
import { directoryOf, newState, saveState } from './state-file.ts'

const startLimitMs = 120_000
const brokerId = 1
const zooKeeperId = 100

export interface OldClusterOptions {
  readonly name: string
  readonly version: string
  /** Name to password, for PLAIN and SCRAM. */
  readonly users: Readonly<Record<string, string>>
}

/** One broker with the listeners PLAINTEXT and SASL_PLAINTEXT. Ends with this process. */
export async function createZooKeeperCluster(options: OldClusterOptions, progress: Progress): Promise<ClusterState> {
  const installation = await installOld(options.version, progress)
  const base = await freeBase(2)
  const directory = directoryOf(options.name)
  const zooKeeper = prepare(installation, {
    id: zooKeeperId,
    roles: 'controller',
    ports: portsFrom(base, 1),
    directory: join(directory, 'zookeeper'),
    program: 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    properties: zooKeeperProperties
  })
  const broker = prepare(installation, {
    id: brokerId,
    roles: 'broker',
    ports: portsFrom(base, 0),
    directory: join(directory, 'node1'),
    program: 'kafka.Kafka',
    properties: node => brokerProperties(node, placeOf(zooKeeper), options.users)
  })
  const nodes = [zooKeeper, broker]
  const { name, version, users } = options
  const state = newState({ name, version, clusterId: '', directory, owner: identify(process.pid, ''), users, nodes })
  saveState(state)
  nodes.forEach(launch)
  saveState(state)
  await waitUntilReady(nodes, startLimitMs)
  await Promise.all(Object.entries(users).map(user => addScramUser(installation, placeOf(zooKeeper), user)))
  return state
}

interface OldNode extends Omit<NodeState, 'command' | 'process'> {
  readonly program: string
  readonly properties: (node: { readonly ports: NodePorts; readonly directory: string }) => Properties
}

function prepare(installation: Installation, node: OldNode): NodeState {
  const { id, roles, ports, directory, program } = node
  const configuration = join(directory, 'server.properties')
  mkdirSync(join(directory, 'data'), { recursive: true })
  writeFileSync(configuration, propertiesText(node.properties(node)))
  const options = [...brokerJvmOptions(installation, directory), '-cp', installation.classpath]
  return {
    id,
    roles,
    ports,
    directory,
    command: [installation.java.path, ...options, program, configuration],
    process: null
  }
}

const placeOf = ({ ports }: NodeState): string => `127.0.0.1:${ports.CONTROLLER}`

const zooKeeperProperties: OldNode['properties'] = ({ ports, directory }) => ({
  dataDir: join(directory, 'data'),
  clientPort: String(ports.CONTROLLER),
  clientPortAddress: '127.0.0.1',
  maxClientCnxns: '0',
  'admin.enableServer': 'false'
})

function brokerProperties(
  { ports, directory }: { readonly ports: NodePorts; readonly directory: string },
  zooKeeper: string,
  users: OldClusterOptions['users']
): Properties {
  const listeners = (['PLAINTEXT', 'SASL_PLAINTEXT'] as const).map(name => `${name}://127.0.0.1:${ports[name]}`)
  return {
    'broker.id': String(brokerId),
    'zookeeper.connect': zooKeeper,
    'zookeeper.connection.timeout.ms': '60000',
    'log.dirs': join(directory, 'data'),
    listeners: listeners.join(','),
    ...saslProperties(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'], users),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0'
  }
}

/** Brokers look credentials up in ZooKeeper. */
async function addScramUser(
  installation: Installation,
  zooKeeper: string,
  [name, password]: [string, string]
): Promise<void> {
  const credentials = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(mechanism => `${mechanism}=[password=${password}]`)
  await runJava(installation.java, [
    ...toolJvmOptions(installation),
    '-cp',
    installation.classpath,
    'kafka.admin.ConfigCommand',
    ...['--zookeeper', zooKeeper, '--alter', '--entity-type', 'users', '--entity-name', name],
    ...['--add-config', credentials.join(',')]
  ])
}
