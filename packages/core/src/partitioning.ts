// What a partitioner is.
import type { MessageToProduce } from './message.ts'

export interface PartitionContext {
  readonly topic: string
  /** The serialized key, made on demand; null without a key. Perhaps the memory that is sent: not to be changed, nor kept. */
  get key(): Uint8Array | null
  readonly partitionCount: number
  /** Partitions with a live leader, ascending. */
  readonly available: readonly number[]
  /** Batches that wait or are in flight for a partition. */
  queuedBatches(partition: number): number
  /** What the default partitioner would choose. */
  fallback(): number
}

/** A non-negative integer, taken modulo the partition count. Anything else fails the message. */
export type PartitionFunction = (message: MessageToProduce, context: PartitionContext) => number

export interface TopicPartitioner {
  partition(message: MessageToProduce, context: PartitionContext): number
  /** What KIP-794 needs to know after each append. `bytes` is the size of the record in its batch. */
  appended?(partition: number, bytes: number, hasIncompleteBatch: boolean): void
}

/** A function, or one partitioner per topic where state is needed. */
export type Partitioner = PartitionFunction | { forTopic(topic: string): TopicPartitioner }
