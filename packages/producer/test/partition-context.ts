// What a partitioner sees, as plain values, and keys made by a rule that other languages follow as well.
import type { PartitionContext } from '@sluice/core'
import * as fc from 'fast-check'

export interface ContextValues {
  readonly partitionCount: number
  readonly key?: Uint8Array | null
  /** Of each partition; -1: it has no leader. Absent: all empty, all with a leader. */
  readonly queues?: readonly number[]
}

export function contextOf({ partitionCount, key = null, queues = [] }: ContextValues): PartitionContext {
  const all = Array.from({ length: partitionCount }, (_, partition) => partition)
  return {
    topic: 'topic',
    key,
    partitionCount,
    available: all.filter(partition => (queues[partition] ?? 0) >= 0),
    queuedBatches: partition => Math.abs(queues[partition] ?? 0),
    fallback: () => 0
  }
}

/** Key n has n mod 100 bytes, byte i of which is the top byte of (100 n + i) * 2654435761. */
export function madeKey(n: number): Buffer {
  const key = Buffer.alloc(n % 100)
  for (let i = 0; i < key.length; i++) key[i] = Math.imul(100 * n + i, 0x9e37_79b1) >>> 24
  return key
}

/** CRC-32 (IEEE), one bit at a time. */
export function plainCrc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1
  }
  return ~crc >>> 0
}

/** Text whose characters take one to four bytes in UTF-8, some of it ASCII only. */
export function textArbitrary(maxLength: number): fc.Arbitrary<string> {
  const ascii = fc.nat(0x7f)
  const any = fc.oneof(ascii, fc.integer({ min: 0x80, max: 0xd7ff }), fc.integer({ min: 0x1_0000, max: 0x10_ffff }))
  const points = fc.oneof(fc.array(ascii, { maxLength }), fc.array(any, { maxLength }))
  return points.map(made => String.fromCodePoint(...made))
}
