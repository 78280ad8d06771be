// The whole producer against the test cluster in memory, under a clock of its own.
import { describe, expect, test } from 'vitest'
import type { ProduceResult } from '@sluice/producer'
import { failureOf, Stage } from './stage.ts'

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
