// A running cluster as a test suite holds it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  destroyCluster,
  killNode,
  logOf,
  nodeOf,
  pauseNode,
  processStateOf,
  restartNode,
  resumeNode,
  terminateNode
} from './cluster.ts'
import type { DumpedBatch } from './dump.ts'
import { parseDump } from './dump.ts'
import { HarnessError } from './failures.ts'
import type { Installation } from './installation.ts'
import { isRunning, waitUntilAgreed, waitUntilReady } from './nodes.ts'
import { Oracle } from './oracle.ts'
import type {
  ClusterDescription,
  ProducedRecord,
  ReadOptions,
  ReadRecord,
  RecordToProduce,
  TopicDescription,
  TopicOptions,
  TopicSummary
} from './oracle-answers.ts'
import { toHexRecord, toReadRecord } from './oracle-answers.ts'
import type { ClientListener, NodePorts } from './ports.ts'
import type { PartitionView } from './probe.ts'
import type { ProcessState } from './processes.ts'
import { signal } from './processes.ts'
import { advertisedHost } from './properties.ts'
import type { ClusterState, NodeState } from './state-file.ts'
import type { ConsoleOptions } from './tools.ts'
import { consoleConsume, dumpLog } from './tools.ts'

export interface KafkaNode {
  /** 1, 2, 3, ...; 100 for a controller of its own. */
  readonly id: number
  readonly roles: 'broker,controller' | 'broker' | 'controller'
  /** On 127.0.0.1, by listener. */
  readonly ports: NodePorts
  readonly state: ProcessState
  /** Of the JVM last started. */
  readonly pid: number | null
}

export interface TlsFiles {
  /** The authority's certificate, PEM; it signed the servers' and the client's. */
  readonly ca: string
  /** For the MTLS listener; the principal is `User:CN=client`. */
  readonly key: string
  readonly cert: string
}

const readyLimitMs = 30_000

export class KafkaCluster implements AsyncDisposable {
  readonly #installation: Installation
  readonly #state: ClusterState
  #oracle: Promise<Oracle> | null = null
  #stopped: Promise<void> | null = null
  readonly #killAtExit = (): void => this.#killAll()

  constructor(installation: Installation, state: ClusterState) {
    this.#installation = installation
    this.#state = state
    process.once('exit', this.#killAtExit)
  }

  get name(): string {
    return this.#state.name
  }

  get version(): string {
    return this.#state.version
  }

  get clusterId(): string {
    return this.#state.clusterId
  }

  /** Holds the nodes' folders and the certificates until `stop`. */
  get directory(): string {
    return this.#state.directory
  }

  /** Of the PLAINTEXT listeners: `127.0.0.1:9092,127.0.0.1:9102`. */
  get bootstrap(): string {
    return this.bootstrapOf('PLAINTEXT')
  }

  /** `localhost` where TLS is spoken, else 127.0.0.1. */
  bootstrapOf(listener: ClientListener): string {
    const brokers = this.brokers.map(node => `${advertisedHost(listener)}:${node.ports[listener]}`)
    return brokers.join(',')
  }

  get brokers(): readonly KafkaNode[] {
    return this.nodes.filter(node => node.roles !== 'controller')
  }

  /** The brokers and, in an isolated cluster, the controller. */
  get nodes(): readonly KafkaNode[] {
    return this.#state.nodes.map(view)
  }

  /** Name to password, for PLAIN and, from Kafka 3.5, SCRAM. */
  get users(): Readonly<Record<string, string>> {
    return this.#state.users
  }

  get tls(): TlsFiles {
    const pem = (name: string): string => readFileSync(join(this.directory, 'certificates', name), 'utf8')
    return { ca: pem('ca.pem'), key: pem('client.key'), cert: pem('client.pem') }
  }

  /** Returns when all brokers that run see each other and no others, and know a controller. */
  async ready(limitMs: number = readyLimitMs): Promise<void> {
    await waitUntilReady(this.#state.nodes.filter(isRunning), limitMs)
  }

  /** SIGKILL. Its leaderships move when its session has lapsed, after 3 s. */
  async kill(id: number): Promise<void> {
    await killNode(this.#node(id))
  }

  /** SIGTERM: leaderships move first. Returns when the process has ended. */
  async terminate(id: number): Promise<void> {
    await terminateNode(this.#node(id))
  }

  /** SIGSTOP: its connections stay open and nothing is answered. */
  async pause(id: number): Promise<void> {
    await pauseNode(this.#node(id))
  }

  async resume(id: number): Promise<void> {
    await resumeNode(this.#node(id))
  }

  /** Starts a node that has ended; one that runs is terminated first. Returns when the cluster is ready. */
  async restart(id: number): Promise<void> {
    await restartNode(this.#state, this.#node(id))
  }

  /** All nodes are killed, all data is deleted. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** What the node has logged since the start of the cluster. */
  logs(id: number): string {
    return logOf(this.#node(id))
  }

  /** Returns when every running broker knows a leader of every partition. */
  async createTopic(topic: string, options: TopicOptions = {}): Promise<TopicDescription> {
    const description = await this.#ask<TopicDescription>('createTopic', { topic, ...options })
    await this.#agreed(topic, partitions => partitions?.every(partition => partition.leader >= 0) ?? false)
    return description
  }

  /** Returns when no running broker knows it. */
  async deleteTopic(topic: string): Promise<void> {
    await this.#ask('deleteTopic', { topic })
    await this.#agreed(topic, partitions => partitions === null)
  }

  async describeTopic(topic: string): Promise<TopicDescription> {
    return this.#ask<TopicDescription>('describeTopic', { topic })
  }

  /** As seen through a listener; `properties` are the Java client's, for example its credentials. */
  async describeCluster(
    options: { listener?: ClientListener; properties?: Readonly<Record<string, string>> } = {}
  ): Promise<ClusterDescription> {
    const { listener, properties = {} } = options
    const bootstrap = listener === undefined ? {} : { bootstrap: this.bootstrapOf(listener) }
    return this.#ask<ClusterDescription>('describeCluster', { ...bootstrap, properties })
  }

  /** Reassigns if need be, elects, and returns when every running broker knows that this one leads the partition. */
  async moveLeader(topic: string, partition: number, to: number): Promise<TopicDescription> {
    const description = await this.#ask<TopicDescription>('moveLeader', { topic, partition, to })
    await this.#agreed(topic, partitions => partitions?.[partition]?.leader === to)
    return description
  }

  /** By partition: the offset that the next record gets, or, read committed, the last stable offset. */
  async endOffsets(topic: string, options: Pick<ReadOptions, 'isolation'> = {}): Promise<readonly bigint[]> {
    const offsets = await this.#ask<readonly number[]>('endOffsets', { topic, ...options })
    return offsets.map(BigInt)
  }

  /** Every record from the first offset to what are the end offsets now, read by Kafka's own consumer. */
  async read(topic: string, options: ReadOptions = {}): Promise<readonly ReadRecord[]> {
    const records: ReadRecord[] = []
    await this.#ask('read', { topic, ...options }, item => records.push(toReadRecord(item)))
    return records
  }

  /** As `read`, but only counts and a checksum for each partition: see `TopicChecksum`. */
  async summary(topic: string, options: ReadOptions = {}): Promise<TopicSummary> {
    return this.#ask<TopicSummary>('summary', { topic, ...options })
  }

  /** By Kafka's own producer, with these properties. Answers in the order of the records. */
  async produce(
    topic: string,
    records: readonly RecordToProduce[],
    properties: Readonly<Record<string, string>> = {}
  ): Promise<readonly ProducedRecord[]> {
    return this.#ask<readonly ProducedRecord[]>('produce', { topic, records: records.map(toHexRecord), properties })
  }

  /** The topic's batches as they lie on the disk of each partition's leader, or of one node. */
  async topicDump(topic: string, options: { partition?: number; node?: number } = {}): Promise<readonly DumpedBatch[]> {
    const { partitions } = await this.describeTopic(topic)
    const batches: DumpedBatch[] = []
    for (const { partition, leader } of partitions) {
      if (options.partition !== undefined && options.partition !== partition) continue
      const folder = join(this.#node(options.node ?? leader).directory, 'data', `${topic}-${partition}`)
      batches.push(...parseDump(await dumpLog(this.#installation, folder), partition))
    }
    return batches
  }

  /** Kafka's console consumer, from the beginning: the lines that it prints. */
  async consoleConsume(topic: string, options: ConsoleOptions = {}): Promise<readonly string[]> {
    const { isolation } = options
    const maxMessages = options.maxMessages ?? (await this.summary(topic, { isolation })).count
    return consoleConsume(this.#installation, this.#runningBootstrap(), topic, { ...options, maxMessages })
  }

  #node(id: number): NodeState {
    return nodeOf(this.#state, id)
  }

  async #ask<T = unknown>(
    what: string,
    details: Readonly<Record<string, unknown>>,
    onItem?: (item: unknown) => void
  ): Promise<T> {
    if (this.#stopped !== null) throw new HarnessError(`Cluster ${this.name} is stopped`)
    this.#oracle ??= Oracle.start(this.#installation, this.bootstrap)
    const oracle = await this.#oracle
    try {
      // The shapes are those that KafkaOracle.java writes; they are declared in oracle-answers.ts.
      return (await oracle.ask({ bootstrap: this.#runningBootstrap(), ...details, do: what }, onItem)) as T
    } catch (error) {
      // Made here, so that its stack leads to the caller and not to a pipe.
      throw new HarnessError(error instanceof Error ? error.message : String(error), { cause: error })
    }
  }

  async #agreed(topic: string, wanted: (partitions: readonly PartitionView[] | null) => boolean): Promise<void> {
    await waitUntilAgreed(this.#state.nodes, topic, wanted, readyLimitMs)
  }

  /** A broker that does not run would only be waited for. */
  #runningBootstrap(): string {
    const running = this.brokers.filter(node => node.state === 'running')
    return running.map(node => `127.0.0.1:${node.ports.PLAINTEXT}`).join(',') || this.bootstrap
  }

  async #stop(): Promise<void> {
    process.off('exit', this.#killAtExit)
    const oracle = await this.#oracle?.catch(() => null)
    oracle?.close()
    await destroyCluster(this.#state)
  }

  #killAll(): void {
    for (const { process: broker } of this.#state.nodes) if (broker !== null) signal(broker, 'SIGKILL')
  }
}

function view(node: NodeState): KafkaNode {
  const { id, roles, ports } = node
  return { id, roles, ports, state: processStateOf(node), pid: node.process?.pid ?? null }
}
