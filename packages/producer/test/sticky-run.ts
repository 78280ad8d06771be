// Runs of the sticky partitioner that can be made here and by the Java client's own class.
import { StickyPartition } from '../src/partitioners/sticky.ts'
import { contextOf } from './partition-context.ts'

export interface StickyStep {
  /** Batches of each partition; -1: no leader. */
  readonly queues: readonly number[]
  /** From 0 to 1: the random number, should one be drawn. */
  readonly chance: number
  readonly bytes: number
  readonly incomplete: boolean
}

export interface StickyRun {
  readonly batchSize: number
  readonly partitionCount: number
  readonly adaptive: boolean
  readonly steps: readonly StickyStep[]
}

/** The partition of each message. */
export function partitionsOf({ batchSize, partitionCount, adaptive, steps }: StickyRun): number[] {
  let chance = 0
  const sticky = new StickyPartition({ batchSize, adaptive, random: () => chance })
  return steps.map(step => {
    chance = step.chance
    const partition = sticky.choose(contextOf({ partitionCount, queues: step.queues }))
    sticky.appended(partition, step.bytes, step.incomplete)
    return partition
  })
}
