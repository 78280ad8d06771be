// Calls without acknowledgement, and nodes that take nothing now.
import { describe, expect, test } from 'vitest'
import { ProduceAcks } from '@sluice/producer'
import { failureOf, Stage, text, warm } from './stage.ts'

describe('without acknowledgement', () => {
  test('settles when handed over, gives its memory back, and the record arrives', async () => {
    await using stage = await Stage.set()
    const result = await stage.during(
      stage.producer.send({ acks: ProduceAcks.NO_RESPONSE, messages: [{ topic: 'orders', value: 'v', partition: 2 }] })
    )
    expect(result).toEqual({ offsets: [], unwritableNodes: [] })
    stage.clock.advance(100)
    expect(text(stage.cluster.logNow('orders', 2))).toEqual(['v'])
    expect(stage.producer.stats().queuedBytes).toBe(0)
  })

  test('a call without messages has everything in its result that other calls have', async () => {
    await using stage = await Stage.set()
    expect(await stage.during(stage.producer.send({ messages: [] }))).toEqual({ offsets: [] })
    expect(await stage.during(stage.producer.send({ acks: 0, records: true, messages: [] }))).toEqual({
      offsets: [],
      unwritableNodes: [],
      records: []
    })
  })

  test('drained resolves at once when nothing is busy', async () => {
    await using stage = await Stage.set()
    await stage.during(stage.producer.drained())
  })
})

describe('without acknowledgement, when things go wrong', () => {
  const one = (value: string): { acks: 0; messages: { topic: string; value: string; partition: number }[] } => ({
    acks: 0,
    messages: [{ topic: 'orders', value, partition: 0 }]
  })

  test('order is kept, and nothing is sent twice', async () => {
    await using stage = await Stage.set({}, { batchSize: 1_024 })
    await warm(stage)
    const sends = Array.from({ length: 30 }, (_, i) => stage.producer.send(one(`${i} ${'x'.repeat(400)}`)))
    await stage.during(Promise.all(sends))
    stage.clock.advance(1_000)
    expect(text(stage.cluster.logNow('orders', 0)).map(value => value.split(' ')[0])).toEqual([
      'warm',
      ...Array.from({ length: 30 }, (_, i) => `${i}`)
    ])
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
  })

  test('no leader: the deadline ends it, not persisted', async () => {
    await using stage = await Stage.set({}, { deliveryTimeout: 2_000 })
    await warm(stage)
    stage.cluster.moveLeader('orders', 0, -1)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.outcome).toBe('not-persisted')
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
  })

  test('calls with and without it, mixed, keep their order', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const sends = Array.from({ length: 9 }, (_, i) =>
      stage.producer.send({
        acks: ([-1, 0, 1] as const)[i % 3],
        messages: [{ topic: 'orders', value: `${i}`, partition: 0 }]
      })
    )
    await stage.during(Promise.all(sends))
    stage.clock.advance(100)
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', ...sends.map((_, i) => `${i}`)])
  })

  test('a connection that ends: what was handed over is not sent again', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    const sent = stage.producer.send(one('a'))
    stage.clock.runSoon()
    for (const connection of stage.cluster.connections()) connection.close()
    await stage.during(sent)
    await stage.during(stage.producer.send(one('b')))
    stage.clock.advance(1_000)
    const values = text(stage.cluster.logNow('orders', 0))
    expect(values.filter(value => value === 'a').length).toBeLessThanOrEqual(1)
    expect(values.at(-1)).toBe('b')
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
  })
})
