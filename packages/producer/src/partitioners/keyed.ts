// Where a key belongs: the same partition as the Java client gives it.
import { murmur2, murmur2OfText } from './murmur2.ts'

/**
 * @param key the serialized key; a string stands for its UTF-8 bytes. An empty key is a key.
 * @param partitionCount all partitions of the topic, with or without a leader
 * @see apache/kafka clients/src/main/java/org/apache/kafka/clients/producer/internals/BuiltInPartitioner.java@4.3.1
 */
// hot: one call per keyed record
export function partitionOfKey(key: Uint8Array | string, partitionCount: number): number {
  const hash = typeof key === 'string' ? murmur2OfText(key) : murmur2(key)
  // The sign bit is dropped. Math.abs would place every negative hash elsewhere.
  return (hash & 0x7fff_ffff) % partitionCount
}
