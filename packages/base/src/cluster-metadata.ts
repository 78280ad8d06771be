// The cluster as users see it.
import type { Clock } from '@sluice/core'
import type { BrokerInfo, PartitionInfo, Snapshot, TopicInfo } from './snapshot.ts'

export interface ClusterTopicMetadata {
  /** Zeros from brokers before 2.8. */
  readonly id: string
  /** In order of their index. */
  readonly partitions: readonly PartitionInfo[]
  readonly partitionsCount: number
  /** When this was asked for, milliseconds since 1970-01-01 UTC. */
  readonly lastUpdate: number
}

export interface ClusterMetadata {
  /** Null from brokers that do not say. */
  readonly id: string | null
  readonly brokers: ReadonlyMap<number, BrokerInfo>
  /** -1: unknown. */
  readonly controllerId: number
  readonly topics: ReadonlyMap<string, ClusterTopicMetadata>
  /** When this was asked for, milliseconds since 1970-01-01 UTC. */
  readonly lastUpdate: number
}

/** A copy of its own: whoever gets it may keep it. `names`: these topics only, as far as they are known. */
export function clusterMetadata(snapshot: Snapshot, clock: Clock, names?: Iterable<string>): ClusterMetadata {
  const epochOffsetMs = clock.epochMs() - clock.monotonicMs()
  const topics = new Map<string, ClusterTopicMetadata>()
  for (const name of names ?? snapshot.topics.keys()) {
    const topic = snapshot.topics.get(name)
    if (topic !== undefined) topics.set(name, topicMetadata(topic, epochOffsetMs))
  }
  const brokers = new Map<number, BrokerInfo>()
  for (const [nodeId, broker] of snapshot.brokers) brokers.set(nodeId, { ...broker })
  return {
    id: snapshot.clusterId,
    brokers,
    controllerId: snapshot.controllerId,
    topics,
    lastUpdate: Math.round(epochOffsetMs + snapshot.lastUpdateMs)
  }
}

function topicMetadata(topic: TopicInfo, epochOffsetMs: number): ClusterTopicMetadata {
  const partitions = topic.partitions.map(({ leader, leaderEpoch, replicas, isr }) => ({
    leader,
    leaderEpoch,
    replicas: [...replicas],
    isr: [...isr]
  }))
  return {
    id: topic.id,
    partitions,
    partitionsCount: partitions.length,
    lastUpdate: Math.round(epochOffsetMs + topic.lastUpdateMs)
  }
}
