// Messages go where the fewest batches wait; among equals, in turn. State is kept per topic.
import type { MessageToProduce, PartitionContext, TopicPartitioner } from '@sluice/core'

export function shortestQueue(): { forTopic(topic: string): TopicPartitioner } {
  return { forTopic: () => new ShortestQueue() }
}

class ShortestQueue implements TopicPartitioner {
  #turn = 0

  partition(_message: MessageToProduce, context: PartitionContext): number {
    const { available, partitionCount } = context
    // While no partition has a leader, any will do: the message waits for one.
    if (available.length === 0) return this.#turn++ % partitionCount
    let best = available[this.#turn++ % available.length]!
    for (const candidate of available) {
      if (context.queuedBatches(candidate) < context.queuedBatches(best)) best = candidate
    }
    return best
  }
}
