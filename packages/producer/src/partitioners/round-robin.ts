// One message, one partition, in turn.
import { systemRandom, type PartitionContext, type Random, type TopicPartitioner } from '@sluice/core'

export interface RoundRobinOptions {
  readonly random?: Random | undefined
}

/**
 * Each message of a topic, keyed or not, goes to the next partition that has a leader; to the next of all if none has. Begins
 * anywhere, so that many producers of few messages do not all begin at the same partition.
 */
export function roundRobin(options: RoundRobinOptions = {}): { forTopic(topic: string): TopicPartitioner } {
  const random = options.random ?? systemRandom
  return { forTopic: () => new Turn(Math.floor(random() * 2 ** 31)) }
}

class Turn implements TopicPartitioner {
  #next: number

  constructor(first: number) {
    this.#next = first
  }

  partition(_message: unknown, context: PartitionContext): number {
    const turn = this.#next
    this.#next = (turn + 1) % 2 ** 31
    const available = context.available
    if (available.length === 0) return turn % context.partitionCount
    return available[turn % available.length] as number
  }
}
