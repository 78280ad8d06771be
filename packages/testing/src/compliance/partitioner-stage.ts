// Where partitioners are tried: topics in any state, and choices as the producer takes them.
import type { MessageToProduce, PartitionContext, Partitioner, TopicPartitioner } from '@sluice/core'
import { claim, shown } from './claims.ts'

export interface PartitionerSetup {
  /** A new partitioner at each call. */
  readonly create: () => Partitioner
  /**
   * What becomes of keys: `java` where the Java client puts them, `stable` somewhere that only the serialized key and the number
   * of partitions decide (an empty key may be taken for none), `any` no promise. Default `any`.
   */
  readonly keys?: 'java' | 'stable' | 'any' | undefined
  /** Whether messages without a key go only to partitions with a leader, while there is one. Default false. */
  readonly prefersAvailable?: boolean | undefined
}

export interface Situation {
  readonly topic?: string
  readonly count: number
  readonly available?: readonly number[]
  readonly key?: string | Uint8Array | null
  /** The key as the message has it, before it is serialized. Default: as `key`. */
  readonly given?: unknown
  readonly queued?: (partition: number) => number
  readonly fallback?: number
}

const encoder = new TextEncoder()

export function encoded(text: string): Uint8Array {
  return encoder.encode(text)
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

export function contextOf(situation: Situation): PartitionContext {
  const { topic = 'orders', count, key = null, queued, fallback = 0 } = situation
  const available = Object.freeze([...(situation.available ?? upTo(count))])
  const bytes = typeof key === 'string' ? encoded(key) : key
  return Object.freeze({
    topic,
    get key() {
      return bytes
    },
    partitionCount: count,
    available,
    queuedBatches: (partition: number) => queued?.(partition) ?? 0,
    fallback: () => fallback
  })
}

function messageOf({ topic = 'orders', key = null, given = key }: Situation): MessageToProduce {
  return { topic, value: 'value', key: given }
}

/** One topic's partitioner, whichever of the two forms it has. */
export function forTopic(partitioner: Partitioner, topic = 'orders'): TopicPartitioner {
  if (typeof partitioner !== 'function') return partitioner.forTopic(topic)
  return { partition: partitioner }
}

/** A choice as the producer takes it: any non-negative integer, modulo the number of partitions. */
export function choose(partitioner: TopicPartitioner, situation: Situation): number {
  const { count, key = null } = situation
  const where = `Of ${count} partitions, for the key ${shown(key)},`
  let choice: unknown
  try {
    choice = partitioner.partition(messageOf(situation), contextOf(situation))
  } catch (cause) {
    throw new Error(`${where} it threw ${shown(cause)}`, { cause })
  }
  const isRight = typeof choice === 'number' && Number.isSafeInteger(choice) && choice >= 0
  claim(isRight, `${where} it chose ${shown(choice)}: no non-negative integer`)
  return Number(choice) % count
}

/** The partitions that have a leader: all, one, every other, none. */
export function leaders(count: number): number[][] {
  return [upTo(count), [count - 1], upTo(count).filter(index => index % 2 === 0), []]
}
