// The partitioner that a producer has when it is given none.
import { describe, expect, it } from 'vitest'
import { contextOf } from '../../test/partition-context.ts'
import { defaultPartitioner } from './default.ts'

const unkeyed = { topic: 'topic', value: '' }
const keyed = { ...unkeyed, key: 'abc' }
const key = Buffer.from('abc')

describe('default partitioner', () => {
  it('places messages by their serialized key, all partitions counted', () => {
    const partitioner = defaultPartitioner().forTopic('topic')
    expect(partitioner.partition(keyed, contextOf({ partitionCount: 100, key }))).toBe(7)
    const queues = Array.from({ length: 100 }, (_, partition) => (partition % 2 === 0 ? 0 : -1))
    expect(partitioner.partition(keyed, contextOf({ partitionCount: 100, key, queues }))).toBe(7)
  })

  it('takes an empty key for a key', () => {
    const partitioner = defaultPartitioner({ random: () => 0 }).forTopic('topic')
    expect(
      partitioner.partition({ ...unkeyed, key: '' }, contextOf({ partitionCount: 100, key: Buffer.alloc(0) }))
    ).toBe(81)
  })

  it('stays with a partition for messages without a key, whatever goes elsewhere by its key', () => {
    const chances = [0.5, 0.9]
    const partitioner = defaultPartitioner({ batchSize: 100, random: () => chances.shift() ?? 0 }).forTopic('topic')
    const context = contextOf({ partitionCount: 100, key, queues: Array.from({ length: 100 }, () => 1) })
    const seen: number[] = []
    for (const message of [unkeyed, keyed, { ...unkeyed, key: null }, keyed, unkeyed]) {
      const partition = partitioner.partition(message, context)
      partitioner.appended?.(partition, 50, false)
      seen.push(partition)
    }
    expect(seen).toEqual([50, 7, 50, 7, 90])
  })

  it('does not count keyed messages that fall on the partition it stays with', () => {
    const partitioner = defaultPartitioner({ batchSize: 100, random: () => 0.07 }).forTopic('topic')
    const context = contextOf({ partitionCount: 100, key, queues: Array.from({ length: 100 }, () => 1) })
    expect(partitioner.partition(unkeyed, context)).toBe(7)
    partitioner.appended?.(7, 60, true)
    partitioner.partition(keyed, context)
    partitioner.appended?.(7, 5000, false)
    const before = contextOf({
      partitionCount: 100,
      queues: Array.from({ length: 100 }, (_, at) => (at === 7 ? 9 : 0))
    })
    expect(partitioner.partition(unkeyed, before)).toBe(7)
  })

  it('does not ask for the key of a message without one', () => {
    const context = {
      ...contextOf({ partitionCount: 4 }),
      get key(): Uint8Array | null {
        throw new Error('asked')
      }
    }
    const partitioner = defaultPartitioner({ random: () => 0.5 }).forTopic('topic')
    expect(partitioner.partition(unkeyed, context)).toBe(2)
  })
})
