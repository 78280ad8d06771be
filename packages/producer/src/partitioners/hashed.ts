// librdkafka's partitioners for keys, with a partition by chance where there is none.
import {
  systemRandom,
  type MessageToProduce,
  type PartitionContext,
  type PartitionFunction,
  type Random
} from '@sluice/core'
import { crc32 } from './crc32.ts'
import { partitionOfKey } from './keyed.ts'

export interface HashedOptions {
  readonly random?: Random | undefined
}

/** librdkafka's `murmur2_random`: keys where the Java client puts them, an empty key too; no key: by chance. */
export function murmur2Random(options: HashedOptions = {}): PartitionFunction {
  const random = options.random ?? systemRandom
  return (_message: MessageToProduce, context: PartitionContext) => {
    const key = context.key
    return key === null ? byChance(context, random) : partitionOfKey(key, context.partitionCount)
  }
}

/** librdkafka's default, `consistent_random`: by the CRC-32 of the key; no key or an empty one: by chance. */
export function crc32Random(options: HashedOptions = {}): PartitionFunction {
  const random = options.random ?? systemRandom
  return (_message: MessageToProduce, context: PartitionContext) => {
    const key = context.key
    return key === null || key.length === 0 ? byChance(context, random) : crc32(key) % context.partitionCount
  }
}

function byChance(context: PartitionContext, random: Random): number {
  const available = context.available
  if (available.length === 0) return Math.floor(random() * context.partitionCount)
  return available[Math.floor(random() * available.length)] as number
}
