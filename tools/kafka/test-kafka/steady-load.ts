// Sends numbered records to every partition of a topic until told to stop, and checks that Kafka holds exactly those.
import { expect } from 'vitest'
import { TopicChecksum, type KafkaCluster } from '@sluice/kafka'
import type { Producer } from '@sluice/producer'

export interface LoadShape {
  readonly topic: string
  readonly partitions: number
  /** Records of one call, all to one partition. */
  readonly perCall: number
  /** To each partition. */
  readonly callsAtOnce: number
}

export class SteadyLoad {
  readonly shape: LoadShape
  /** By partition, how many records were given to the producer. */
  readonly given: number[]
  readonly failures: unknown[] = []
  acknowledged = 0
  /** The longest time from a call to its outcome. */
  longestMs = 0
  readonly #producer: Producer<string, string, string, string>
  #stopped = false
  #underWay = 0
  #finish: () => void = () => {}
  #onSettled: ((partition: number) => void) | null = null

  constructor(producer: Producer<string, string, string, string>, shape: LoadShape) {
    this.#producer = producer
    this.shape = shape
    this.given = Array.from({ length: shape.partitions }, () => 0)
  }

  /** Settles when it was stopped and every call has its outcome. */
  run(): Promise<void> {
    return new Promise(resolve => {
      this.#finish = resolve
      const { partitions, callsAtOnce } = this.shape
      for (let n = 0; n < partitions * callsAtOnce; n++) this.#send(n % partitions)
    })
  }

  stop(): void {
    this.#stopped = true
  }

  /** Settles when every partition has acknowledged a call that began after this one. */
  nextFromAll(): Promise<void> {
    const { partitions, callsAtOnce } = this.shape
    const missing = Array.from({ length: partitions }, () => callsAtOnce + 1)
    return new Promise(resolve => {
      this.#onSettled = partition => {
        missing[partition]!--
        if (missing.some(calls => calls > 0)) return
        this.#onSettled = null
        resolve()
      }
    })
  }

  #send(partition: number): void {
    const { topic, perCall } = this.shape
    const first = this.given[partition]!
    this.given[partition] = first + perCall
    const messages = Array.from({ length: perCall }, (_, i) => ({ topic, partition, value: valueOf(first + i) }))
    const startedMs = performance.now()
    this.#underWay++
    this.#producer.send({ messages }, error => {
      this.#underWay--
      this.longestMs = Math.max(this.longestMs, performance.now() - startedMs)
      if (error === null) this.acknowledged += perCall
      else this.failures.push(error)
      this.#onSettled?.(partition)
      if (!this.#stopped) this.#send(partition)
      else if (this.#underWay === 0) this.#finish()
    })
  }
}

function valueOf(n: number): string {
  return `record ${n} `.padEnd(100, '.')
}

/** Every partition holds what was given for it: each record once, in order. */
export async function expectAllRead(kafka: KafkaCluster, load: SteadyLoad): Promise<void> {
  const summary = await kafka.summary(load.shape.topic, { limitMs: 240_000 })
  const expected = load.given.map((count, partition) => ({ partition, count, checksum: checksumOf(count) }))
  expect(summary.partitions.map(({ partition, count, checksum }) => ({ partition, count, checksum }))).toEqual(expected)
}

function checksumOf(count: number): string {
  const checksum = new TopicChecksum()
  for (let n = 0; n < count; n++) checksum.add({ value: valueOf(n) })
  return checksum.digest()
}
