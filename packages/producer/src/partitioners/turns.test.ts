// Where messages go that no key places: in turn, or by chance.
import { isKafkaError, type MessageToProduce, type PartitionContext } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { contextOf } from '../../test/partition-context.ts'
import { compatible, type CompatibleClient } from './compatible.ts'
import { crc32Random, murmur2Random } from './hashed.ts'
import { roundRobin } from './round-robin.ts'

const message = { topic: 'topic', value: '' }
const all = contextOf({ partitionCount: 3 })
const some = contextOf({ partitionCount: 4, queues: [0, -1, 0, 0] })
const none = contextOf({ partitionCount: 3, queues: [-1, -1, -1] })

type Partition = (message: MessageToProduce, context: PartitionContext) => number

function six(partition: Partition, context: PartitionContext): number[] {
  return Array.from({ length: 6 }, () => partition(message, context))
}

describe('roundRobin', () => {
  const from = (chance: number): Partition => {
    const topic = roundRobin({ random: () => chance }).forTopic('topic')
    return (one, context) => topic.partition(one, context)
  }

  it('goes to each partition in turn', () => {
    expect(six(from(0), all)).toEqual([0, 1, 2, 0, 1, 2])
  })

  it('begins anywhere', () => {
    expect(six(from(1 / 2 ** 31), all)).toEqual([1, 2, 0, 1, 2, 0])
  })

  it('passes over partitions without a leader, unless all are', () => {
    expect(six(from(0), some)).toEqual([0, 2, 3, 0, 2, 3])
    expect(six(from(0), none)).toEqual([0, 1, 2, 0, 1, 2])
  })

  it('goes on after 2^31 messages', () => {
    const last = from(1 - 1 / 2 ** 31)
    expect([last(message, all), last(message, all)]).toEqual([(2 ** 31 - 1) % 3, 0])
  })

  it('takes no notice of a key', () => {
    const keyed = contextOf({ partitionCount: 3, key: Buffer.from('abc') })
    expect(six(from(0), keyed)).toEqual([0, 1, 2, 0, 1, 2])
  })

  it('has a turn for each topic', () => {
    const partitioner = roundRobin({ random: () => 0 })
    const [one, other] = [partitioner.forTopic('one'), partitioner.forTopic('other')]
    expect([one.partition(message, all), one.partition(message, all), other.partition(message, all)]).toEqual([0, 1, 0])
  })
})

describe.each([
  ['murmur2Random', murmur2Random],
  ['crc32Random', crc32Random]
])('%s', (_name, make) => {
  it('takes chance for a message without a key, among partitions with a leader if there are any', () => {
    const chances = [0, 0.34, 0.99, 0, 0.34, 0.99]
    const partition = make({ random: () => chances.shift() ?? 0 })
    expect([some, some, some, none, none, none].map(context => partition(message, context))).toEqual([0, 2, 3, 0, 1, 2])
  })
})

describe('an empty key', () => {
  const context = contextOf({ partitionCount: 100, key: Buffer.alloc(0) })

  it('is a key to murmur2Random', () => {
    expect(murmur2Random({ random: () => 0.33 })(message, context)).toBe(81)
  })

  it('is none to crc32Random', () => {
    expect(crc32Random({ random: () => 0.33 })(message, context)).toBe(33)
  })
})

describe('compatible', () => {
  const of = (client: CompatibleClient): Partition => {
    const topic = compatible(client, { random: () => 0 }).forTopic('topic')
    return (one, context) => topic.partition(one, context)
  }

  it('goes through all partitions, from the first, as platformatic does', () => {
    expect(six(of('platformatic'), contextOf({ partitionCount: 4, queues: [0, -1, 0, 0] }))).toEqual([0, 1, 2, 3, 0, 1])
  })

  it('goes through the partitions with a leader, as kafkajs does', () => {
    expect(six(of('kafkajs-legacy'), some)).toEqual([2, 3, 0, 2, 3, 0])
    expect(six(of('kafkajs-legacy'), none)).toEqual([1, 2, 0, 1, 2, 0])
  })

  it('refuses a client that it does not know', () => {
    const unknown = 'kafka-node' as CompatibleClient
    expect(() => compatible(unknown)).toThrow(expect.toSatisfy(error => isKafkaError(error, 'KAFKA_INVALID_ARGUMENT')))
  })
})
