// A producer on the test cluster in memory, under a clock that the test turns.
import { ManualClock, TestCluster, type TestClusterOptions } from '@sluice/testing'
import {
  isKafkaError,
  Producer,
  stringSerializers,
  type CallOptions,
  type ProduceError,
  type ProducerOptions
} from '@sluice/producer'

export type TextProducer = Producer<string, string, string, string>

/** Three brokers, a topic `orders` of three partitions, and a producer of strings. */
export class Stage implements AsyncDisposable {
  readonly clock: ManualClock
  readonly cluster: TestCluster
  readonly producer: TextProducer

  constructor(clock: ManualClock, cluster: TestCluster, producer: TextProducer) {
    this.clock = clock
    this.cluster = cluster
    this.producer = producer
  }

  static async set(
    cluster: TestClusterOptions = {},
    options: Partial<ProducerOptions<string, string, string, string>> = {}
  ): Promise<Stage> {
    const clock = new ManualClock()
    const testCluster = await TestCluster.start({
      brokers: 3,
      topics: { orders: 3 },
      network: 'memory',
      clock,
      ...cluster
    })
    const producer = new Producer({ ...testCluster.clientOptions(), serializers: stringSerializers, ...options })
    return new Stage(clock, testCluster, producer)
  }

  /** Lets time pass until the promise settles, at most an hour. */
  async during<T>(promise: Promise<T>, stepMs = 10): Promise<T> {
    const settled = { yet: false }
    const settle = (): void => {
      settled.yet = true
    }
    promise.then(settle, settle)
    for (let ms = 0; ms < 3_600_000 && !settled.yet; ms += stepMs) {
      this.clock.advance(stepMs)
      await Promise.resolve()
      await Promise.resolve()
    }
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.during(this.producer.close({ force: true }))
    await this.cluster.stop()
  }
}

/** The error of a send that must fail, wholly or in part. */
export async function failureOf(promise: Promise<unknown>): Promise<ProduceError> {
  try {
    await promise
  } catch (error) {
    if (isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) return error
    throw error
  }
  throw new Error('The send was acknowledged')
}

/** The error of what must fail; null if it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error
  )
}

/** The first answer is there, so that nothing waits for metadata or identity any more. */
export async function warm(stage: Stage, options: CallOptions = {}): Promise<void> {
  await stage.during(stage.producer.send({ ...options, messages: [{ topic: 'orders', value: 'warm', partition: 0 }] }))
}

/** The values of a log's records. */
export function text(records: readonly { readonly value: Uint8Array | null }[]): string[] {
  return records.map(record => String(record.value))
}
