// Cases about keys: what decides where they go, and what does not.
import type { TopicPartitioner } from '@sluice/core'
import { claim, claimEqual, shown } from './claims.ts'
import { choose, encoded, forTopic, leaders, upTo, type PartitionerSetup } from './partitioner-stage.ts'

const manyKeys: readonly string[] = upTo(1000).map(index => `customer-${index}`)
const oddKeys: readonly (string | Uint8Array)[] = ['\0', '\0\0', ' ', 'é€𝄞', Uint8Array.of(0xff, 0x80, 0xfe, 0, 0xff)]

export async function keepsKeysTogether({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
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

export async function goesBySerializedKey({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const partitioner = forTopic(create())
  for (const key of manyKeys.slice(0, 20)) {
    const place = choose(partitioner, { count: 100, key })
    for (const given of [{ id: key }, 7, 0, '', false, `${key}'`, [key]]) {
      const other = choose(partitioner, { count: 100, key, given })
      const moved = `The partition of ${key} is ${place}, and ${other} where the message has ${shown(given)} for it`
      claim(other === place, `${moved}: it goes by message.key, which may be anything, and not by context.key`)
    }
  }
  claimNoticesContent(partitioner, forTopic(create()))
}

/** The memory of a key may be that of another key's before. */
function claimNoticesContent(partitioner: TopicPartitioner, fresh: TopicPartitioner): void {
  const memory = new Uint8Array(encoded(manyKeys[0]!))
  for (const key of manyKeys.slice(0, 10)) {
    memory.set(encoded(key))
    const place = choose(partitioner, { count: 100, key: memory })
    const what = `The partition of ${key}, in memory that held another key before,`
    claimEqual(place, choose(fresh, { count: 100, key }), what)
  }
}

export async function spreadsKeys({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys === 'any') return
  const partitioner = forTopic(create())
  const used = new Set(manyKeys.map(key => choose(partitioner, { count: 12, key })))
  claimEqual(used.size, 12, 'The number of 12 partitions that 1,000 keys use')
}

export async function keepsKeysFromLeaders({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
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

export async function agreesWithJava({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
  if (keys !== 'java') return
  const partitioner = forTopic(create())
  for (const [key, hash] of javaHashes) {
    for (const count of [3, 7, 100]) {
      const expected = (hash & 0x7fff_ffff) % count
      claimEqual(choose(partitioner, { count, key }), expected, `The partition of ${shown(key)} among ${count}`)
    }
  }
}

export async function seesOtherCounts({ create, keys = 'any' }: PartitionerSetup): Promise<void> {
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
