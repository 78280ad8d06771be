// @confluentinc/kafka-javascript by its KafkaJS interface.
import type { BenchClient, Task } from '../client-contract.ts'
import { asTextOrBytes, contentOf, headersOf } from './content.ts'
import { librdkafkaOptions } from './librdkafka-options.ts'
import { peerVersion, requirePeer } from './modules.ts'

interface Confluent {
  readonly KafkaJS: { readonly Kafka: new (options: object) => { producer(options: object): ConfluentProducer } }
}
interface ConfluentProducer {
  connect(): Promise<void>
  send(options: object): Promise<unknown>
  disconnect(): Promise<void>
}

export async function connectConfluent(task: Task): Promise<BenchClient> {
  const { cell, topic, modules } = task
  const name = '@confluentinc/kafka-javascript'
  // What the package exports.
  const { KafkaJS } = requirePeer(modules, name) as Confluent
  const producer = new KafkaJS.Kafka({ kafkaJS: { logLevel: 0 } }).producer(librdkafkaOptions(task))
  await producer.connect()
  const headers = headersOf(cell)
  const more = headers === undefined ? {} : { headers }
  return {
    version: peerVersion(modules, name),
    prepare: messages => {
      const given = messages.map(message => ({ ...contentOf(cell, message), ...more }))
      if (cell.values !== 'json' && cell.headers === 0) return () => producer.send({ topic, messages: given })
      // It changes the headers of what it is given.
      return () => {
        const texts = given.map(({ key, value }) => ({ key, value: asTextOrBytes(cell, value), ...more }))
        return producer.send({ topic, messages: texts })
      }
    },
    close: () => producer.disconnect()
  }
}
