// What is known of the cluster: immutable, replaced as a whole.
import type { CachedPartition, PartitionAnswer, PartitionInfo } from './snapshot-partitions.ts'

export type { PartitionInfo } from './snapshot-partitions.ts'

export interface BrokerInfo {
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface TopicInfo {
  readonly name: string
  /** Zeros from brokers before 2.8. */
  readonly id: string
  readonly partitions: readonly PartitionInfo[]
  /** Partitions with a leader, ascending. */
  readonly available: readonly number[]
  /** Monotonic; when that was asked for. */
  readonly lastUpdateMs: number
}

/** Immutable; replaced as a whole. Every leader in it is one of its brokers, or -1. */
export interface Snapshot {
  readonly clusterId: string | null
  /** -1: unknown. */
  readonly controllerId: number
  readonly brokers: ReadonlyMap<number, BrokerInfo>
  readonly topics: ReadonlyMap<string, TopicInfo>
  /** Monotonic; when the last answer was asked for. -Infinity before the first. */
  readonly lastUpdateMs: number
}

export interface CachedTopic extends TopicInfo {
  readonly partitions: readonly CachedPartition[]
  /** Ids that this name had before. An answer that names one is old news. */
  readonly retiredIds: readonly string[]
  /** Without topic ids: since when answers contradict what is cached, every one of them. */
  readonly contradictedSinceMs: number | null
}

/** A snapshot and what its owner remembers to judge the next answer. */
export interface ClusterState extends Snapshot {
  readonly topics: ReadonlyMap<string, CachedTopic>
}

/** The part of a Metadata answer that is read here. */
export interface MetadataAnswer {
  readonly errorCode: number
  readonly clusterId: string | null
  readonly controllerId: number
  readonly brokers: readonly { nodeId: number; host: string; port: number; rack: string | null }[]
  readonly topics: readonly TopicAnswer[]
}

export interface TopicAnswer {
  readonly errorCode: number
  readonly name: string | null
  readonly topicId: string
  readonly partitions: readonly PartitionAnswer[]
}

export const emptyState: ClusterState = {
  clusterId: null,
  controllerId: -1,
  brokers: new Map(),
  topics: new Map(),
  lastUpdateMs: -Infinity
}

/** What a broker said of the leader of one partition. */
export interface LeaderHint {
  readonly topic: string
  readonly partition: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly host?: string | undefined
  readonly port?: number | undefined
}

/**
 * The state after a broker told who leads now, or null if none of it is news.
 *
 * @see KIP-951
 */
export function withLeaderHints(state: ClusterState, hints: readonly LeaderHint[]): ClusterState | null {
  const news = new Map<string, CachedPartition[]>()
  let { brokers } = state
  for (const hint of hints) {
    const known = news.get(hint.topic) ?? state.topics.get(hint.topic)?.partitions
    const cached = known?.[hint.partition]
    if (known === undefined || cached === undefined || !isNews(hint, cached)) continue
    const withIt = withEndpoint(brokers, hint)
    if (!withIt.has(hint.leaderId)) continue
    brokers = withIt
    const partitions = news.get(hint.topic) ?? [...known]
    partitions[hint.partition] = { ...cached, leader: hint.leaderId, leaderEpoch: hint.leaderEpoch, epochStated: true }
    news.set(hint.topic, partitions)
  }
  if (news.size === 0) return null
  const topics = new Map(state.topics)
  for (const [name, partitions] of news) {
    topics.set(name, { ...state.topics.get(name)!, partitions, available: availableOf(partitions) })
  }
  return { ...state, brokers, topics }
}

function isNews({ leaderId, leaderEpoch }: LeaderHint, cached: CachedPartition): boolean {
  return leaderId >= 0 && leaderEpoch >= 0 && leaderEpoch > cached.leaderEpoch
}

/** Forgets a broker, for instance because another cluster answers at its address. */
export function withoutBroker(state: ClusterState, nodeId: number): ClusterState {
  if (!state.brokers.has(nodeId)) return state
  const brokers = new Map(state.brokers)
  brokers.delete(nodeId)
  const topics = new Map(state.topics)
  for (const [name, topic] of topics) topics.set(name, withoutGoneLeaders(topic, brokers))
  return { ...state, brokers, topics }
}

export function withoutTopics(state: ClusterState, names: Iterable<string>): ClusterState {
  const topics = new Map(state.topics)
  for (const name of names) topics.delete(name)
  return topics.size === state.topics.size ? state : { ...state, topics }
}

/** Takes the lead from brokers that are not there. */
export function withoutGoneLeaders(topic: CachedTopic, brokers: ReadonlyMap<number, BrokerInfo>): CachedTopic {
  const gone = (partition: CachedPartition): boolean => partition.leader >= 0 && !brokers.has(partition.leader)
  if (!topic.partitions.some(gone)) return topic
  const partitions = topic.partitions.map(partition => (gone(partition) ? { ...partition, leader: -1 } : partition))
  return { ...topic, partitions, available: availableOf(partitions) }
}

export function availableOf(partitions: readonly PartitionInfo[]): readonly number[] {
  const available: number[] = []
  for (let index = 0; index < partitions.length; index++) if (partitions[index]!.leader >= 0) available.push(index)
  return available
}

export function isEndpoint(host: string | undefined, port: number | undefined): boolean {
  return host !== undefined && host !== '' && port !== undefined && port >= 1 && port <= 65_535
}

function withEndpoint(brokers: ReadonlyMap<number, BrokerInfo>, hint: LeaderHint): ReadonlyMap<number, BrokerInfo> {
  const { host, port } = hint
  if (host === undefined || port === undefined || !isEndpoint(host, port)) return brokers
  const known = brokers.get(hint.leaderId)
  if (known?.host === host && known.port === port) return brokers
  return new Map(brokers).set(hint.leaderId, { host, port, rack: known?.rack ?? null })
}
