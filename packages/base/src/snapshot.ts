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

export interface LeaderHint {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly host?: string | undefined
  readonly port?: number | undefined
}

/**
 * The state after a broker told who leads now, or null if that is no news.
 *
 * @see KIP-951
 */
export function withLeaderHint(
  state: ClusterState,
  topic: string,
  partition: number,
  hint: LeaderHint
): ClusterState | null {
  const known = state.topics.get(topic)
  const cached = known?.partitions[partition]
  if (known === undefined || cached === undefined) return null
  if (hint.leaderId < 0 || hint.leaderEpoch < 0 || hint.leaderEpoch <= cached.leaderEpoch) return null
  const brokers = withEndpoint(state.brokers, hint)
  if (!brokers.has(hint.leaderId)) return null
  const partitions = [...known.partitions]
  partitions[partition] = { ...cached, leader: hint.leaderId, leaderEpoch: hint.leaderEpoch, epochStated: true }
  const topics = new Map(state.topics)
  topics.set(topic, { ...known, partitions, available: availableOf(partitions) })
  return { ...state, brokers, topics }
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
