// What the producer counts: each record that it took, once, by what became of it.
import { describe, expect, test } from 'vitest'
import { errorOf, Stage, warm } from './stage.ts'

const one = (value: string, partition = 0): { topic: string; value: string; partition: number }[] => [
  { topic: 'orders', value, partition }
]

describe('stats()', () => {
  test('counts records that failed before they were in a batch', async () => {
    await using stage = await Stage.set({}, { bufferTimeout: 60_000 })
    const { producer } = stage
    const calls: readonly object[] = [
      { messages: one('no such partition', 99) },
      { messages: one(5 as never) },
      { messages: one('x'.repeat(2_000_000)) },
      { messages: [{ topic: 'missing', value: 'v' }, ...one('good')] },
      { partitioner: () => -1, messages: [{ topic: 'orders', value: 'v' }] }
    ]
    await stage.during(Promise.all(calls.map(call => errorOf(producer.send(call as never)))))
    expect(producer.stats()).toMatchObject({ delivered: 1, failed: 5, unknown: 0, queuedRecords: 0 })
  })

  test('counts records of aborted calls: what was taken back, and what goes on', async () => {
    await using stage = await Stage.set({}, { linger: 100 })
    const { producer } = stage
    await warm(stage)
    const aborted = async (topic: string, value: string): Promise<void> => {
      const abort = new AbortController()
      const sent = errorOf(producer.send({ signal: abort.signal, messages: [{ topic, value, partition: 0 }] }))
      abort.abort()
      await stage.during(sent)
    }
    await aborted('orders', 'in an open batch, alone')
    const neighbour = producer.send({ messages: one('neighbour') })
    await aborted('orders', 'in an open batch, with others')
    await aborted('missing', 'waiting for its topic')
    await stage.during(neighbour)
    expect(producer.stats()).toMatchObject({ delivered: 2, failed: 3, unknown: 0, queuedRecords: 0 })
  })

  test('counts records that a close by force ended', async () => {
    await using stage = await Stage.set()
    const { producer } = stage
    const sent = errorOf(producer.send({ messages: one('v') }))
    await stage.during(producer.close({ force: true }))
    await sent
    expect(producer.stats()).toMatchObject({ delivered: 0, failed: 1, unknown: 0, queuedRecords: 0 })
  })
})
