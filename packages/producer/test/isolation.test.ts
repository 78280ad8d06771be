// What one fault does to the rest: nothing.
import { describe, expect, test } from 'vitest'
import { failureOf, Stage } from './stage.ts'

describe('isolation', () => {
  test('a topic that does not exist fails alone, after five seconds', async () => {
    await using stage = await Stage.set()
    const { producer } = stage
    const both = producer.send({
      messages: [
        { topic: 'missing', value: 'v' },
        { topic: 'orders', value: 'v', partition: 0 }
      ]
    })
    const other = producer.send({ messages: [{ topic: 'orders', value: 'w', partition: 0 }] })
    await stage.during(other)
    expect(stage.clock.monotonicMs()).toBeLessThan(1_000)
    const error = await stage.during(failureOf(both))
    expect(error.failures.map(failure => [failure.index, failure.error.code])).toEqual([[0, 'KAFKA_UNKNOWN_TOPIC']])
    expect(error.produced.offsets).toEqual([{ topic: 'orders', partition: 0, offset: 0n }])
  })

  test('a refused record is blamed, its siblings are not', async () => {
    await using stage = await Stage.set({ topics: { orders: { partitions: 1, compacted: true } } })
    const messages = ['a', 'b', 'c'].map((key, i) => ({ topic: 'orders', key: i === 1 ? null : key, value: 'v' }))
    const error = await stage.during(failureOf(stage.producer.send({ messages })))
    expect(error.failures.map(failure => failure.outcome)).toEqual(['not-persisted', 'not-persisted', 'not-persisted'])
    expect(error.failures[0]!.error.message).not.toBe(error.failures[1]!.error.message)
    const next = await stage.during(stage.producer.send({ messages: [{ topic: 'orders', key: 'd', value: 'v' }] }))
    expect(next.offsets[0]!.offset).toBe(0n)
  })
})
