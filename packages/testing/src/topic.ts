// A topic and its partitions: configuration, log, leadership and what is known of producers.
import type { BatchHeader } from '@sluice/protocol'
import { PartitionLog, type StoredBatch } from './log.ts'
import { rememberBatch, type ProducerEntry } from './producer-state.ts'

export interface TopicConfig {
  /** The largest batch, header included, compressed. Default 1,048,588, as Kafka's. */
  readonly maxMessageBytes: number
  /** Takes no record without a key. Nothing is ever compacted. Default false. */
  readonly compacted: boolean
  /** Whose time records carry: the producer's (the default) or the broker's at append. */
  readonly timestampType: 'create' | 'append'
  /** How far before and after the broker's clock a record's own timestamp may be, milliseconds. Default: any; Kafka's own is an hour after. */
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  /** With `acks` ALL, fewer in sync refuse the batch. Default 1. */
  readonly minInsyncReplicas: number
  /** Whole batches are dropped from the beginning when a partition's log has grown to twice this. Default: never. */
  readonly retentionBytes: number
}

export const defaultTopicConfig: TopicConfig = {
  maxMessageBytes: 1_048_588,
  compacted: false,
  timestampType: 'create',
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: Infinity,
  minInsyncReplicas: 1,
  retentionBytes: Infinity
}

export class Topic {
  readonly name: string
  /** As on the wire: hexadecimal, 8-4-4-4-12. */
  readonly id: string
  readonly partitions: Partition[] = []
  config: TopicConfig

  constructor(name: string, id: string, config: TopicConfig) {
    this.name = name
    this.id = id
    this.config = config
  }
}

export interface Leadership {
  /** -1 when no replica is up. */
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

/** One partition, as all brokers see it: replication is instant, so there is one log. */
export class Partition {
  readonly topic: Topic
  readonly index: number
  readonly log: PartitionLog = new PartitionLog()
  #producers = new Map<bigint, ProducerEntry>()
  /** By broker and producer: the offset of the producer's last batch when the broker was started again. */
  readonly #snapshots = new Map<number, ReadonlyMap<bigint, bigint>>()
  #leadership: Leadership
  readonly #watchers = new Set<() => void>()

  constructor(topic: Topic, index: number, replicas: readonly number[]) {
    this.topic = topic
    this.index = index
    this.#leadership = { leaderId: replicas[0] ?? -1, leaderEpoch: 0, replicas, isr: replicas }
  }

  get leadership(): Leadership {
    return this.#leadership
  }

  get producers(): ReadonlyMap<bigint, ProducerEntry> {
    return this.#producers
  }

  /**
   * What the leader knows of a producer. One that was started again has read its snapshot, which holds the last batch of each
   * producer and no more: what came before it is out of order. Seen at Kafka 4.3.1 (tools/kafka/test-kafka/restarted.test.ts).
   */
  knownOf(producerId: bigint): ProducerEntry | undefined {
    const entry = this.#producers.get(producerId)
    const since = this.#snapshots.get(this.#leadership.leaderId)?.get(producerId)
    if (entry === undefined || since === undefined) return entry
    const batches = entry.batches.filter(({ baseOffset }) => baseOffset >= since)
    return { ...entry, batches: batches.length === 0 ? entry.batches.slice(-1) : batches }
  }

  /** A broker that has a replica was started again. */
  brokerRestarted(brokerId: number): void {
    const last = Array.from(this.#producers, ([id, { batches }]) => [id, batches.at(-1)!.baseOffset] as const)
    this.#snapshots.set(brokerId, new Map(last))
  }

  /** A new leader, or none (-1), and with it a new epoch. */
  elect(leaderId: number): void {
    const { leaderEpoch } = this.#leadership
    this.#leadership = { ...this.#leadership, leaderId, leaderEpoch: leaderEpoch + 1 }
    this.#tell()
  }

  setIsr(isr: readonly number[]): void {
    this.#leadership = { ...this.#leadership, isr }
  }

  append(bytes: Uint8Array, header: BatchHeader, epochMs: number): StoredBatch {
    const batch = this.log.append(bytes, header, { leaderEpoch: this.#leadership.leaderEpoch, epochMs })
    this.#remember(batch)
    if (this.topic.config.retentionBytes < Infinity) this.log.retain(this.topic.config.retentionBytes)
    this.#tell()
    return batch
  }

  /** Loses the end of the log, acknowledged or not, and what was known of producers from it. */
  truncate(endOffset: bigint): void {
    this.log.truncate(endOffset)
    this.#producers = new Map()
    for (const batch of this.log.batches) this.#remember(batch)
    this.#tell()
  }

  deleteBefore(offset: bigint): void {
    this.log.deleteBefore(offset)
  }

  /** Forgets what one producer, or everyone, has written: as after `producer.id.expiration.ms`. */
  forgetProducers(producerId?: bigint): void {
    if (producerId === undefined) this.#producers.clear()
    else this.#producers.delete(producerId)
  }

  /** Called after every append and change of leader. Returns the undo. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  #remember(batch: StoredBatch): void {
    const { producerId, maxTimestamp } = batch.header
    if (producerId < 0n) return
    // A broker calls a duplicate's highest timestamp its append time, whoever gave it (seen at 2.4.1 and 4.3.1).
    const place = { baseOffset: batch.baseOffset, logAppendTimeMs: BigInt(maxTimestamp), nowMs: batch.appendedMs }
    this.#producers.set(producerId, rememberBatch(this.#producers.get(producerId), batch.header, place))
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }
}
