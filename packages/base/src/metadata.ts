// What is known of the cluster, as those who need it see it.
import type { Callback, KafkaError } from '@sluice/core'
import type { Cancellable } from './request.ts'
import type { LeaderHint, MetadataAnswer, Snapshot, TopicInfo } from './snapshot.ts'
import type { TopicKeeper } from './topics-in-use.ts'

export interface ClusterWait {
  /** Monotonic; Infinity for those who cancel by themselves. */
  readonly deadlineMs: number
  /** What was asked for earlier does not do. Monotonic; anything does by default. */
  readonly freshSinceMs?: number | undefined
  /** Rounds in which nobody answers, after the first, that are put up with. No limit by default. */
  readonly retries?: number | undefined
}

export interface TopicWait extends ClusterWait {
  readonly autocreate: boolean
}

export interface Metadata {
  /** Immutable; replaced. */
  readonly snapshot: Snapshot
  /**
   * As soon as the topic is known, in a later turn at the earliest. Fails with the topic's own error (UnknownTopicError,
   * BrokerError, InvalidArgumentError for an impossible name), with AuthenticationError once every address tried has
   * refused, with TimeoutError at the deadline; always `not-persisted`. From then on the topic is in use: kept fresh.
   */
  topic(name: string, options: TopicWait, callback: Callback<TopicInfo>): Cancellable
  /** The same for the cluster as such: its brokers. */
  cluster(options: ClusterWait, callback: Callback<Snapshot>): Cancellable
  /** To those who wait for the topic, or, with null, for the cluster: why nobody answered when last asked, or what was said of the topic. */
  whyUnknown(topic: string | null): KafkaError | null
  /** Asks for fresh metadata soon: rate-limited, with backoff. */
  refresh(): void
  /** What a leader said of its successors, all at once. True if any of it was news. @see KIP-951 */
  applyLeaderHints(hints: readonly LeaderHint[]): boolean
  /** The leader just denied being it: another one may be taken at an equal epoch. */
  doubtLeader(topic: string, partition: number, leader: number): void
  /** A leader refused to let the topic be written to: for a second, who asks for it is told so. */
  denied(topic: string, error: KafkaError): void
  /** An answer that somebody else asked for, to keep what it says of brokers and of topics in use. All that it says is given back. */
  offer(answer: MetadataAnswer, askedMs: number): KafkaError | Snapshot
  /** Why a topic that was known is in the snapshot no longer: brokers agreed for 30 s that it is gone. */
  missing(topic: string): KafkaError | null
  /** Called after each new snapshot. Returns the undo. */
  onChange(listener: (snapshot: Snapshot) => void): () => void
  /** With at least one keeper, topics that nobody used or asked for in five minutes are forgotten. Returns the undo. */
  retain(keeper: TopicKeeper): () => void
  /** What connections tell: a node cannot be reached, or can be again. */
  lost(nodeId: number): void
  reached(nodeId: number): void
  stop(): void
}
