// The compliance suite of partitioners.
import type { MessageToProduce, PartitionContext, Partitioner, TopicPartitioner } from '@sluice/core'
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, shown } from './claims.ts'

export interface PartitionerSetup {
  /** A new partitioner at each call. */
  readonly create: () => Partitioner
  /**
   * What becomes of keys: `java` where the Java client puts them, `stable` somewhere that only the key and the number of
   * partitions decide, `any` no promise. Default `any`.
   */
  readonly keys?: 'java' | 'stable' | 'any' | undefined
  /** Whether messages without a key go only to partitions with a leader, while there is one. Default false. */
  readonly prefersAvailable?: boolean | undefined
}

interface Situation {
  readonly topic?: string
  readonly count: number
  readonly available?: readonly number[]
  readonly key?: string | Uint8Array | null
  readonly queued?: (partition: number) => number
  readonly fallback?: number
}

const encoder = new TextEncoder()

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

function contextOf(situation: Situation): PartitionContext {
  const { topic = 'orders', count, key = null, queued, fallback = 0 } = situation
  const available = Object.freeze([...(situation.available ?? upTo(count))])
  const bytes = typeof key === 'string' ? encoder.encode(key) : key
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

function messageOf({ topic = 'orders', key = null }: Situation): MessageToProduce {
  return { topic, value: 'value', key }
}

/** One topic's partitioner, whichever of the two forms it has. */
function forTopic(partitioner: Partitioner, topic = 'orders'): TopicPartitioner {
  if (typeof partitioner !== 'function') return partitioner.forTopic(topic)
  return { partition: partitioner }
}

/** A choice as the producer takes it: any non-negative integer, modulo the number of partitions. */
function choose(partitioner: TopicPartitioner, situation: Situation): number {
  const choice: unknown = partitioner.partition(messageOf(situation), contextOf(situation))
  const right = typeof choice === 'number' && Number.isSafeInteger(choice) && choice >= 0
  const { count, key } = situation
  claim(
    right,
    `Of ${count} partitions, for the key ${shown(key ?? null)}, it chose ${shown(choice)}: no non-negative integer`
  )
  return choice % count
}

const manyKeys: readonly string[] = upTo(1000).map(index => `customer-${index}`)
const counts: readonly number[] = [1, 2, 3, 7, 100, 1000]

function leaders(count: number): number[][] {
  return [upTo(count), [count - 1], upTo(count).filter(index => index % 2 === 0), []]
}

async function choosesIntegers({ create }: PartitionerSetup): Promise<void> {
  for (const count of counts) {
    const partitioner = forTopic(create())
    for (const available of leaders(count)) {
      for (const key of [null, '', 'a', 'é€', new Uint8Array(300)]) choose(partitioner, { count, available, key })
    }
  }
}

async function leavesThingsAlone({ create }: PartitionerSetup): Promise<void> {
  const partitioner = forTopic(create())
  const spied = new Proxy({ topic: 'orders', value: 'value', key: 'k' } satisfies MessageToProduce, {
    set: (_message, property) => claimUnchanged(property),
    defineProperty: (_message, property) => claimUnchanged(property),
    deleteProperty: (_message, property) => claimUnchanged(property)
  })
  partitioner.partition(spied, contextOf({ count: 6, key: 'k' }))
}

function claimUnchanged(property: string | symbol): boolean {
  throw new Error(`The message's ${String(property)} was changed`)
}

async function keepsKeysTogether({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const first = forTopic(create())
  const second = forTopic(create(), 'payments')
  for (const key of manyKeys) {
    const place = choose(first, { count: 12, key })
    claimEqual(choose(first, { count: 12, key }), place, `The partition of ${key}, asked again,`)
    claimEqual(choose(second, { count: 12, key, topic: 'payments' }), place, `The partition of ${key} in another topic`)
  }
}

async function spreadsKeys({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const partitioner = forTopic(create())
  const used = new Set(manyKeys.map(key => choose(partitioner, { count: 12, key })))
  claimEqual(used.size, 12, 'The number of 12 partitions that 1,000 keys use')
}

async function keepsKeysFromLeaders({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const partitioner = forTopic(create())
  for (const key of manyKeys) {
    const place = choose(partitioner, { count: 12, key })
    for (const available of leaders(12)) {
      const moved = choose(partitioner, { count: 12, key, available, queued: partition => partition * 3 })
      claimEqual(moved, place, `The partition of ${key} when ${available.length} of 12 partitions have a leader`)
    }
  }
}

// Murmur2 of the key, the sign masked, modulo the number of partitions: apache/kafka BuiltInPartitioner.partitionForKey.
const javaHashes: readonly (readonly [key: string | Uint8Array, hash: number])[] = [
  ['', 275_646_681],
  ['a', -1_563_381_124],
  ['21', -973_932_308],
  ['abc', 479_470_107],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  [Uint8Array.of(0xff, 0x80, 0xfe, 0, 0xff), 1_693_714_603]
]

async function agreesWithJava({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys !== 'java') return
  const partitioner = forTopic(create())
  for (const [key, hash] of javaHashes) {
    for (const count of [3, 7, 100]) {
      const expected = (hash & 0x7fff_ffff) % count
      claimEqual(choose(partitioner, { count, key }), expected, `The partition of ${shown(key)} among ${count}`)
    }
  }
}

async function prefersLeaders({ create, prefersAvailable = false }: PartitionerSetup): Promise<void> {
  if (!prefersAvailable) return
  const partitioner = forTopic(create())
  const available = [1, 4]
  for (let turn = 0; turn < 200; turn++) {
    const place = choose(partitioner, { count: 6, available })
    claim(
      available.includes(place),
      `Without a key it chose ${place}, where only ${available.join(' and ')} have a leader`
    )
    partitioner.appended?.(place, 1_000_000, false)
  }
}

async function seesNewPartitions({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const partitioner = forTopic(create())
  for (const key of manyKeys) choose(partitioner, { count: 3, key })
  const used = new Set(manyKeys.map(key => choose(partitioner, { count: 12, key })))
  claim(
    [...used].some(place => place >= 3),
    'After 3 partitions became 12, a thousand keys stay in the first 3'
  )
}

async function keepsTopicsApart({ create }: PartitionerSetup): Promise<void> {
  const partitioner = create()
  if (typeof partitioner === 'function') return
  const first = partitioner.forTopic('orders')
  const second = partitioner.forTopic('payments')
  claim(first !== second, 'forTopic gives one object for two topics')
}

async function hearsAnything({ create }: PartitionerSetup): Promise<void> {
  const partitioner = forTopic(create())
  // Of a message's own partition it hears without having chosen.
  partitioner.appended?.(5, 100, true)
  for (let turn = 0; turn < 100; turn++) {
    const place = choose(partitioner, { count: 6 })
    partitioner.appended?.((place + turn) % 6, turn * 1000, turn % 2 === 0)
  }
}

/** For any `Partitioner`. What the setup does not promise is not asked for. */
export const partitionerCompliance: readonly ComplianceCase<PartitionerSetup>[] = [
  { name: 'chooses a non-negative integer, at once, whatever the topic looks like', run: choosesIntegers },
  { name: 'leaves messages as they are', run: leavesThingsAlone },
  { name: 'keeps equal keys together, in every topic', run: keepsKeysTogether },
  { name: 'spreads keys over all partitions', run: spreadsKeys },
  { name: 'keeps keys where they are, whatever leads or waits', run: keepsKeysFromLeaders },
  { name: 'puts keys where the Java client puts them', run: agreesWithJava },
  { name: 'prefers partitions with a leader for messages without a key', run: prefersLeaders },
  { name: 'sees partitions that are added', run: seesNewPartitions },
  { name: 'has a partitioner for each topic', run: keepsTopicsApart },
  { name: 'hears of any append', run: hearsAnything }
]
