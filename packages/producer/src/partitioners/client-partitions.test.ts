// Keys against what other clients' own code said about them (tools/kafka/oracle/client-partitions.mjs).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contextOf, madeKey, plainCrc32 } from '../../test/partition-context.ts'
import { compatible } from './compatible.ts'
import { crc32Random, murmur2Random } from './hashed.ts'
import { partitionOfKey } from './keyed.ts'

interface ClientVectors {
  readonly partitionCount: number
  readonly madeKeys: number
  readonly keys: readonly string[]
  readonly clients: Readonly<Record<string, { readonly partitions: readonly number[]; readonly checksum: number }>>
}

// The file is made by a program that knows this shape.
const { partitionCount, madeKeys, keys, clients } = JSON.parse(
  readFileSync(new URL('../../test/vectors/client-partitions.json', import.meta.url), 'utf8')
) as ClientVectors

const message = { topic: 'topic', value: '' }
const anyPartition = contextOf({ partitionCount })
const crc = crc32Random()
const murmur = murmur2Random()
const platformatic = compatible('platformatic').forTopic('topic')
const legacy = compatible('kafkajs-legacy').forTopic('topic')

describe.each<[client: string, partition: (key: Uint8Array) => number]>([
  ['librdkafka consistent', key => crc(message, { ...anyPartition, key })],
  ['librdkafka murmur2', key => murmur(message, { ...anyPartition, key })],
  ['platformatic', key => platformatic.partition(message, { ...anyPartition, key })],
  ['kafkajs-legacy', key => legacy.partition(message, { ...anyPartition, key })],
  ['kafkajs', key => partitionOfKey(key, partitionCount)]
])('keys of %s', (client, partition) => {
  // librdkafka puts an empty key anywhere, and its plain function says 0.
  const isFixed = (hex: string): boolean => hex !== '' || client !== 'librdkafka consistent'

  it('stay where they are', () => {
    const ours = keys.map(hex => [hex, isFixed(hex) ? partition(Buffer.from(hex, 'hex')) : 0])
    expect(ours).toEqual(keys.map((hex, index) => [hex, clients[client]?.partitions[index]]))
  })

  it('stay where they are, for very many of them', () => {
    const partitions = Buffer.alloc(2 * madeKeys)
    for (let n = 0; n < madeKeys; n++) {
      const key = madeKey(n)
      partitions.writeUInt16BE(isFixed(key.toString('hex', 0, 1)) ? partition(key) : 0, 2 * n)
    }
    expect(plainCrc32(partitions)).toBe(clients[client]?.checksum)
  })
})
