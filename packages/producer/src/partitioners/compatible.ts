// For a topic that another Node client has filled: keys stay in the partitions where that client put them.
import {
  InvalidArgumentError,
  systemRandom,
  type MessageToProduce,
  type PartitionContext,
  type Random,
  type TopicPartitioner
} from '@sluice/core'
import { legacyMurmur2 } from './legacy-murmur2.ts'
import { murmur2 } from './murmur2.ts'

export type CompatibleClient = 'platformatic' | 'kafkajs-legacy'

export interface CompatibleOptions {
  readonly random?: Random | undefined
}

/**
 * - `platformatic`: the default of @platformatic/kafka (1 and 2). Its hash is the Java client's, its way from a negative hash
 *   to a partition is not. Without a key: all partitions in turn, from 0.
 * - `kafkajs-legacy`: the default of kafkajs 1, `LegacyPartitioner` of kafkajs 2. Without a key: the partitions with a leader
 *   in turn, from anywhere.
 */
export function compatible(
  client: CompatibleClient,
  options: CompatibleOptions = {}
): { forTopic(topic: string): TopicPartitioner } {
  const random = options.random ?? systemRandom
  switch (client) {
    case 'platformatic':
      return { forTopic: () => new PlatformaticTopic() }
    case 'kafkajs-legacy':
      return { forTopic: () => new LegacyKafkajsTopic(Math.floor(random() * 2 ** 32)) }
    default:
      throw new InvalidArgumentError(
        `compatible() knows 'platformatic' and 'kafkajs-legacy', not ${JSON.stringify(client)}`
      )
  }
}

class PlatformaticTopic implements TopicPartitioner {
  #turn = 0

  partition(_message: MessageToProduce, context: PartitionContext): number {
    const key = context.key
    return (key === null ? this.#turn++ : murmur2(key) >>> 0) % context.partitionCount
  }
}

class LegacyKafkajsTopic implements TopicPartitioner {
  #turn: number

  constructor(before: number) {
    this.#turn = before
  }

  partition(_message: MessageToProduce, context: PartitionContext): number {
    const key = context.key
    if (key !== null) return (legacyMurmur2(key) & 0x7fff_ffff) % context.partitionCount
    this.#turn++
    const available = context.available
    if (available.length === 0) return (this.#turn & 0x7fff_ffff) % context.partitionCount
    return available[(this.#turn & 0x7fff_ffff) % available.length] as number
  }
}
