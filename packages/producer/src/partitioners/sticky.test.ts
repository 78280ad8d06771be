// Messages without a key: staying, moving on, and where to.
import { readFileSync } from 'node:fs'
import type { PartitionContext } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { contextOf } from '../../test/partition-context.ts'
import { partitionsOf, type StickyRun } from '../../test/sticky-run.ts'
import { sticky, StickyPartition } from './sticky.ts'

// The file is made by test-kafka/partitioners.test.ts from what the Java client's class answered.
const java = JSON.parse(readFileSync(new URL('../../test/vectors/java-partitions.json', import.meta.url), 'utf8')) as {
  readonly sticky: readonly (StickyRun & { readonly partitions: readonly number[] })[]
}

/** How often each partition is chosen when every outcome of chance comes up once. */
function frequencies(queues: readonly number[], draws: number, adaptive = true): number[] {
  const counts = queues.map(() => 0)
  for (let draw = 0; draw < draws; draw++) {
    const partition = new StickyPartition({ adaptive, random: () => (draw + 0.5) / draws }).choose(
      contextOf({ partitionCount: queues.length, queues })
    )
    counts[partition] = (counts[partition] ?? 0) + 1
  }
  return counts
}

/** A partitioner that would go to each partition in turn, and the partition where the next message would go. */
function walking(batchSize: number): { partitioner: StickyPartition; next: (context: PartitionContext) => number } {
  let turn = 0
  const partitioner = new StickyPartition({ batchSize, adaptive: false, random: () => (turn++ % 4) / 4 })
  return { partitioner, next: context => partitioner.choose(context) }
}

const empty = contextOf({ partitionCount: 4 })
const busy = contextOf({ partitionCount: 4, queues: [1, 1, 1, 1] })

describe('sticky partition', () => {
  it.each(java.sticky.map((run, index) => [index, run] as const))(
    'goes the way of the Java client in run %i',
    (_index, run) => {
      expect(partitionsOf(run)).toEqual(run.partitions)
    }
  )

  it('stays until a batch of bytes is full', () => {
    const { partitioner, next } = walking(100)
    const seen = [40, 40, 40, 40, 40, 40].map(bytes => {
      const partition = next(busy)
      partitioner.appended(partition, bytes, false)
      return partition
    })
    expect(seen).toEqual([0, 0, 0, 1, 1, 1])
  })

  it('stays with a batch that is not full yet, up to twice the bytes', () => {
    const { partitioner, next } = walking(100)
    const seen = [60, 60, 60, 60].map(bytes => {
      const partition = next(busy)
      partitioner.appended(partition, bytes, true)
      return partition
    })
    expect([...seen, next(busy)]).toEqual([0, 0, 0, 0, 1])
  })

  it('moves on when it is told that the open batch was closed', () => {
    const { partitioner, next } = walking(100)
    partitioner.appended(next(busy), 120, true)
    expect(next(busy)).toBe(0)
    partitioner.appended(0, 0, false)
    expect(next(busy)).toBe(1)
  })

  it('moves on when nothing is queued any more where it stayed for an open batch', () => {
    const { partitioner, next } = walking(100)
    partitioner.appended(next(busy), 120, true)
    expect(next(empty)).toBe(1)
  })

  it('does not count what went to other partitions', () => {
    const { partitioner, next } = walking(100)
    next(busy)
    partitioner.appended(3, 1000, false)
    expect(next(busy)).toBe(0)
  })

  it('chooses anew when the topic was made again with fewer partitions', () => {
    const partitioner = new StickyPartition({ random: () => 0.9 })
    expect(partitioner.choose(contextOf({ partitionCount: 10 }))).toBe(9)
    expect(partitioner.choose(contextOf({ partitionCount: 3 }))).toBe(2)
  })
})

describe('sticky partition > where to', () => {
  it('weighs partitions by how much shorter their queues are', () => {
    expect(frequencies([0, 3, 1], 8)).toEqual([4, 1, 3])
  })

  it('chooses evenly between queues of the same length', () => {
    expect(frequencies([2, 2, 2], 9)).toEqual([3, 3, 3])
  })

  it('chooses evenly when it is not to adapt', () => {
    expect(frequencies([0, 9, 1], 9, false)).toEqual([3, 3, 3])
  })

  it('leaves out partitions without a leader', () => {
    expect(frequencies([0, -1, 1], 3)).toEqual([2, 0, 1])
    expect(frequencies([0, -1, 1], 4, false)).toEqual([2, 0, 2])
  })

  it('chooses among all when none has a leader', () => {
    expect(frequencies([-1, -1], 4)).toEqual([2, 2])
  })
})

describe('sticky()', () => {
  it('spreads messages with a key as well, each topic by itself', () => {
    let turn = 0
    const partitioner = sticky({ batchSize: 10, random: () => (turn++ % 4) / 4 })
    const [one, other] = [partitioner.forTopic('one'), partitioner.forTopic('other')]
    const message = { topic: 'one', key: 'key', value: '' }
    expect([one.partition(message, busy), one.partition(message, busy), other.partition(message, busy)]).toEqual([
      0, 0, 1
    ])
    one.appended?.(0, 10, false)
    expect([one.partition(message, busy), other.partition(message, busy)]).toEqual([2, 1])
  })
})
