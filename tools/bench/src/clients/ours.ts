// Sluice, as an application uses it.
import type { Transport } from '@sluice/core'
import { jsonSerializer, Producer, stringSerializer, stringSerializers, type CompressionCodec } from '@sluice/producer'
import type { Codec } from '../cells.ts'
import type { BenchClient, Task } from '../client-contract.ts'
import { certificateOf } from './certificate.ts'
import { contentOf, headersOf } from './content.ts'

// The levels are those that the other clients use by default, so that all do the same work.
async function codecFor(codec: Codec): Promise<CompressionCodec | 'none' | 'gzip'> {
  if (codec === 'snappy') return (await import('@sluice/compression-snappy')).snappy()
  if (codec === 'lz4') return (await import('@sluice/compression-lz4')).lz4()
  if (codec === 'zstd') return (await import('@sluice/compression-zstd')).zstd({ level: 3 })
  return codec
}

interface Sender {
  send(options: { readonly messages: readonly object[] }): Promise<unknown>
  close(): Promise<void>
}

export async function connectOurs(task: Task, transport?: Transport): Promise<BenchClient> {
  const { cell, topic } = task
  const producer = makeProducer(task, await codecFor(task.cell.codec), transport)
  const headers = headersOf(cell)
  return {
    version: '0.0.0',
    prepare: messages => {
      const given = messages.map(message => ({ topic, ...contentOf(cell, message), ...(headers && { headers }) }))
      const options = { messages: given }
      return () => producer.send(options)
    },
    close: () => producer.close()
  }
}

/** What idempotence costs is seen beside it. */
export const connectOursPlain = (task: Task): Promise<BenchClient> =>
  connectOurs({ ...task, cell: { ...task.cell, idempotent: false } })

function makeProducer(
  { brokers, cell, certificate }: Task,
  compression: CompressionCodec | 'none' | 'gzip',
  transport: Transport | undefined
): Sender {
  const ca = certificateOf(certificate)
  const options = {
    bootstrapBrokers: [...brokers],
    clientId: 'bench',
    acks: cell.acks,
    idempotent: cell.idempotent,
    compression,
    ...(ca !== null && { tls: { ca } }),
    ...(transport !== undefined && { transport })
  }
  if (cell.values === 'bytes') return new Producer(options)
  if (cell.values === 'text') return new Producer({ ...options, serializers: stringSerializers })
  const text = stringSerializer
  const serializers = { key: text, value: jsonSerializer, headerKey: text, headerValue: text }
  return new Producer({ ...options, serializers })
}
