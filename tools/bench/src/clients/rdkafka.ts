// The node-rdkafka interface, which node-rdkafka and @confluentinc/kafka-javascript share: produce, then a delivery report.
import type { BenchClient, ConnectClient, Task } from '../client-contract.ts'
import { asTextOrBytes, contentOf, headersOf } from './content.ts'
import { librdkafkaOptions } from './librdkafka-options.ts'
import { peerVersion, requirePeer } from './modules.ts'

interface Rdkafka {
  readonly Producer: new (options: object) => RdkafkaProducer
}
interface RdkafkaProducer {
  on(event: 'delivery-report', listener: (error: Error | null, report: { readonly opaque: Pending }) => void): void
  connect(options: object, callback: (error: Error | null) => void): void
  disconnect(callback: () => void): void
  setPollInBackground?(on: boolean): void
  setPollInterval(ms: number): void
  produce(
    topic: string,
    partition: null,
    value: Buffer,
    key: string | Buffer,
    timestamp: null,
    opaque: Pending,
    headers?: readonly object[]
  ): void
}
/** A call that waits for its reports. */
interface Pending {
  left: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export const connectConfluentRdkafka: ConnectClient = task => connectRdkafka(task, '@confluentinc/kafka-javascript')
export const connectNodeRdkafka: ConnectClient = task => connectRdkafka(task, 'node-rdkafka')

async function connectRdkafka(task: Task, name: string): Promise<BenchClient> {
  const { cell, topic, modules } = task
  // What the packages export.
  const { Producer } = requirePeer(modules, name) as Rdkafka
  const producer = new Producer({ ...librdkafkaOptions(task), dr_cb: true })
  producer.on('delivery-report', settle)
  await new Promise<void>((resolve, reject) => {
    producer.connect({}, error => (error === null || error === undefined ? resolve() : reject(error)))
  })
  if (producer.setPollInBackground !== undefined) producer.setPollInBackground(true)
  else producer.setPollInterval(1)
  const record = headersOf(cell)
  const headers = record === undefined ? undefined : Object.entries(record).map(([key, value]) => ({ [key]: value }))
  return {
    version: peerVersion(modules, name),
    prepare: messages => {
      const given = messages.map(message => contentOf(cell, message))
      return () =>
        new Promise<void>((resolve, reject) => {
          const pending: Pending = { left: given.length, resolve, reject }
          for (const { key, value } of given) {
            const bytes = asTextOrBytes(cell, value)
            producer.produce(
              topic,
              null,
              Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes),
              key,
              null,
              pending,
              headers
            )
          }
        })
    },
    close: () => new Promise(resolve => producer.disconnect(resolve))
  }
}

function settle(error: Error | null, { opaque }: { readonly opaque: Pending }): void {
  if (error !== null && error !== undefined) return opaque.reject(error)
  if (--opaque.left === 0) opaque.resolve()
}
