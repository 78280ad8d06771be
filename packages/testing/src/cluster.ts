// A Kafka cluster in the process: brokers, topics, logs, and the hands of the test on all of them.
import { InvalidArgumentError, systemClock, type Clock, type Random, type Transport } from '@sluice/core'
import { Broker } from './broker.ts'
import { apiNames, type ApiName, type VersionLimits } from './broker-apis.ts'
import { check, checkMembers, checkName, rules } from './checks.ts'
import {
  checkClusterOptions,
  checkTopicChange,
  checkTopicSettings,
  type TestClusterOptions
} from './cluster-options.ts'
import { ClusterState, isTopicName, type TopicSettings } from './cluster-state.ts'
import { Codecs } from './codecs.ts'
import { Groups } from './groups.ts'
import { Interceptors, type ConnectionHandle, type InterceptHandler } from './interceptors.ts'
import { tcpListening } from './listen.ts'
import { readLog, readLogNow, type LogRecord } from './log-reader.ts'
import { MemoryNetwork } from './memory-network.ts'
import { SaslGate } from './sasl-gate.ts'
import { seededRandom } from './seeded-random.ts'
import type { Leadership, Partition, Topic, TopicConfig } from './topic.ts'

/** What a client needs to reach the cluster. */
export interface TestClientOptions {
  readonly bootstrapBrokers: { readonly host: string; readonly port: number }[]
  readonly transport?: Transport
  readonly clock?: Clock
  readonly random?: Random
}

/**
 * Speaks Kafka's protocol with any client and enforces what brokers enforce. Not a replacement for Kafka: one log per
 * partition, in memory, replicated in name only.
 */
export class TestCluster implements AsyncDisposable {
  readonly clock: Clock
  /** Null over TCP. */
  readonly network: MemoryNetwork | null
  readonly #state: ClusterState
  readonly #brokers = new Map<number, Broker>()
  readonly #codecs: Codecs
  readonly #interceptors = new Interceptors()
  readonly #groups: Groups
  readonly #random: Random
  #connections = 0

  /** Listening is what takes time: use `TestCluster.start`. */
  private constructor(options: TestClusterOptions) {
    const seed = options.seed ?? 1
    this.clock = options.clock ?? systemClock
    this.#random = seededRandom(seed)
    this.network = networkOf(options, this.clock, seededRandom(seed + 0.25))
    this.#codecs = new Codecs(options.codecs ?? [])
    this.#state = new ClusterState({
      clock: this.clock,
      random: seededRandom(seed + 0.5),
      rules: {
        codecs: this.#codecs,
        acceptUnknownProducer: options.acceptUnknownProducer ?? true,
        checkRecords: options.checkRecords ?? true,
        autocreateTopics: options.autocreateTopics ?? false,
        defaultPartitions: options.defaultPartitions ?? 1,
        topicIds: options.topicIds ?? true
      }
    })
    const uuid = (): string => this.#state.uuid()
    this.#groups = new Groups(this.clock, uuid)
    const gate = new SaslGate(options.sasl ?? null, this.clock, uuid)
    for (let id = 1; id <= (options.brokers ?? 1); id++) this.#addBroker(id, gate, options)
  }

  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    checkClusterOptions(options)
    const cluster = new TestCluster(options)
    try {
      await cluster.#startAll()
      for (const [name, settings] of Object.entries(options.topics ?? {})) cluster.createTopic(name, settings)
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  get clusterId(): string {
    return this.#state.clusterId
  }

  get controllerId(): number {
    return this.#state.controllerId
  }

  /** `host:port` of every broker, up or not. */
  get addresses(): readonly string[] {
    return [...this.#brokers.values()].map(({ address }) => `${address.host}:${address.port}`)
  }

  clientOptions(): TestClientOptions {
    const bootstrapBrokers = [...this.#brokers.values()].map(broker => broker.address)
    if (this.network === null) return { bootstrapBrokers }
    return { bootstrapBrokers, transport: this.network.transport(), clock: this.clock, random: this.#random }
  }

  /** What is in the log of a partition, or of all of a topic's, one after the other. Control batches are left out. */
  async log(topic: string, partition?: number): Promise<LogRecord[]> {
    const logs = await Promise.all(this.#select(topic, partition).map(each => readLog(each, this.#codecs)))
    return logs.flat()
  }

  /** `log` without waiting, for codecs that answer at once. */
  logNow(topic: string, partition?: number): LogRecord[] {
    return this.#select(topic, partition).flatMap(each => readLogNow(each, this.#codecs))
  }

  /** The batches of a log as they are stored, for those who decode them themselves. */
  storedBatches(topic: string, partition: number): readonly Uint8Array[] {
    return this.#partition(topic, partition).log.batches.map(batch => batch.bytes)
  }

  /** The first offset that can be read, and the one that the next record gets. */
  offsets(topic: string, partition: number): { readonly startOffset: bigint; readonly endOffset: bigint } {
    const { startOffset, endOffset } = this.#partition(topic, partition).log
    return { startOffset, endOffset }
  }

  leadership(topic: string, partition: number): Leadership {
    return this.#partition(topic, partition).leadership
  }

  topicId(topic: string): string {
    return this.#topic(topic).id
  }

  /** 0 for a topic that is not there. */
  partitionCount(topic: string): number {
    return this.#state.topic(topic)?.partitions.length ?? 0
  }

  createTopic(name: string, settings: number | TopicSettings = {}): void {
    if (!isTopicName(name)) throw new InvalidArgumentError(`${JSON.stringify(name)} cannot be the name of a topic`)
    if (this.#state.topic(name) !== undefined) throw new InvalidArgumentError(`Topic ${name} exists already`)
    const given = typeof settings === 'number' ? { partitions: settings } : settings
    checkTopicSettings(given)
    this.#state.createTopic(name, given)
  }

  /** With its logs, all that is known of producers, and what groups have committed. A topic of the same name made later has another id. */
  deleteTopic(name: string): void {
    this.#state.deleteTopic(this.#topic(name).name)
    this.#groups.forget(name)
  }

  /** Grows a topic to so many partitions. */
  createPartitions(topic: string, count: number): void {
    const found = this.#topic(topic)
    check(rules.count(found.partitions.length), count, `The number of partitions of ${topic}`)
    this.#state.createPartitions(found, count)
  }

  alterTopic(topic: string, change: Partial<TopicConfig>): void {
    const found = this.#topic(topic)
    checkTopicChange(change)
    found.config = { ...found.config, ...change }
  }

  /** Gives a partition another leader in a new epoch. Replicas or not, any broker will do; -1 leaves it without one. */
  moveLeader(topic: string, partition: number, brokerId: number): void {
    if (brokerId !== -1) this.#broker(brokerId)
    this.#partition(topic, partition).elect(brokerId)
  }

  /** Says which replicas are in sync, until a broker comes or goes. */
  setIsr(topic: string, partition: number, brokerIds: readonly number[]): void {
    for (const id of brokerIds) this.#broker(id)
    this.#partition(topic, partition).setIsr(brokerIds)
  }

  /** Loses the end of a log, acknowledged records and what was known of their producers, as an unclean election does. */
  truncate(topic: string, partition: number, endOffset: bigint): void {
    check(rules.offset(), endOffset, 'endOffset')
    this.#partition(topic, partition).truncate(endOffset)
  }

  /** Loses the beginning of a log, as retention does. */
  deleteRecords(topic: string, partition: number, beforeOffset: bigint): void {
    check(rules.offset(), beforeOffset, 'beforeOffset')
    this.#partition(topic, partition).deleteBefore(beforeOffset)
  }

  /** Forgets producers, as brokers do after a day without a word: one or all, in one partition or all. */
  expireProducers(topic: string, partition?: number, producerId?: bigint): void {
    for (const each of this.#select(topic, partition)) each.forgetProducers(producerId)
  }

  /** Ends a broker as `kill -9` does. Unless told otherwise, what it led has another leader at once. */
  async kill(brokerId: number, options: { readonly elect?: boolean } = {}): Promise<void> {
    const broker = this.#broker(brokerId)
    checkMembers({ elect: rules.flag() }, options)
    this.#state.brokerDown(brokerId, { elect: options.elect ?? true })
    await new Promise<void>(resolve => {
      broker.kill(resolve)
    })
  }

  /** Gives every partition whose leader is down another one, if any replica in sync is up. */
  elect(): void {
    this.#state.elect()
  }

  /** Starts a broker that is down: at its old address, or on another port (0: any free one). In memory at once. */
  async restart(brokerId: number, options: { readonly port?: number } = {}): Promise<void> {
    const broker = this.#broker(brokerId)
    checkMembers({ port: rules.count(0, 65_535) }, options)
    if (!broker.isDown) throw new InvalidArgumentError(`Broker ${brokerId} is up: kill it before it is restarted`)
    for (const { partitions } of this.#state.topics)
      for (const partition of partitions) partition.brokerRestarted(brokerId)
    await new Promise<void>((resolve, reject) => {
      broker.start((...[error]) => {
        if (error === null) resolve()
        else reject(error)
      }, options.port)
    })
  }

  /** Suspends a broker as SIGSTOP does: it is there and does nothing, and the cluster does not notice. */
  pause(brokerId: number): void {
    this.#broker(brokerId).pause()
  }

  resume(brokerId: number): void {
    this.#broker(brokerId).resume()
  }

  /** Has a say in every request of one API. The handler registered last is asked first. Returns the undo. */
  intercept<Name extends ApiName>(api: Name, handler: InterceptHandler<Name>): () => void {
    checkName('API', api, apiNames)
    check(rules.method(), handler, 'The handler')
    return this.#interceptors.add(api, handler)
  }

  /** Has answers to one API, by default Produce, ask the client to be silent for so long, milliseconds. Returns the undo. */
  throttle(throttleMs: number, api: ApiName = 'Produce'): () => void {
    check(rules.milliseconds(), throttleMs, 'The time of a throttle')
    return this.intercept(api, () => ({ throttle: throttleMs }))
  }

  /** Changes what a broker, or each, offers, as an upgrade does, but on its open connections as well. */
  limitVersions(limits: VersionLimits, brokerId?: number): void {
    const brokers = brokerId === undefined ? this.#brokers.values() : [this.#broker(brokerId)]
    for (const broker of brokers) broker.limitVersions(limits)
  }

  /** Connections that are open, of one broker or all. */
  connections(brokerId?: number): ConnectionHandle[] {
    const brokers = brokerId === undefined ? [...this.#brokers.values()] : [this.#broker(brokerId)]
    return brokers.flatMap(broker => broker.connections)
  }

  async stop(): Promise<void> {
    this.#groups.stop()
    await Promise.all([...this.#brokers.keys()].map(id => this.kill(id, { elect: false })))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** All of them, or none: whoever is told that one failed has nothing to stop. */
  async #startAll(): Promise<void> {
    const started = await Promise.allSettled([...this.#brokers.keys()].map(id => this.restart(id)))
    for (const each of started) if (each.status === 'rejected') throw each.reason
  }

  #addBroker(id: number, gate: SaslGate, options: TestClusterOptions): void {
    const broker = new Broker({
      id,
      host: this.network === null ? '127.0.0.1' : (options.hostOf?.(id) ?? `broker-${id}`),
      port: this.network === null ? 0 : 9092,
      cluster: this.#state,
      interceptors: this.#interceptors,
      gate,
      groups: this.#groups,
      listening: this.network ?? tcpListening,
      nextConnectionId: () => ++this.#connections
    })
    broker.limitVersions(options.versions ?? {})
    broker.abandonedRequests = options.abandonedRequests ?? 'begun'
    this.#brokers.set(id, broker)
  }

  #broker(id: number): Broker {
    const broker = this.#brokers.get(id)
    if (broker === undefined)
      throw new InvalidArgumentError(`There is no broker ${id}, only 1 to ${this.#brokers.size}`)
    return broker
  }

  #topic(name: string): Topic {
    const topic = this.#state.topic(name)
    if (topic === undefined) throw new InvalidArgumentError(`There is no topic ${name}`)
    return topic
  }

  #partition(name: string, index: number): Partition {
    const topic = this.#topic(name)
    const partition = topic.partitions[index]
    if (partition !== undefined) return partition
    throw new InvalidArgumentError(`Topic ${name} has no partition ${index}, only ${topic.partitions.length} of them`)
  }

  #select(topic: string, partition: number | undefined): readonly Partition[] {
    return partition === undefined ? this.#topic(topic).partitions : [this.#partition(topic, partition)]
  }
}

function networkOf(options: TestClusterOptions, clock: Clock, random: Random): MemoryNetwork | null {
  const { network = 'tcp' } = options
  if (network === 'tcp') return null
  return network === 'memory' ? new MemoryNetwork({ clock, random }) : network
}
