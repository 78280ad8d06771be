// The compliance suite of partitioners.
import type { MessageToProduce, TopicPartitioner } from '@sluice/core'
import type { ComplianceCase } from './case.ts'
import { claim, claimSameBytes } from './claims.ts'
import {
  agreesWithJava,
  goesBySerializedKey,
  keepsKeysFromLeaders,
  keepsKeysTogether,
  seesOtherCounts,
  spreadsKeys
} from './partitioner-keys.ts'
import { choose, contextOf, encoded, forTopic, leaders, type PartitionerSetup } from './partitioner-stage.ts'

const counts: readonly number[] = [1, 2, 3, 7, 100, 1000]

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
    const key = text === null ? null : encoded(text)
    partitioner.partition(spied, contextOf({ count: 6, key }))
    if (key !== null) claimSameBytes(key, encoded(text!), 'The bytes of the key were changed')
  }
}

function claimUnchanged(property: string | symbol): boolean {
  throw new Error(`The message's ${String(property)} was changed`)
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
