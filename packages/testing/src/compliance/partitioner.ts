// The compliance suite of partitioners.
import type { MessageToProduce, PartitionContext, Partitioner, TopicPartitioner } from '@sluice/core'
import { inspect } from 'node:util'
import type { ComplianceCase } from './case.ts'
import { claim, claimEqual, claimSameBytes, shown } from './claims.ts'

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

interface Situation {
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

function messageOf({ topic = 'orders', key = null, given = key }: Situation): MessageToProduce {
  return { topic, value: 'value', key: given }
}

/** One topic's partitioner, whichever of the two forms it has. */
function forTopic(partitioner: Partitioner, topic = 'orders'): TopicPartitioner {
  if (typeof partitioner !== 'function') return partitioner.forTopic(topic)
  return { partition: partitioner }
}

/** A choice as the producer takes it: any non-negative integer, modulo the number of partitions. */
function choose(partitioner: TopicPartitioner, situation: Situation): number {
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

const manyKeys: readonly string[] = upTo(1000).map(index => `customer-${index}`)
const counts: readonly number[] = [1, 2, 3, 7, 100, 1000]

function leaders(count: number): number[][] {
  return [upTo(count), [count - 1], upTo(count).filter(index => index % 2 === 0), []]
}

/** Batches wait, more in some partitions than in others. */
function unevenly(partition: number): number {
  return (partition * 7 + 1) % 5
}

/** More bytes than can be the arguments of one call. */
const largeKey = new Uint8Array(1_000_000)

async function choosesIntegers({ create }: PartitionerSetup): Promise<void> {
  const someKeys = [null, '', 'a', 'é€', new Uint8Array(300)]
  for (const count of counts) {
    const partitioner = forTopic(create())
    for (const available of leaders(count)) {
      for (const key of someKeys) choose(partitioner, { count, available, key })
      for (const key of someKeys) choose(partitioner, { count, available, key, queued: unevenly, fallback: count - 1 })
    }
  }
  choose(forTopic(create()), { count: 6, key: largeKey })
}

async function leavesThingsAlone({ create }: PartitionerSetup): Promise<void> {
  const partitioner = forTopic(create())
  for (const text of [null, 'Key of ÄÖÜ']) {
    const spied = new Proxy({ topic: 'orders', value: 'value', key: text } satisfies MessageToProduce, {
      set: (_message, property) => claimUnchanged(property),
      defineProperty: (_message, property) => claimUnchanged(property),
      deleteProperty: (_message, property) => claimUnchanged(property)
    })
    const key = text === null ? null : encoder.encode(text)
    partitioner.partition(spied, contextOf({ count: 6, key }))
    if (key !== null) claimSameBytes(key, encoder.encode(text!), 'The bytes of the key were changed')
  }
}

function claimUnchanged(property: string | symbol): boolean {
  throw new Error(`The message's ${String(property)} was changed`)
}

const oddKeys: readonly (string | Uint8Array)[] = ['\0', '\0\0', ' ', 'é€𝄞', Uint8Array.of(0xff, 0x80, 0xfe, 0, 0xff)]

async function keepsKeysTogether({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const first = forTopic(create())
  const second = forTopic(create(), 'payments')
  const places = [...manyKeys, ...oddKeys].map(key => ({ key, place: choose(first, { count: 12, key }) }))
  for (const { key, place } of places) {
    const name = `The partition of ${shown(key)}`
    claimEqual(choose(first, { count: 12, key }), place, `${name}, asked again,`)
    claimEqual(choose(second, { count: 12, key, topic: 'payments' }), place, `${name} in another topic`)
  }
  for (let turn = 0; turn < 5; turn++) first.appended?.(choose(first, { count: 12 }), 1_000_000, false)
  for (const { key, place } of places) {
    claimEqual(choose(first, { count: 12, key }), place, `The partition of ${shown(key)} after messages without a key`)
  }
}

async function goesBySerializedKey({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const partitioner = forTopic(create())
  for (const key of manyKeys.slice(0, 20)) {
    const place = choose(partitioner, { count: 100, key })
    for (const given of [{ id: key }, 7, 0, '', false, `${key}'`, [key]]) {
      const other = choose(partitioner, { count: 100, key, given })
      const moved = `The partition of ${key} is ${place}, and ${other} where the message has ${inspect(given)} for it`
      claim(other === place, `${moved}: it goes by message.key, which may be anything, and not by context.key`)
    }
  }
  claimNoticesContent(partitioner, forTopic(create()))
}

/** The memory of a key may be that of another key's before. */
function claimNoticesContent(partitioner: TopicPartitioner, fresh: TopicPartitioner): void {
  const memory = new Uint8Array(encoder.encode(manyKeys[0]))
  for (const key of manyKeys.slice(0, 10)) {
    memory.set(encoder.encode(key))
    const place = choose(partitioner, { count: 100, key: memory })
    const what = `The partition of ${key}, in memory that held another key before,`
    claimEqual(place, choose(fresh, { count: 100, key }), what)
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
  for (const [count, ...available] of [
    [6, 1, 4],
    [6, 0],
    [6, 2, 3, 5],
    [12, 7, 11],
    [3, 2]
  ] as const) {
    for (let turn = 0; turn < 50; turn++) claimHasLeader(partitioner, count, available)
  }
}

function claimHasLeader(partitioner: TopicPartitioner, count: number, available: readonly number[]): void {
  const place = choose(partitioner, { count, available })
  claim(
    available.includes(place),
    `Without a key it chose ${place} of ${count} partitions, where only ${available.join(' and ')} have a leader`
  )
  // Enough for anybody to move on.
  partitioner.appended?.(place, 1_000_000, false)
}

async function seesOtherCounts({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const partitioner = forTopic(create())
  let before = 3
  for (const key of manyKeys) choose(partitioner, { count: before, key })
  for (const count of [12, 5]) {
    const fresh = forTopic(create())
    for (const key of manyKeys) {
      const what = `The partition of ${key} after ${before} partitions became ${count}`
      claimEqual(choose(partitioner, { count, key }), choose(fresh, { count, key }), what)
    }
    before = count
  }
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

/**
 * For any `Partitioner`. What the setup does not promise is not asked for.
 *
 * - Always: a non-negative integer, at once, whatever leads, waits or has been appended; messages and their keys stay as they are;
 *   each topic has a partitioner of its own.
 * - Keys that are `stable`: the bytes of the key and the number of partitions alone decide, not `message.key`, the topic, leaders,
 *   queues, or what came before; all partitions are used. `java`: the partition is the Java client's.
 * - `prefersAvailable`: without a key, a partition that has a leader now, once it has had its fill of the one before.
 */
export const partitionerCompliance: readonly ComplianceCase<PartitionerSetup>[] = [
  { name: 'chooses a non-negative integer, at once, whatever the topic looks like', run: choosesIntegers },
  { name: 'leaves messages as they are', run: leavesThingsAlone },
  { name: 'keeps equal keys together, in every topic', run: keepsKeysTogether },
  { name: 'goes by the serialized key', run: goesBySerializedKey },
  { name: 'spreads keys over all partitions', run: spreadsKeys },
  { name: 'keeps keys where they are, whatever leads or waits', run: keepsKeysFromLeaders },
  { name: 'puts keys where the Java client puts them', run: agreesWithJava },
  { name: 'prefers partitions with a leader for messages without a key', run: prefersLeaders },
  { name: 'sees partitions that are added or gone', run: seesOtherCounts },
  { name: 'has a partitioner for each topic', run: keepsTopicsApart },
  { name: 'hears of any append', run: hearsAnything }
]
