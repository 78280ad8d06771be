// The whole producer against the test cluster in memory, under a clock of its own.
import { describe, expect, test } from 'vitest'
import { ManualClock, TestCluster, type TestClusterOptions } from '@sluice/testing'
import {
  isKafkaError,
  Producer,
  stringSerializers,
  type ProduceError,
  type ProducerOptions,
  type ProduceResult
} from '@sluice/producer'

type TextProducer = Producer<string, string, string, string>

class Stage implements AsyncDisposable {
  readonly clock: ManualClock
  readonly cluster: TestCluster
  readonly producer: TextProducer

  private constructor(clock: ManualClock, cluster: TestCluster, producer: TextProducer) {
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
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    for (let ms = 0; ms < 3_600_000 && !isSettled; ms += stepMs) {
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

async function failureOf(promise: Promise<unknown>): Promise<ProduceError<ProduceResult>> {
  try {
    await promise
  } catch (error) {
    if (isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) return error as ProduceError<ProduceResult>
    throw error
  }
  throw new Error('The send was acknowledged')
}

describe('producer on the test cluster', () => {
  test('a message is in the log, at the offset that the call gives', async () => {
    await using stage = await Stage.set()
    const result = await stage.during(
      stage.producer.send({ messages: [{ topic: 'orders', key: 'k', value: 'v', partition: 1 }] })
    )
    expect(result).toEqual({ offsets: [{ topic: 'orders', partition: 1, offset: 0n }] })
    const [record] = stage.cluster.logNow('orders', 1)
    expect([record!.key?.toString(), record!.value?.toString(), record!.sequence]).toEqual(['k', 'v', 0])
    expect(record!.producerId).toBe(stage.producer.producerId)
  })

  test('1,000 concurrent sends to one partition share one request, in call order', async () => {
    await using stage = await Stage.set()
    await stage.during(stage.producer.send({ messages: [{ topic: 'orders', value: 'first', partition: 0 }] }))
    const before = stage.producer.stats().requests
    const sends = Array.from({ length: 1000 }, (_, i) =>
      stage.producer.send({ messages: [{ topic: 'orders', value: `${i}`, partition: 0 }] })
    )
    const results = await stage.during(Promise.all(sends))
    expect(results.map(result => result.offsets[0]!.offset)).toEqual(sends.map((_, i) => BigInt(i + 1)))
    expect(stage.producer.stats().requests - before).toBe(1)
  })

  test('a leader that moves costs nothing but time', async () => {
    await using stage = await Stage.set()
    const { producer, cluster } = stage
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: '0', partition: 0 }] }))
    cluster.moveLeader('orders', 0, 2)
    const sends = Array.from({ length: 50 }, (_, i) =>
      producer.send({ messages: [{ topic: 'orders', value: `${i + 1}`, partition: 0 }] })
    )
    stage.clock.advance(1)
    cluster.moveLeader('orders', 0, 3)
    await stage.during(Promise.all(sends))
    expect(cluster.logNow('orders', 0).map(record => Number(record.value))).toEqual(
      Array.from({ length: 51 }, (_, i) => i)
    )
  })

  test('a broker that dies and comes back: everything is there once, in order', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    const { producer, cluster } = stage
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: '0', partition: 0 }] }))
    const sends: Promise<ProduceResult>[] = []
    for (let i = 1; i <= 20; i++) {
      sends.push(producer.send({ messages: [{ topic: 'orders', value: `${i}`, partition: 0 }] }))
      if (i === 10) await cluster.kill(1)
      stage.clock.advance(5)
    }
    stage.clock.advance(3_000)
    await cluster.restart(1)
    await stage.during(Promise.all(sends))
    expect(cluster.logNow('orders', 0).map(record => Number(record.value))).toEqual(
      Array.from({ length: 21 }, (_, i) => i)
    )
  })

  test('no broker for longer than deliveryTimeout: said to be not persisted, and it is not', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { deliveryTimeout: 5_000 })
    const { producer, cluster } = stage
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: '0', partition: 0 }] }))
    await cluster.kill(1)
    stage.clock.advance(10)
    const error = await stage.during(
      failureOf(producer.send({ messages: [{ topic: 'orders', value: '1', partition: 0 }] }))
    )
    expect([error.outcome, error.failures[0]!.error.code]).toEqual(['not-persisted', 'KAFKA_TIMEOUT'])
    await cluster.restart(1)
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: '2', partition: 0 }] }))
    expect(cluster.logNow('orders', 0).map(record => Number(record.value))).toEqual([0, 2])
  })
})
