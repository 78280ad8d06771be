// The batches that are being filled: for each topic its partitions, for each partition its queue.
import { surface, type PartitionContext, type TopicPartitioner } from '@sluice/core'
import type { BatchMemory } from '@sluice/protocol'
import type { TopicInfo } from '@sluice/base/parts'
import { Batch } from './batch.ts'
import { smallestChunkBytes } from './buffer-pool.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { sameProfile } from './profile.ts'
import { newQueueState, type QueueState } from './queue-state.ts'
import { topicContexts, type TopicContexts } from './record-encoder.ts'
import type { SendOperation } from './send-operation.ts'
import type { WaitingMessages } from './waiting-messages.ts'

/** One partition as the producer works on it. Lives as long as the producer: its sequences outlive any metadata. */
export class Partition {
  readonly topic: Topic
  readonly index: number
  readonly state: QueueState<Batch> = newQueueState()
  /** The last batch of the queue while it takes records. */
  open: Batch | null = null
  /** Size of the batch before: the next one will be like it. */
  lastBatchBytes: number = smallestChunkBytes
  /** Whether the accumulator has it among those with something to do. */
  active = false
  /** Whether a broker sender has it in its round, and who is behind it there. */
  listed = false
  behind: Partition | null = null
  /** Of the leader that last acknowledged something; -1 if that is not known. */
  ackedLeaderEpoch = -1

  constructor(topic: Topic, index: number) {
    this.topic = topic
    this.index = index
  }

  /** Of the leader that is known now; -1 if that is not known. */
  get leaderEpoch(): number {
    return this.topic.info?.partitions[this.index]?.leaderEpoch ?? -1
  }

  get isIdle(): boolean {
    return this.state.batches.length === 0 && this.state.inFlight === 0
  }
}

/** What brokers that know no topic ids give. */
export const noTopicId = '00000000-0000-0000-0000-000000000000'

export class Topic implements PartitionContext {
  readonly name: string
  readonly topic: string
  readonly contexts: TopicContexts
  readonly partitioner: TopicPartitioner
  /** What any other may leave messages to. */
  readonly standard: TopicPartitioner
  /** Whether the partitioner of the message under way did. */
  fellBack = false
  /** Keys are placed as the Java client does, and the partitioner is asked only without one. */
  readonly placesKeys: boolean
  info: TopicInfo | null = null
  partitions: Partition[] = []
  /** Whether the serializers have prepared themselves for it. */
  prepared = false
  /** A leader refused to let us write to it: whether it still does is to be asked before anything passes. */
  denied = false
  /** Monotonic, when the last batch was begun; -Infinity if none was. */
  usedMs: number = Number.NEGATIVE_INFINITY
  /** Largest batch that it was seen to take, bytes. */
  mostBatchBytes: number = Number.POSITIVE_INFINITY
  /** Messages that wait for metadata or for a serializer, in call order. */
  readonly parked: WaitingMessages[] = []
  /** The wait for metadata that is under way, and whether it may make the topic. */
  waiting: { readonly autocreate: boolean; cancel(): void } | null = null
  #id: string = noTopicId
  #serializedKey: Uint8Array | string | null = null
  #message: Parameters<TopicPartitioner['partition']>[0] | null = null

  /** @param partitioner null: the standard one */
  constructor(name: string, partitioner: TopicPartitioner | null, standard: TopicPartitioner) {
    this.name = name
    this.topic = name
    this.contexts = topicContexts(name)
    this.partitioner = partitioner ?? standard
    this.placesKeys = partitioner === null
    this.standard = standard
  }

  /** Known, prepared, not denied, and nobody in line: a message need not wait. */
  get passes(): boolean {
    return this.info !== null && this.prepared && !this.denied && this.parked.length === 0
  }

  /** Nothing stands in line, is queued or in flight. */
  get isIdle(): boolean {
    return this.parked.length === 0 && this.partitions.every(partition => partition.isIdle)
  }

  /** @returns whether it is another topic of the same name: deleted, and created again */
  update(info: TopicInfo): boolean {
    const isAnother = this.#id !== noTopicId && info.id !== noTopicId && info.id !== this.#id
    if (info.id !== noTopicId) this.#id = info.id
    this.info = info
    while (this.partitions.length < info.partitions.length) {
      this.partitions.push(new Partition(this, this.partitions.length))
    }
    return isAnother
  }

  // What a partitioner sees.

  choosing(message: Parameters<TopicPartitioner['partition']>[0], key: Uint8Array | string | null): void {
    this.#message = message
    this.#serializedKey = key
    this.fellBack = false
  }

  /** The message is its caller's again. */
  chosen(): void {
    this.#message = null
    this.#serializedKey = null
  }

  get key(): Uint8Array | null {
    const key = this.#serializedKey
    return typeof key === 'string' ? Buffer.from(key) : key
  }

  get partitionCount(): number {
    return this.info!.partitions.length
  }

  get available(): readonly number[] {
    return this.info!.available
  }

  queuedBatches(partition: number): number {
    return this.partitions[partition]?.state.batches.length ?? 0
  }

  fallback(): number {
    this.fellBack = true
    return this.standard.partition(this.#message!, this)
  }
}

export interface AccumulatorSettings {
  readonly batchBytes: number
  readonly lingerMs: number
}

/** The records of a batch fail together, when the time of the first is over: the last may lose this share of its own. */
const sharedShare = 0.1

export class Accumulator {
  readonly #memory: BatchMemory
  readonly #budget: MemoryBudget
  readonly #settings: AccumulatorSettings
  readonly #onOpened: (partition: Partition, batch: Batch) => void
  /** All that are active, and perhaps some that no longer are. */
  #active: Partition[] = []

  /** @param onOpened a batch began, or its deadline came nearer */
  constructor(
    memory: BatchMemory,
    budget: MemoryBudget,
    settings: AccumulatorSettings,
    onOpened: (partition: Partition, batch: Batch) => void
  ) {
    this.#memory = memory
    this.#budget = budget
    this.#settings = settings
    this.#onOpened = onOpened
  }

  /** Size at which a batch for this topic is sealed, bytes. */
  sealBytes(topic: Topic): number {
    return Math.min(this.#settings.batchBytes, topic.mostBatchBytes)
  }

  /** Whether one more record may be begun, before its size is known. */
  // hot: bench
  hasRoom(partition: Partition): boolean {
    const { open } = partition
    if (open === null) return this.#budget.hasRoom(smallestChunkBytes)
    const { buffer, byteLength } = open.writer
    return this.#budget.hasRoom(buffer.byteLength - byteLength >= 256 ? 0 : buffer.byteLength)
  }

  /** The batch that the next record of this call goes into. */
  // hot: bench
  batchFor(partition: Partition, operation: SendOperation): Batch {
    const { open } = partition
    if (open === null) return this.openBatch(partition, operation)
    if (open.startedAt === operation.startedAt && open.profile === operation.settings.profile) return open
    return this.#joins(partition, open, operation) ? open : this.#nextBatch(partition, operation)
  }

  /** Whether the call's records may share the fate of those in the batch. */
  #joins(partition: Partition, open: Batch, operation: SendOperation): boolean {
    if (!sameProfile(open.profile, operation.settings.profile)) return false
    const laterMs = operation.deadlineMs - open.deadlineMs
    if (laterMs > this.#mostLaterMs(open)) return false
    open.startedAt = operation.startedAt
    if (laterMs >= 0) return true
    open.deadlineMs = operation.deadlineMs
    this.#onOpened(partition, open)
    return true
  }

  #nextBatch(partition: Partition, operation: SendOperation): Batch {
    this.seal(partition)
    return this.openBatch(partition, operation)
  }

  #mostLaterMs({ profile }: Batch): number {
    return Math.max(this.#settings.lingerMs, profile.deliveryTimeoutMs * sharedShare)
  }

  openBatch(partition: Partition, operation: SendOperation): Batch {
    const { settings, startedAt, deadlineMs } = operation
    // Memory that grows with the batch is copied each time; but no room is kept where room is scarce.
    const { lastBatchBytes } = partition
    const initialBytes = this.#budget.isRelaxedWith(lastBatchBytes) ? lastBatchBytes : smallestChunkBytes
    const batch = new Batch(this.#memory, initialBytes, settings.profile, startedAt.monotonicMs, deadlineMs)
    batch.startedAt = startedAt
    partition.topic.usedMs = startedAt.monotonicMs
    partition.open = batch
    partition.state.batches.push(batch)
    this.activate(partition)
    this.#onOpened(partition, batch)
    return batch
  }

  /** The open batch takes no more; an empty one leaves. */
  seal(partition: Partition): void {
    const { open } = partition
    if (open === null) return
    if (open.writer.recordCount === 0) {
      this.dropOpen(partition)
      return
    }
    partition.open = null
    open.seal()
    partition.lastBatchBytes = open.rawBytes
    // A partitioner that meant to move on once the batch is full need not wait any longer (KIP-794).
    const { partitioner, standard } = partition.topic
    tellAppended(partitioner, partition, 0)
    if (standard !== partitioner) tellAppended(standard, partition, 0)
  }

  /** The open batch takes no more; its records have their outcomes already. */
  closeOpen(partition: Partition): void {
    partition.open?.seal()
    partition.open = null
  }

  /** Forgets the open batch, whatever is in it. */
  dropOpen(partition: Partition): void {
    const { open } = partition
    if (open === null) return
    partition.open = null
    const { batches } = partition.state
    batches.splice(batches.indexOf(open), 1)
    open.release()
  }

  /** Something is queued for the partition. */
  activate(partition: Partition): void {
    if (partition.active) return
    partition.active = true
    this.#active.push(partition)
  }

  /** Partitions with anything queued or in flight, as of now. Those that have become idle leave here, not with their last batch. */
  active(): readonly Partition[] {
    for (const partition of this.#active) partition.active = !partition.isIdle
    this.#active = this.#active.filter(({ active }) => active)
    return [...this.#active]
  }
}

/** The record is in the batch already: what a partitioner throws now is not the record's failure. */
export function tellAppended(partitioner: TopicPartitioner, partition: Partition, bytes: number): void {
  if (partitioner.appended === undefined) return
  try {
    partitioner.appended(partition.index, bytes, partition.open !== null)
  } catch (error) {
    surface(error)
  }
}
