// Reads a topic with kafkajs, a client that shares no code with Sluice, from given offsets to the end.
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { ReadBack } from './compare.ts'
import type { FlightRecord } from './flights.ts'

export type Offsets = ReadonlyMap<number, bigint>

/** Without a partition's progress for so long, reading has failed. */
const patienceMs = 60_000
const attempts = 50
const pauseMs = 200

export class Reader {
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #topic: string

  constructor(brokers: readonly string[], topic: string) {
    this.#kafka = new kafkajs.Kafka({
      clientId: 'demo-reader',
      brokers: [...brokers],
      logLevel: kafkajs.logLevel.NOTHING
    })
    this.#admin = this.#kafka.admin()
    this.#topic = topic
  }

  async connect(): Promise<void> {
    await this.#admin.connect()
  }

  async close(): Promise<void> {
    await this.#admin.disconnect()
  }

  /** The offset after the last record of each partition; empty when there is no such topic. */
  async ends(): Promise<Offsets> {
    if (!(await this.#admin.listTopics()).includes(this.#topic)) return new Map()
    for (let attempt = 1; ; attempt++) {
      try {
        const offsets = await this.#admin.fetchTopicOffsets(this.#topic)
        return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]))
      } catch (error) {
        // The leaders of a topic that was made just now may not know yet that they are.
        const later = error instanceof kafkajs.KafkaJSError && error.retriable && attempt < attempts
        if (!later) throw error
        await setTimeout(pauseMs)
      }
    }
  }

  /** Where kafkajs' own Java-compatible partitioner puts a key. */
  partitioner(partitions: number): (key: string) => number {
    const choose = kafkajs.Partitioners.DefaultPartitioner()
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: []
    }))
    return key => choose({ topic: this.#topic, partitionMetadata, message: { key, value: null } })
  }

  /** Everything from `starts` (the beginning where it says nothing) to `ends`. */
  async read(starts: Offsets, ends: Offsets): Promise<ReadBack> {
    const reading = new Reading(starts, ends)
    if (reading.done) return reading.records
    const consumer = this.#kafka.consumer({ groupId: `demo-${randomUUID()}`, maxWaitTimeInMs: 100 })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic: this.#topic, fromBeginning: true })
      const finished = reading.finished()
      consumer.on(consumer.events.CRASH, ({ payload }) => reading.fail(payload.error))
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const { offset, key, value } of batch.messages) {
            reading.take(batch.partition, BigInt(offset), {
              key: key?.toString() ?? '',
              value: value?.toString() ?? ''
            })
          }
          reading.reached(batch.partition, BigInt(batch.lastOffset()) + 1n)
        }
      })
      await finished
    } finally {
      await consumer.disconnect()
    }
    return reading.records
  }
}

/** What has been read so far, and whether that is all. */
class Reading {
  readonly records = new Map<number, FlightRecord[]>()
  readonly #starts: Offsets
  readonly #missing: Map<number, bigint>
  #progress = 0
  #settle: (error: Error | null) => void = () => undefined

  constructor(starts: Offsets, ends: Offsets) {
    this.#starts = starts
    this.#missing = new Map([...ends].filter(([partition, end]) => end > (starts.get(partition) ?? 0n)))
  }

  get done(): boolean {
    return this.#missing.size === 0
  }

  take(partition: number, offset: bigint, record: FlightRecord): void {
    if (offset < (this.#starts.get(partition) ?? 0n)) return
    const records = this.records.get(partition) ?? []
    this.records.set(partition, records)
    records.push(record)
    this.#progress++
  }

  reached(partition: number, end: bigint): void {
    if (end >= (this.#missing.get(partition) ?? 0n)) this.#missing.delete(partition)
    if (this.done) this.#settle(null)
  }

  fail(error: Error): void {
    this.#settle(error)
  }

  finished(): Promise<void> {
    return new Promise((resolve, reject) => {
      let seen = -1
      const watch = setInterval(() => {
        if (this.#progress === seen) this.#settle(new Error(this.#stuck()))
        seen = this.#progress
      }, patienceMs)
      this.#settle = error => {
        clearInterval(watch)
        if (error === null) resolve()
        else reject(error)
      }
    })
  }

  #stuck(): string {
    const partitions = [...this.#missing.keys()].join(', ')
    return `Nothing came for ${patienceMs / 1_000} s; not read to the end: partitions ${partitions}`
  }
}
