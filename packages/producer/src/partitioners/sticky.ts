// Messages without a key: stays with one partition for about a batch, then goes where the queues are short (KIP-794).
import {
  systemRandom,
  type MessageToProduce,
  type PartitionContext,
  type Random,
  type TopicPartitioner
} from '@sluice/core'

export interface StickyOptions {
  readonly random?: Random | undefined
  /** Bytes after which it moves on; give it the producer's `batchSize`. Default 262144. */
  readonly batchSize?: number | undefined
  /** Prefer partitions with short queues; false: all alike. Default true. */
  readonly adaptive?: boolean | undefined
}

const DEFAULT_BATCH_BYTES = 262_144

/** Spreads all messages, keyed or not, like messages without a key. */
export function sticky(options: StickyOptions = {}): { forTopic(topic: string): TopicPartitioner } {
  return { forTopic: () => new StickyPartition(options) }
}

/**
 * The partition of one topic that is being filled.
 *
 * @see KIP-794; apache/kafka clients/src/main/java/org/apache/kafka/clients/producer/internals/BuiltInPartitioner.java@4.3.1
 */
export class StickyPartition implements TopicPartitioner {
  readonly #random: Random
  readonly #batchBytes: number
  readonly #adaptive: boolean
  /** -1 when the next message chooses anew. */
  #partition = -1
  #producedBytes = 0

  constructor(options: StickyOptions = {}) {
    this.#random = options.random ?? systemRandom
    this.#batchBytes = options.batchSize ?? DEFAULT_BATCH_BYTES
    this.#adaptive = options.adaptive ?? true
  }

  // hot: one call per record without a key
  partition(_message: MessageToProduce, context: PartitionContext): number {
    return this.choose(context)
  }

  // hot: one call per record without a key
  choose(context: PartitionContext): number {
    if (this.#mayStay(context)) return this.#partition
    this.#partition = nextPartition(context, this.#adaptive, this.#random)
    this.#producedBytes = 0
    return this.#partition
  }

  /**
   * To be told of each record that went where this chose, and, with no bytes, of a batch that was closed before it was full.
   *
   * Story: with linger, a batch is sent at 12 of 16 KB; the next has 4 KB when 16 KB have gone to the partition. Moving now
   * would send it at 4 KB, and so on: 12, 4, 12, 4. So a partition with an open batch is kept, up to twice the bytes.
   */
  // hot: one call per record without a key
  appended(partition: number, bytes: number, hasIncompleteBatch: boolean): void {
    if (partition !== this.#partition) return
    this.#producedBytes += bytes
    if (this.#producedBytes < this.#batchBytes) return
    if (!hasIncompleteBatch || this.#producedBytes >= 2 * this.#batchBytes) this.#partition = -1
  }

  #mayStay(context: PartitionContext): boolean {
    if (this.#partition < 0 || this.#partition >= context.partitionCount) return false
    // A move that was put off is due once nothing is open there any more.
    return this.#producedBytes < this.#batchBytes || context.queuedBatches(this.#partition) > 0
  }
}

function nextPartition(context: PartitionContext, adaptive: boolean, random: Random): number {
  const available = context.available
  if (available.length === 0) return Math.floor(random() * context.partitionCount)
  return adaptive ? byQueueLength(context, random) : (available[Math.floor(random() * available.length)] as number)
}

/** Weight of a partition: how much shorter its queue is than the longest, plus one. */
function byQueueLength(context: PartitionContext, random: Random): number {
  const available = context.available
  let longest = 0
  let queued = 0
  for (let index = 0; index < available.length; index++) {
    const length = context.queuedBatches(available[index] as number)
    queued += length
    if (length > longest) longest = length
  }
  let left = Math.floor(random() * (available.length * (longest + 1) - queued))
  for (let index = 0; index < available.length - 1; index++) {
    const partition = available[index] as number
    left -= longest + 1 - context.queuedBatches(partition)
    if (left < 0) return partition
  }
  return available[available.length - 1] as number
}
