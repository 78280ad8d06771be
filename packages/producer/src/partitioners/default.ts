// The default: keys where the Java client puts them, everything else sticky.
import type { MessageToProduce, PartitionContext, TopicPartitioner } from '@sluice/core'
import { partitionOfKey } from './keyed.ts'
import { StickyPartition, type StickyOptions } from './sticky.ts'

/** Keyed messages go where the Java client puts them, messages without a key stay with a partition for about a batch. */
export function defaultPartitioner(options: StickyOptions = {}): { forTopic(topic: string): TopicPartitioner } {
  return { forTopic: () => new DefaultTopicPartitioner(options) }
}

class DefaultTopicPartitioner implements TopicPartitioner {
  readonly #sticky: StickyPartition
  /** What is appended next was placed by its key, so it says nothing about the sticky partition. */
  #keyed = false

  constructor(options: StickyOptions) {
    this.#sticky = new StickyPartition(options)
  }

  // hot: one call per record
  partition(message: MessageToProduce, context: PartitionContext): number {
    // The key's bytes are made on demand: not asked for without a key.
    const key = message.key === null || message.key === undefined ? null : context.key
    this.#keyed = key !== null
    return key === null ? this.#sticky.choose(context) : partitionOfKey(key, context.partitionCount)
  }

  appended(partition: number, bytes: number, hasIncompleteBatch: boolean): void {
    if (!this.#keyed || bytes === 0) this.#sticky.appended(partition, bytes, hasIncompleteBatch)
  }
}
