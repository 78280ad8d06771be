// How much may wait, who is told to, and what becomes of memory.
import { describe, expect, test } from 'vitest'
import { isKafkaError, type ProduceResult } from '@sluice/producer'
import { errorOf, Stage, text, warm } from './stage.ts'

describe('lingering', () => {
  test('a batch waits for company, then leaves as one', async () => {
    await using stage = await Stage.set({}, { linger: 50 })
    await warm(stage)
    const before = stage.producer.stats().requests
    const sends: Promise<ProduceResult>[] = []
    for (let i = 0; i < 5; i++) {
      sends.push(stage.producer.send({ messages: [{ topic: 'orders', value: `${i}`, partition: 0 }] }))
      stage.clock.advance(5)
    }
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
    await stage.during(Promise.all(sends))
    expect(stage.producer.stats().requests - before).toBe(1)
  })

  test('flush ends it, and does not reject for what failed', async () => {
    await using stage = await Stage.set({}, { linger: 60_000 })
    const sent = stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] })
    const failing = errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 99 }] }))
    await stage.during(stage.producer.flush())
    expect((await sent).offsets).toHaveLength(1)
    expect(isKafkaError(await failing, 'KAFKA_PRODUCE_FAILED')).toBe(true)
    expect(stage.clock.monotonicMs()).toBeLessThan(1_000)
  })

  test('flush from a callback of a send waits for what was sent before, not for itself', async () => {
    await using stage = await Stage.set()
    const flushed = new Promise<void>(resolve => {
      stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] }, () => {
        stage.producer.flush(() => resolve())
      })
    })
    await stage.during(flushed)
  })
})

describe('memory', () => {
  test('with little of it, calls wait in order, callers are told to wait and then to go on, and all is delivered', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 16_384, batchSize: 4_096 })
    const { producer } = stage
    let drains = 0
    producer.on('producer:drain', () => drains++)
    const value = 'x'.repeat(1_000)
    const answers: boolean[] = []
    const done = Array.from(
      { length: 100 },
      (_, i) =>
        new Promise<void>((resolve, reject) => {
          const took = producer.send({ messages: [{ topic: 'orders', value: `${i} ${value}`, partition: 0 }] }, error =>
            error === null ? resolve() : reject(error)
          )
          answers.push(took)
        })
    )
    expect(answers.filter(took => !took).length).toBeGreaterThan(50)
    await stage.during(Promise.all(done))
    stage.clock.advance(10)
    expect(drains).toBeGreaterThan(0)
    expect(text(stage.cluster.logNow('orders', 0)).map(line => Number(line.split(' ')[0]))).toEqual(
      Array.from({ length: 100 }, (_, i) => i)
    )
    expect(producer.stats().queuedBytes).toBe(0)
  })

  test('a call larger than all of it is admitted record by record', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 16_384, batchSize: 4_096 })
    const messages = Array.from({ length: 200 }, (_, i) => ({
      topic: 'orders',
      value: `${i} ${'x'.repeat(1_000)}`,
      partition: i % 3
    }))
    const result = await stage.during(stage.producer.send({ messages }))
    expect(result.offsets.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0n],
      [1, 0n],
      [2, 0n]
    ])
    expect(stage.cluster.logNow('orders')).toHaveLength(200)
  })

  test('no room within bufferTimeout: not persisted', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { bufferMemory: 8_192, batchSize: 4_096, bufferTimeout: 1_000 })
    await warm(stage)
    stage.cluster.pause(1)
    const first = errorOf(
      stage.producer.send({
        messages: Array.from({ length: 20 }, () => ({ topic: 'orders', value: 'x'.repeat(1_000), partition: 0 }))
      })
    )
    stage.clock.advance(1_100)
    stage.cluster.resume(1)
    const error = await stage.during(first)
    if (!isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) throw new Error('All were acknowledged')
    expect(new Set(error.failures.map(failure => failure.error.code))).toEqual(new Set(['KAFKA_BUFFER_FULL']))
    expect(error.outcome).toBe('not-persisted')
    expect(stage.cluster.logNow('orders', 0).length).toBe(21 - error.failures.length)
  })

  test('more than maxWaiting wait: the next call is refused at once', async () => {
    await using stage = await Stage.set({}, { maxWaiting: 2 })
    const waiting = stage.producer.send({
      messages: Array.from({ length: 3 }, () => ({ topic: 'orders', value: 'v' }))
    })
    const refused = await stage.during(errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] })))
    expect(refused).toMatchObject({ code: 'KAFKA_BUFFER_FULL', outcome: 'not-persisted' })
    await stage.during(waiting)
  })
})
