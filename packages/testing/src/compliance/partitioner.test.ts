// The suite of partitioners passes good partitioners, and each of its cases catches one that only it catches.
import type { MessageToProduce, PartitionContext, TopicPartitioner } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { failedCases, failures } from './failed-cases.ts'
import type { PartitionerSetup } from './partitioner-stage.ts'
import { partitionerCompliance } from './partitioner.ts'

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

class ByMessageKey extends GoodTopic {
  override keyed(_key: Uint8Array, _context: PartitionContext, message: MessageToProduce): number {
    return murmur2(Buffer.from(String(message.key))) & 0x7fff_ffff
  }
}
class ByFalsyKey extends GoodTopic {
  override partition(message: MessageToProduce, context: PartitionContext): number {
    return message.key ? super.partition(message, context) : this.unkeyed(context)
  }
}
class ByKeyObject extends GoodTopic {
  readonly #places = new WeakMap<Uint8Array, number>()
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    const place = this.#places.get(key) ?? super.keyed(key, context, message)
    this.#places.set(key, place)
    return place
  }
}
class Lowering extends GoodTopic {
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    for (const [at, byte] of key.entries()) if (byte >= 0x41 && byte <= 0x5a) key[at] = byte + 0x20
    return super.keyed(key, context, message)
  }
}
class MarkingUnkeyed extends GoodTopic {
  override partition(message: MessageToProduce, context: PartitionContext): number {
    if (context.key === null) Object.assign(message, { key: 'none' })
    return super.partition(message, context)
  }
}
class Drifting extends GoodTopic {
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    return super.keyed(key, context, message) + this.turn
  }
}
class Forgetful extends GoodTopic {
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    return key[0] === 0 ? this.unkeyed(context) : super.keyed(key, context, message)
  }
}
class Growing extends GoodTopic {
  #count = 0
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    this.#count = Math.max(this.#count, context.partitionCount)
    return super.keyed(key, context, message) % this.#count
  }
}
class Settled extends GoodTopic {
  readonly #places = new Map<string, number>()
  override keyed(key: Uint8Array, context: PartitionContext, message: MessageToProduce): number {
    const name = Buffer.from(key).toString('latin1')
    const place = this.#places.get(name) ?? super.keyed(key, context, message) % context.partitionCount
    if (this.#places.size < 100) this.#places.set(name, place)
    return place
  }
}
class Loyal extends GoodTopic {
  #available: readonly number[] = []
  override unkeyed(context: PartitionContext): number {
    if (this.#available.length === 0) this.#available = context.available
    return super.unkeyed({ ...context, available: this.#available })
  }
}
class Averaging extends GoodTopic {
  override unkeyed(context: PartitionContext): number {
    const { available } = context
    if (available.length === 0) return super.unkeyed(context)
    return available.reduce((sum, place) => sum + context.queuedBatches(place), 0) / available.length
  }
}
class Spreading extends GoodTopic {
  override keyed(key: Uint8Array): number {
    return murmur2(Buffer.from(String.fromCharCode(...key), 'latin1')) & 0x7fff_ffff
  }
}

const one = new GoodTopic()

interface Broken {
  /** What the partitioner does wrong. */
  readonly what: string
  readonly setup: PartitionerSetup
  /** The case that must refuse it, and what it must say. */
  readonly refusedBy: string
  readonly says: string
}

const integers = 'chooses a non-negative integer, at once, whatever the topic looks like'
const asTheyAre = 'leaves messages as they are'
const together = 'keeps equal keys together, in every topic'
const serialized = 'goes by the serialized key'
const added = 'sees partitions that are added or gone'

const broken: readonly Broken[] = [
  {
    what: 'goes by the key as the message has it, where it is falsy',
    setup: setupOf(ByFalsyKey),
    refusedBy: serialized,
    says: 'it goes by message.key, which may be anything, and not by context.key'
  },
  {
    what: 'knows a key again by the memory it is in',
    setup: setupOf(ByKeyObject),
    refusedBy: serialized,
    says: 'in memory that held another key before'
  },
  {
    what: 'changes the bytes of the key',
    setup: setupOf(Lowering),
    refusedBy: asTheyAre,
    says: 'The bytes of the key were changed'
  },
  {
    what: 'changes messages without a key',
    setup: setupOf(MarkingUnkeyed),
    refusedBy: asTheyAre,
    says: "The message's key was changed"
  },
  {
    what: 'puts keys elsewhere once messages without a key have come',
    setup: setupOf(Drifting),
    refusedBy: together,
    says: 'after messages without a key'
  },
  {
    what: 'takes some keys for none',
    setup: setupOf(Forgetful),
    refusedBy: together,
    says: 'asked again'
  },
  {
    what: 'remembers partitions that are gone',
    setup: setupOf(Growing),
    refusedBy: added,
    says: 'after 12 partitions became 5'
  },
  {
    what: 'keeps some keys where they were among fewer partitions',
    setup: setupOf(Settled),
    refusedBy: added,
    says: 'after 3 partitions became 12'
  },
  {
    what: 'remembers leaders that are gone',
    setup: setupOf(Loyal),
    refusedBy: 'prefers partitions with a leader for messages without a key',
    says: 'Without a key it chose'
  },
  {
    what: 'chooses a fraction where batches wait',
    setup: setupOf(Averaging),
    refusedBy: integers,
    says: 'no non-negative integer'
  },
  {
    what: 'fails on a key that is large',
    setup: setupOf(Spreading),
    refusedBy: integers,
    says: 'it threw RangeError'
  }
]

const mutants: Readonly<Record<string, PartitionerSetup>> = {
  'chooses a non-negative integer, at once, whatever the topic looks like': setupOf(Stuck),
  'leaves messages as they are': setupOf(Marking),
  'keeps equal keys together, in every topic': setupOf(ByTopic),
  'goes by the serialized key': setupOf(ByMessageKey),
  'spreads keys over all partitions': setupOf(Narrow),
  'keeps keys where they are, whatever leads or waits': setupOf(Fleeing),
  'puts keys where the Java client puts them': setupOf(Absolute, 'java'),
  'prefers partitions with a leader for messages without a key': setupOf(Blind),
  'sees partitions that are added or gone': setupOf(Remembering),
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

  for (const { what, setup, refusedBy, says } of broken) {
    it(`${refusedBy}: refuses a partitioner that ${what}`, async () => {
      const cases = partitionerCompliance.filter(({ name }) => name === refusedBy)
      expect(await failures(cases, setup)).toEqual({ [refusedBy]: expect.stringContaining(says) })
    })
  }
})
