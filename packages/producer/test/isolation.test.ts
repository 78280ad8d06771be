// What one fault does to the rest: nothing.
import { describe, expect, test } from 'vitest'
import { Producer } from '@sluice/producer'
import { failureOf, Stage, text } from './stage.ts'

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

  test('a topic that is deleted while its messages wait for a serializer: they are told so, and a new one is written to', async () => {
    await using stage = await Stage.set({ topics: { orders: 3, later: 1 } })
    const gates: (() => void)[] = []
    const prepare = (): Promise<void> => new Promise(resolve => gates.push(resolve))
    const value = Object.assign((given: string) => given, { prepare })
    const options = { serializers: { value }, metadataMaxAge: 1_000, topicRecreatedPolicy: 'continue' } as const
    const producer = new Producer({ ...stage.cluster.clientOptions(), ...options })
    const parked = failureOf(producer.send({ messages: [{ topic: 'later', value: 'parked' }] }))
    stage.clock.advance(1_000)
    stage.cluster.deleteTopic('later')
    const error = await stage.during(parked)
    expect(error.failures).toMatchObject([{ outcome: 'not-persisted', error: { code: 'KAFKA_UNKNOWN_TOPIC' } }])

    const early = producer.send({ messages: [{ topic: 'later', value: 'early' }] })
    for (const open of gates) open()
    stage.clock.advance(100)
    stage.cluster.createTopic('later', 1)
    await stage.during(early)
    expect(text(stage.cluster.logNow('later'))).toEqual(['early'])
    await stage.during(producer.close())
  })
})
