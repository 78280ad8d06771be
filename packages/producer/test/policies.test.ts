// What the producer does where a policy says so: identities, data loss, topics made anew, retries.
import { describe, expect, test } from 'vitest'
import { brokerError } from '@sluice/protocol'
import { failureOf, Stage, warm } from './stage.ts'

describe('identity', () => {
  test('refused for lack of permission, and only a default: plain from then on, and told once', async () => {
    await using stage = await Stage.set()
    stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const fallbacks: unknown[] = []
    stage.producer.on('producer:fallback', event => fallbacks.push(event.error))
    await warm(stage)
    await warm(stage)
    expect(fallbacks).toEqual([brokerError(31)])
    expect(stage.cluster.logNow('orders', 0).map(record => record.producerId)).toEqual([-1n, -1n])
  })

  test('refused, and asked for: the sends that wait fail, and the next asks again', async () => {
    await using stage = await Stage.set({}, { idempotent: true })
    const allow = stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const error = await stage.during(
      failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] }))
    )
    expect(error.failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { code: 'KAFKA_BROKER', errorCode: 31 }
    })
    allow()
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
  })

  test('initIdempotentProducer gives a new one each time, and partitions go on under it', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const first = stage.producer.producerId
    const second = await stage.during(stage.producer.initIdempotentProducer())
    expect(second.producerId).not.toBe(first)
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0).map(record => [record.producerId, record.sequence])).toEqual([
      [first, 0],
      [second.producerId, 0]
    ])
  })

  test('a given pair is written under as it is', async () => {
    await using stage = await Stage.set({}, { producerId: 4_242n, producerEpoch: 7 })
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)[0]).toMatchObject({ producerId: 4_242n, producerEpoch: 7, sequence: 0 })
    expect([stage.producer.producerId, stage.producer.producerEpoch]).toEqual([4_242n, 7])
  })
})

describe('what a broker loses', () => {
  test('acknowledged records: told, and by default the rest goes on', async () => {
    await using stage = await Stage.set()
    const losses: unknown[] = []
    stage.producer.on('producer:dataloss', loss => losses.push([loss.topic, loss.partition, loss.continued]))
    await warm(stage)
    await warm(stage)
    stage.cluster.truncate('orders', 0, 1n)
    await warm(stage)
    expect(losses).toEqual([['orders', 0, true]])
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  test('a topic made anew under us: stopped until reset accepts it', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    stage.cluster.deleteTopic('orders')
    stage.cluster.createTopic('orders', 3)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    const error = await stage.during(
      failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] }))
    )
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { code: 'KAFKA_FENCED' } })
    await stage.during(stage.producer.reset({ topic: 'orders' }))
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
  })
})
