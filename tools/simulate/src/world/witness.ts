// Writes down what a producer says of itself.
import type { BrokerEvent, DataLoss, KafkaError } from '@sluice/producer'
import type { ConnectionEnd } from '../run-record.ts'
import type { TextProducer } from './calls.ts'

export class Witness {
  /** How often each event came. */
  readonly events: Map<string, number> = new Map()
  readonly dataLosses: (DataLoss & { readonly atMs: number })[] = []
  readonly connectionErrors: ConnectionEnd[] = []
  readonly #nowMs: () => number

  constructor(producer: TextProducer, nowMs: () => number) {
    this.#nowMs = nowMs
    producer.on('producer:dataloss', loss => {
      this.#count('producer:dataloss')
      this.dataLosses.push({ ...loss, atMs: nowMs() })
    })
    producer.on('producer:fallback', () => this.#count('producer:fallback'))
    producer.on('producer:drain', () => this.#count('producer:drain'))
    producer.on('client:broker:connect', () => this.#count('connect'))
    producer.on('client:broker:disconnect', event => this.#ended('disconnect', event))
    producer.on('client:broker:failed', event => this.#ended('failed', event))
  }

  #count(name: string): void {
    this.events.set(name, (this.events.get(name) ?? 0) + 1)
  }

  #ended(name: string, { broker, error }: BrokerEvent & { readonly error?: KafkaError }): void {
    this.#count(name)
    this.connectionErrors.push({ atMs: this.#nowMs(), host: broker.host, name, error: error ?? null })
  }
}
