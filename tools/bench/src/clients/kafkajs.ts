// kafkajs at its best: fast codecs registered, its default partitioner.
import * as zlib from 'node:zlib'
import type { BenchClient, Task } from '../client-contract.ts'
import { certificateOf } from './certificate.ts'
import { asTextOrBytes, contentOf, headersOf } from './content.ts'
import { peerVersion, requirePeer } from './modules.ts'

interface KafkaJs {
  readonly Kafka: new (options: object) => { producer(options: object): KafkaJsProducer }
  readonly CompressionCodecs: Record<number, () => object>
  readonly Partitioners: { readonly DefaultPartitioner: unknown }
}
interface KafkaJsProducer {
  connect(): Promise<void>
  send(options: object): Promise<unknown>
  disconnect(): Promise<void>
}
/** What kafkajs hands to a codec. */
interface Encoder {
  readonly buffer: Buffer
}
type Compress = (input: Buffer) => Buffer

const types = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }

export async function connectKafkaJs(task: Task): Promise<BenchClient> {
  const { cell, topic, modules } = task
  // What the package exports.
  const library = requirePeer(modules, 'kafkajs') as KafkaJs
  registerCodecs(library, modules)
  const ca = certificateOf(task.certificate)
  const ssl = ca === null ? {} : { ssl: { ca: [ca] } }
  const kafka = new library.Kafka({ clientId: 'bench', brokers: [...task.brokers], logLevel: 1, ...ssl })
  const { DefaultPartitioner: createPartitioner } = library.Partitioners
  const producer = kafka.producer({ idempotent: cell.idempotent, createPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  const headers = headersOf(cell)
  const more = headers === undefined ? {} : { headers }
  const options = { topic, acks: cell.acks, compression: types[cell.codec] }
  return {
    version: peerVersion(modules, 'kafkajs'),
    prepare: messages => {
      const given = messages.map(message => ({ ...contentOf(cell, message), ...more }))
      if (cell.values !== 'json') return () => producer.send({ ...options, messages: given })
      return () => {
        const texts = given.map(({ key, value }) => ({ key, value: asTextOrBytes(cell, value), ...more }))
        return producer.send({ ...options, messages: texts })
      }
    },
    close: () => producer.disconnect()
  }
}

function registerCodecs({ CompressionCodecs }: KafkaJs, modules: string): void {
  const register = (type: number, compress: Compress): void => {
    CompressionCodecs[type] = () => ({ compress: async ({ buffer }: Encoder) => compress(buffer) })
  }
  // What these packages export.
  const { compressSync: snappy } = requirePeer(modules, 'snappy') as { compressSync: Compress }
  const { compressFrameSync: lz4 } = requirePeer(modules, 'lz4-napi') as { compressFrameSync: Compress }
  // Not in the types of Node 20.
  const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: Compress }
  register(types.snappy, snappy)
  register(types.lz4, lz4)
  if (zstdCompressSync !== undefined) register(types.zstd, input => zstdCompressSync(input))
}
