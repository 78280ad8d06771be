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

  test('with an aborted call still in flight: nobody waits for it, and its memory is given back', async () => {
    await using stage = await Stage.set()
    const { producer, clock, cluster } = stage
    await warm(stage)
    cluster.intercept('Produce', () => ({ delay: 500 }))
    const controller = new AbortController()
    const messages = [{ topic: 'orders', value: 'v', partition: 0 }]
    const sent = errorOf(producer.send({ messages, signal: controller.signal }))
    clock.advance(5)
    controller.abort()
    expect(await stage.during(sent)).toMatchObject({ code: 'KAFKA_ABORTED', outcome: 'unknown' })
    await stage.during(producer.close())
    expect(producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
    expect(clock.pendingTimers).toBeLessThanOrEqual(1)
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

describe('closing in every state', () => {
  test('bad options: refused, and the producer is as open as before', async () => {
    await using stage = await Stage.set()
    const { producer } = stage
    for (const wrong of [{ timeout: -1 }, { force: 'yes' }, { tiemout: 5 }, null, 5]) {
      const error = await stage.during(errorOf(producer.close(wrong as never)))
      expect(error).toMatchObject({ code: 'KAFKA_INVALID_ARGUMENT' })
    }
    expect(producer.closed).toBe(false)
    await warm(stage)
    await stage.during(producer.close())
  })

  test('by force after a patient close: both end now', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    stage.cluster.pause(1)
    const sent = errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] }))
    const patient = stage.producer.close()
    stage.clock.advance(100)
    await stage.during(Promise.all([stage.producer.close({ force: true }), patient]))
    expect(stage.clock.monotonicMs()).toBeLessThan(2_000)
    expect(await sent).toMatchObject({ outcome: 'unknown' })
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
    expect([stage.clock.pendingTimers, stage.clock.pendingSoon]).toEqual([0, 0])
  })

  test('every question that is under way is answered, and so is each that comes later', async () => {
    await using stage = await Stage.set()
    const { producer } = stage
    await warm(stage)
    stage.cluster.intercept('InitProducerId', () => ({ drop: true }))
    stage.cluster.intercept('Metadata', () => ({ drop: true }))
    const before = [
      errorOf(producer.initIdempotentProducer()),
      errorOf(producer.partitionsFor('elsewhere')),
      errorOf(producer.metadata({ topics: ['elsewhere'] })),
      errorOf(producer.flush()),
      errorOf(producer.drained())
    ]
    stage.clock.advance(100)
    await stage.during(producer.close())
    expect((await Promise.all(before)).map(error => (error as { code?: string } | null)?.code)).toEqual([
      'KAFKA_CLOSED',
      'KAFKA_CLOSED',
      'KAFKA_CLOSED',
      undefined,
      undefined
    ])
    const after = [
      errorOf(producer.initIdempotentProducer()),
      errorOf(producer.partitionsFor('elsewhere')),
      errorOf(producer.metadata({ topics: ['elsewhere'] })),
      errorOf(producer.flush()),
      errorOf(producer.drained()),
      errorOf(producer.close()),
      errorOf(producer.connect())
    ]
    const codes = (await stage.during(Promise.all(after))).map(error => (error as { code?: string } | null)?.code)
    expect(codes).toEqual([
      'KAFKA_CLOSED',
      'KAFKA_CLOSED',
      'KAFKA_CLOSED',
      undefined,
      undefined,
      undefined,
      'KAFKA_CLOSED'
    ])
    expect([stage.clock.pendingTimers, stage.clock.pendingSoon]).toEqual([0, 0])
  })

  test('many producers of one pool, one after the other, leave no listener on its connections', async () => {
    await using stage = await Stage.set()
    const { connections } = stage.producer
    await warm(stage)
    const { bootstrapBrokers } = stage.cluster.clientOptions()
    const count = (): number[] =>
      [...connections.connections()].map(
        connection => connection.listenerCount('drain') + connection.listenerCount('close')
      )
    let first: number[] | null = null
    for (let i = 0; i < 5; i++) {
      const other = new Producer({ bootstrapBrokers, connections, serializers: stringSerializers })
      await stage.during(other.send({ messages: [{ topic: 'orders', value: 'other', partition: 0 }] }))
      await stage.during(other.close())
      first ??= count()
    }
    expect(Math.max(...count())).toBe(Math.max(...first!))
  })

  test.each([
    ['the topic is not known', async () => {}],
    ['a batch lingers', warm],
    [
      'the partition has no leader',
      async (stage: Stage) => {
        await warm(stage)
        stage.cluster.moveLeader('orders', 0, -1)
        await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
      }
    ],
    [
      'no identity is given',
      async (stage: Stage) => {
        stage.cluster.intercept('InitProducerId', () => ({ error: 14 }))
        await stage.during(stage.producer.metadata({ topics: ['orders'] }))
      }
    ],
    [
      'its leader does not answer',
      async (stage: Stage) => {
        await stage.during(stage.producer.metadata({ topics: ['orders'] }))
        for (const id of [1, 2, 3]) stage.cluster.pause(id)
      }
    ],
    [
      'brokers refuse connections',
      async (stage: Stage) => {
        await warm(stage)
        await Promise.all([1, 2, 3].map(async id => stage.cluster.kill(id)))
        stage.clock.advance(10)
      }
    ]
  ] as [string, (stage: Stage) => Promise<void>][])(
    'at its timeout while %s: not persisted, and nothing is left',
    async (_name, prepare) => {
      await using stage = await Stage.set({}, { linger: 3_600_000 / 2 })
      const { producer, clock } = stage
      await prepare(stage)
      const sent = errorOf(producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] }))
      clock.advance(5)
      await stage.during(producer.close({ force: true }))
      expect(await sent).toMatchObject({ outcome: 'not-persisted', failures: [{ error: { code: 'KAFKA_CLOSED' } }] })
      expect(producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
      clock.advance(100)
      expect([clock.pendingTimers, clock.pendingSoon]).toEqual([0, 0])
    }
  )
})
