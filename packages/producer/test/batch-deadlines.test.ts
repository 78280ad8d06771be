// When the records of a batch run out of time.
import { expect, test } from 'vitest'
import { failureOf, Stage, warm } from './stage.ts'

test('a record does not fail long before its time because an older one waits in its batch', async () => {
  const deliveryTimeout = 10_000
  await using stage = await Stage.set({ brokers: 1, topics: { orders: 1 } }, { deliveryTimeout, requestTimeout: 2_000 })
  const { producer, cluster, clock } = stage
  await warm(stage)
  await cluster.kill(1)
  const lasted: number[] = []
  const send = async (value: string): Promise<void> => {
    const startedMs = clock.monotonicMs()
    await failureOf(producer.send({ messages: [{ topic: 'orders', value, partition: 0 }] }))
    lasted.push(clock.monotonicMs() - startedMs)
  }
  const sends: Promise<void>[] = []
  for (let i = 0; i < 100; i++) {
    sends.push(send(`${i}`))
    clock.advance(100)
  }
  await stage.during(Promise.all(sends))
  // Those of one batch end together, but none more than a tenth of its time too early.
  expect(Math.min(...lasted)).toBeGreaterThanOrEqual(deliveryTimeout * 0.9 - 10)
  expect(Math.max(...lasted)).toBeLessThanOrEqual(deliveryTimeout + 20)
})

test('records that linger share one batch, however long that is', async () => {
  await using stage = await Stage.set({}, { linger: 5_000, deliveryTimeout: 40_000 })
  const { producer, clock } = stage
  await warm(stage)
  const before = producer.stats().requests
  const sends: Promise<unknown>[] = []
  for (let i = 0; i < 49; i++) {
    sends.push(producer.send({ messages: [{ topic: 'orders', value: `${i}`, partition: 0 }] }))
    clock.advance(100)
  }
  await stage.during(Promise.all(sends))
  expect(producer.stats().requests - before).toBe(1)
})
