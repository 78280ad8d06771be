// Who is measured, and how each is started on this machine.
import { join } from 'node:path'
import { versionOf } from './commands.ts'
import { freeze } from './freeze.ts'
import { buildNative, installPeers, nativePeers, type Installed, type Say } from './install-npm.ts'
import { installFranz, installJava, installLibrdkafka } from './install-programs.ts'
import { modulesFor, type NodeMajor } from './places.ts'

export interface Peer {
  readonly name: string
  /** What the client program calls it. */
  readonly client: string
  /** A program in another language: one producer, no TLS, no latencies. */
  readonly program: boolean
  readonly command: readonly string[]
  /** Settings of `linger` of which the better one counts; others ignore it. */
  readonly lingersMs: readonly number[]
}

export interface AbsentPeer {
  readonly name: string
  readonly reason: string
}

export const peerNames: readonly string[] = [
  'ours',
  'ours-this-node',
  'ours-plain',
  'platformatic',
  'kafkajs',
  'confluent',
  'confluent-rdkafka',
  'node-rdkafka',
  'librdkafka',
  'java',
  'franz-go',
  'raw'
]

/** The other clients for Node: those that the targets speak of. */
export const rivalNames: readonly string[] = [
  'platformatic',
  'kafkajs',
  'confluent',
  'confluent-rdkafka',
  'node-rdkafka'
]

/** The rivals in Node, and the limit. */
export const quickPeers: readonly string[] = [
  'ours',
  'platformatic',
  'kafkajs',
  'confluent',
  'confluent-rdkafka',
  'raw'
]

export interface Lineup {
  readonly peers: readonly Peer[]
  readonly absent: readonly AbsentPeer[]
  /** The version of Node under which the clients run. */
  readonly nodeVersion: string
  /** The folder whose node_modules holds the peers. */
  readonly modules: string
  /** A copy of what is built, to be removed at the end. */
  readonly frozen: string
}

const waits = [0, 5]
const atOnce = [0]

export async function lineUp(wanted: readonly string[], major: NodeMajor, say: Say): Promise<Lineup> {
  const installed = await installPeers(major, say)
  const frozen = freeze()
  const entry = join(frozen, 'tools/bench/dist/client-main.js')
  const peers: Peer[] = []
  const absent: AbsentPeer[] = []
  for (const name of wanted) {
    const found = await findPeer(name, installed, entry, say)
    if (typeof found === 'string') absent.push({ name, reason: found })
    else peers.push(found)
  }
  const { node, modules } =
    typeof installed === 'string' ? { node: process.execPath, modules: modulesFor(major) } : installed
  return { peers, absent, nodeVersion: (await versionOf(node)) ?? 'unknown', modules, frozen }
}

/** How it is started, or why it cannot be. */
async function findPeer(name: string, installed: Installed | string, entry: string, say: Say): Promise<Peer | string> {
  if (name === 'java') return program(name, await installJava(), waits)
  if (name === 'franz-go') return program(name, await installFranz(say), atOnce)
  if (name === 'ours-this-node') return inNode(name, 'ours', process.execPath, entry, atOnce)
  if (typeof installed === 'string')
    return name.startsWith('ours') ? inNode(name, name, process.execPath, entry, atOnce) : installed
  if (name === 'librdkafka') return program(name, await installLibrdkafka(installed.modules, say), waits)
  if (name === 'confluent' || name === 'confluent-rdkafka' || name === 'node-rdkafka') {
    const native = nativePeers[name === 'node-rdkafka' ? name : 'confluent']
    return (await buildNative(native, installed, say)) ?? inNode(name, name, installed.node, entry, waits)
  }
  return inNode(name, name, installed.node, entry, atOnce)
}

function inNode(name: string, client: string, node: string, entry: string, lingersMs: readonly number[]): Peer {
  return { name, client, program: false, command: [node, entry], lingersMs }
}

function program(name: string, found: readonly string[] | string, lingersMs: readonly number[]): Peer | string {
  return typeof found === 'string' ? found : { name, client: name, program: true, command: found, lingersMs }
}
