// The suite of partitioners passes good partitioners, and each of its cases catches one that only it catches.
import type { MessageToProduce, PartitionContext, TopicPartitioner } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { failedCases } from './failed-cases.ts'
import { partitionerCompliance, type PartitionerSetup } from './partitioner.ts'

function murmur2(key: Uint8Array): number {
  const m = 0x5bd1e995
  let hash = 0x9747b28c ^ key.length
  const whole = key.length & ~3
  for (let at = 0; at < whole; at += 4) {
    let word = key[at]! | (key[at + 1]! << 8) | (key[at + 2]! << 16) | (key[at + 3]! << 24)
    word = Math.imul(word, m)
    word = Math.imul(word ^ (word >>> 24), m)
    hash = Math.imul(hash, m) ^ word
  }
  for (let at = key.length - 1; at >= whole; at--) hash ^= key[at]! << (8 * (at - whole))
  if (whole < key.length) hash = Math.imul(hash, m)
  hash = Math.imul(hash ^ (hash >>> 13), m)
  return hash ^ (hash >>> 15)
}

class GoodTopic implements TopicPartitioner {
  turn = 0
  partition(message: MessageToProduce, context: PartitionContext): number {
    return context.key === null ? this.unkeyed(context) : this.keyed(context.key, context, message)
  }
  keyed(key: Uint8Array, _context: PartitionContext, _message: MessageToProduce): number {
    return murmur2(key) & 0x7fff_ffff
  }
  unkeyed({ available }: PartitionContext): number {
    const turn = this.turn++
    return available.length === 0 ? turn : available[turn % available.length]!
  }
  appended(_partition: number, _bytes: number, _hasIncompleteBatch: boolean): void {
    this.turn++
  }
}

function setupOf(Topic: new () => GoodTopic, keys: PartitionerSetup['keys'] = 'stable'): PartitionerSetup {
  return { create: () => ({ forTopic: () => new Topic() }), keys, prefersAvailable: true }
}

class Stuck extends GoodTopic {
  override unkeyed({ available }: PartitionContext): number {
    return available[this.turn++ % available.length]!
  }
}
class Marking extends GoodTopic {
  override partition(message: MessageToProduce, context: PartitionContext): number {
    return Object.assign(message, { partition: super.partition(message, context) }).partition
  }
}
class ByTopic extends GoodTopic {
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    return super.keyed(key, context, message) + context.topic.length
  }
}
class Narrow extends GoodTopic {
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    return super.keyed(key, context, message) % 5
  }
}
class Fleeing extends GoodTopic {
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    const place = super.keyed(key, context, message) % context.partitionCount
    return context.available.includes(place) ? place : (context.available[0] ?? place)
  }
}
class Absolute extends GoodTopic {
  override keyed(key: Uint8Array): number {
    return Math.abs(murmur2(key))
  }
}
class Blind extends GoodTopic {
  override unkeyed(): number {
    return this.turn++
  }
}
class Remembering extends GoodTopic {
  #count = 0
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    this.#count ||= context.partitionCount
    return super.keyed(key, context, message) % this.#count
  }
}
class Strict extends GoodTopic {
  #chosen = -1
  override partition(message: MessageToProduce, context: PartitionContext): number {
    return (this.#chosen = super.partition(message, context))
  }
  override appended(partition: number): void {
    if (partition !== this.#chosen) throw new Error(`${partition} was not chosen`)
  }
}

const one = new GoodTopic()

const mutants: Readonly<Record<string, PartitionerSetup>> = {
  'chooses a non-negative integer, at once, whatever the topic looks like': setupOf(Stuck),
  'leaves messages as they are': setupOf(Marking),
  'keeps equal keys together, in every topic': setupOf(ByTopic),
  'spreads keys over all partitions': setupOf(Narrow),
  'keeps keys where they are, whatever leads or waits': setupOf(Fleeing),
  'puts keys where the Java client puts them': setupOf(Absolute, 'java'),
  'prefers partitions with a leader for messages without a key': setupOf(Blind),
  'sees partitions that are added': setupOf(Remembering),
  'has a partitioner for each topic': { ...setupOf(GoodTopic), create: () => ({ forTopic: () => one }) },
  'hears of any append': setupOf(Strict)
}

describe('partitioner compliance', () => {
  it('passes a good partitioner that places keys as Java does', async () => {
    expect(await failedCases(partitionerCompliance, setupOf(GoodTopic, 'java'))).toEqual([])
  })

  it('passes a function that promises nothing', async () => {
    let turn = 0
    expect(await failedCases(partitionerCompliance, { create: () => () => turn++ })).toEqual([])
  })

  it('has a mutant for every case', () => {
    expect(Object.keys(mutants)).toEqual(partitionerCompliance.map(({ name }) => name))
  })

  for (const [name, setup] of Object.entries(mutants)) {
    it(`alone catches a partitioner of which this is not true: ${name}`, async () => {
      expect(await failedCases(partitionerCompliance, setup)).toEqual([name])
    })
  }
})
