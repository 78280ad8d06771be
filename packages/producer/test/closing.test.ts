// The end of a producer, in every state.
import { describe, expect, test } from 'vitest'
import { Producer, stringSerializers } from '@sluice/producer'
import { errorOf, Stage, warm } from './stage.ts'

describe('closing', () => {
  test('what was accepted is delivered, what comes later is refused, and nothing is left', async () => {
    await using stage = await Stage.set()
    const { producer, clock, cluster } = stage
    const sent = producer.send({ messages: [{ topic: 'orders', value: 'v' }] })
    const closed = producer.close()
    const again = producer.close()
    expect(producer.closed).toBe(true)
    const late = errorOf(producer.send({ messages: [{ topic: 'orders', value: 'late' }] }))
    await stage.during(Promise.all([closed, again]))
    expect((await sent).offsets).toHaveLength(1)
    expect(await late).toMatchObject({ code: 'KAFKA_CLOSED', outcome: 'not-persisted' })
    expect(cluster.connections()).toEqual([])
    expect([clock.pendingTimers, clock.pendingSoon]).toEqual([0, 0])
  })

  test('at its timeout what never left is not persisted, and what left is unknown', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    const { producer, cluster } = stage
    await warm(stage)
    cluster.pause(1)
    const left = errorOf(producer.send({ messages: [{ topic: 'orders', value: 'left', partition: 0 }] }))
    stage.clock.advance(50)
    for (let i = 0; i < 5; i++) stage.clock.advance(1)
    const never = errorOf(producer.send({ messages: [{ topic: 'nowhere', value: 'never', partition: 0 }] }))
    await stage.during(producer.close({ timeout: 500 }))
    expect(await left).toMatchObject({ outcome: 'unknown' })
    expect(await never).toMatchObject({ outcome: 'not-persisted' })
  })

  test('by force, at once, before anything is known', async () => {
    await using stage = await Stage.set()
    const sent = errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] }))
    await stage.during(stage.producer.close({ force: true }))
    expect(await sent).toMatchObject({ code: 'KAFKA_PRODUCE_FAILED', outcome: 'not-persisted' })
    stage.clock.advance(100)
    expect(stage.clock.pendingTimers).toBe(0)
  })

  test('a producer that did nothing closes too', async () => {
    await using stage = await Stage.set()
    await stage.during(stage.producer.close())
    expect(stage.producer.isActive()).toBe(false)
  })
})

describe('many clients of one pool', () => {
  test('each delivers, and closing one leaves the pool to the other', async () => {
    await using stage = await Stage.set()
    const { connections } = stage.producer
    const { bootstrapBrokers } = stage.cluster.clientOptions()
    const other = new Producer({ bootstrapBrokers, connections, serializers: stringSerializers })
    await stage.during(other.send({ messages: [{ topic: 'orders', value: 'other', partition: 1 }] }))
    await stage.during(other.close())
    await warm(stage)
    expect(stage.cluster.logNow('orders')).toHaveLength(2)
  })
})
