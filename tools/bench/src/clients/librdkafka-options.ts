// How every client on librdkafka is set up.
import type { Task } from '../client-contract.ts'

export function librdkafkaOptions({ brokers, cell, certificate, lingerMs }: Task): Record<string, unknown> {
  return {
    'bootstrap.servers': brokers.join(','),
    'client.id': 'bench',
    'enable.idempotence': cell.idempotent,
    acks: cell.acks,
    'compression.codec': cell.codec,
    'linger.ms': lingerMs,
    'queue.buffering.max.messages': 1_000_000,
    'queue.buffering.max.kbytes': 1_048_576,
    // Places keys as Java does, like all the others here.
    partitioner: 'murmur2_random',
    ...(certificate !== null && { 'security.protocol': 'ssl', 'ssl.ca.location': certificate })
  }
}
