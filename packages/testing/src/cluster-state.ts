// What the brokers of one cluster agree on: who is up, which topics there are, who leads what.
import type { Clock, Random } from '@sluice/core'
import type { AppendRules } from './append.ts'
import { defaultTopicConfig, Partition, Topic, type TopicConfig } from './topic.ts'

export interface BrokerPlace {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface TopicSettings extends Partial<TopicConfig> {
  /** Default: the cluster's `defaultPartitions`. */
  readonly partitions?: number | undefined
  /** How many brokers hold each partition, at most all. Default 3. */
  readonly replicationFactor?: number | undefined
}

export interface ClusterRules extends AppendRules {
  readonly autocreateTopics: boolean
  readonly defaultPartitions: number
  readonly topicIds: boolean
}

const topicPattern = /^[a-zA-Z0-9._-]{1,249}$/

export function isTopicName(name: string): boolean {
  return topicPattern.test(name) && name !== '.' && name !== '..'
}

export class ClusterState {
  readonly clock: Clock
  readonly clusterId: string
  rules: ClusterRules
  readonly #random: Random
  readonly #places = new Map<number, BrokerPlace>()
  readonly #up = new Set<number>()
  readonly #topics = new Map<string, Topic>()
  readonly #topicsById = new Map<string, Topic>()
  #producerIds = 0n

  constructor(parts: { readonly clock: Clock; readonly random: Random; readonly rules: ClusterRules }) {
    this.clock = parts.clock
    this.#random = parts.random
    this.rules = parts.rules
    this.clusterId = this.uuid().replaceAll('-', '').slice(0, 22)
  }

  /** Brokers that are up, by id. */
  get brokers(): readonly BrokerPlace[] {
    return [...this.#places.values()].filter(place => this.#up.has(place.id)).toSorted((a, b) => a.id - b.id)
  }

  get topics(): readonly Topic[] {
    return [...this.#topics.values()]
  }

  /** The lowest of the brokers that are up; -1 without one. It controls, and it coordinates every group. */
  get controllerId(): number {
    return this.brokers[0]?.id ?? -1
  }

  place(brokerId: number): BrokerPlace | undefined {
    return this.#places.get(brokerId)
  }

  isUp(brokerId: number): boolean {
    return this.#up.has(brokerId)
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  topicById(id: string): Topic | undefined {
    return this.#topicsById.get(id)
  }

  partition(topic: string, index: number): Partition | undefined {
    return this.#topics.get(topic)?.partitions[index]
  }

  /** A broker is there: in sync at once wherever there is a leader, and leader where it was in sync and there is none. */
  brokerUp(place: BrokerPlace): void {
    this.#places.set(place.id, place)
    this.#up.add(place.id)
    for (const partition of this.#partitions()) this.#welcome(place.id, partition)
  }

  /** A broker is gone. Unless told not to, what it led gets a new leader from those in sync. */
  brokerDown(brokerId: number, options: { readonly elect: boolean }): void {
    this.#up.delete(brokerId)
    if (options.elect) this.elect()
  }

  /** Gives every partition whose leader is down a new one from those in sync; the last one in sync stays so. */
  elect(): void {
    for (const partition of this.#partitions()) {
      const { isr, leaderId } = partition.leadership
      const inSync = isr.filter(id => this.#up.has(id))
      if (inSync.length > 0 && inSync.length < isr.length) partition.setIsr(inSync)
      if (leaderId !== -1 && !this.#up.has(leaderId)) partition.elect(inSync[0] ?? -1)
    }
  }

  createTopic(name: string, settings: TopicSettings = {}): void {
    this.addTopic(this.makeTopic(name, settings))
  }

  /** One that nobody knows before it is added. @param assigned the replicas of each partition, where not in turn */
  makeTopic(name: string, settings: TopicSettings, assigned: readonly (readonly number[])[] = []): Topic {
    const { partitions = this.rules.defaultPartitions, replicationFactor = 3, ...config } = settings
    const topic = new Topic(name, this.uuid(), { ...defaultTopicConfig, ...config })
    const copies = Math.min(replicationFactor, this.#places.size)
    for (let index = 0; index < partitions; index++)
      this.#addPartition(topic, assigned[index] ?? this.#place(index, copies))
    return topic
  }

  addTopic(topic: Topic): void {
    this.#topics.set(topic.name, topic)
    this.#topicsById.set(topic.id, topic)
  }

  deleteTopic(name: string): void {
    const topic = this.#topics.get(name)
    if (topic === undefined) return
    this.#topics.delete(name)
    this.#topicsById.delete(topic.id)
  }

  /** Grows a topic to so many partitions. */
  createPartitions(topic: Topic, count: number): void {
    const copies = topic.partitions[0]?.leadership.replicas.length ?? 1
    for (let index = topic.partitions.length; index < count; index++)
      this.#addPartition(topic, this.#place(index, copies))
  }

  nextProducerId(): bigint {
    return this.#producerIds++
  }

  uuid(): string {
    let hex = ''
    for (let word = 0; word < 4; word++)
      hex += Math.floor(this.#random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
  }

  #welcome(brokerId: number, partition: Partition): void {
    const { replicas, isr, leaderId } = partition.leadership
    if (!replicas.includes(brokerId)) return
    if (leaderId !== -1) return isr.includes(brokerId) ? undefined : partition.setIsr([...isr, brokerId])
    if (!isr.includes(brokerId)) return
    partition.elect(brokerId)
    partition.setIsr([brokerId, ...replicas.filter(id => id !== brokerId && this.#up.has(id))])
  }

  /** In turn, so that each broker leads as much as the others. */
  #place(index: number, copies: number): readonly number[] {
    const ids = [...this.#places.keys()].toSorted((a, b) => a - b)
    return Array.from({ length: copies }, (_, copy) => ids[(index + copy) % ids.length]!)
  }

  #addPartition(topic: Topic, replicas: readonly number[]): void {
    const partition = new Partition(topic, topic.partitions.length, replicas)
    topic.partitions.push(partition)
    const inSync = replicas.filter(id => this.#up.has(id))
    if (inSync.length === replicas.length) return
    partition.setIsr(inSync.length > 0 ? inSync : replicas)
    if (inSync[0] !== replicas[0]) partition.elect(inSync[0] ?? -1)
  }

  *#partitions(): Generator<Partition, void, undefined> {
    for (const topic of this.#topics.values()) yield* topic.partitions
  }
}
