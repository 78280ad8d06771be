import { describe, expect, test } from 'vitest'
import { ManualClock, TestCluster } from '@sluice/testing'
import { askProduce, makeBatch, RawClient, type Pending } from './raw-client.ts'
import { fetchByHand, type FetchAnswer, type FetchQuestion } from './raw-fetch.ts'

interface Stage {
  readonly clock: ManualClock
  readonly cluster: TestCluster
  readonly consumer: RawClient
  readonly produce: (count: number) => void
  readonly fetch: (question?: Partial<FetchQuestion>) => Pending<FetchAnswer>
}

async function stage(): Promise<Stage> {
  const clock = new ManualClock()
  const cluster = await TestCluster.start({ brokers: 2, topics: { orders: 1 }, network: 'memory', clock })
  const transport = cluster.network!.transport()
  const [producer, consumer] = [1, 2].map(() => new RawClient(transport, { host: 'broker-1', port: 9092 }))
  const usual = { topic: 'orders', partition: 0, offset: 0n, maxWaitMs: 500, minBytes: 1, maxBytes: 1_000_000 }
  return {
    clock,
    cluster,
    consumer: consumer!,
    produce: count => {
      for (let sent = 0; sent < count; sent++) askProduce(producer!, makeBatch({ values: ['a', 'b'] }))
      clock.runSoon()
    },
    fetch: question => {
      const pending = consumer!.ask(fetchByHand, 4, { ...usual, ...question })
      clock.runSoon()
      return pending
    }
  }
}

const batchBytes = makeBatch({ values: ['a', 'b'] }).length

describe('fetch', () => {
  test('begins with the batch that holds the offset, wherever it is', async () => {
    const { produce, fetch } = await stage()
    produce(9)
    for (let offset = 0n; offset < 18n; offset++) {
      const { response } = fetch({ offset })
      const first = offset - (offset % 2n)
      expect(response!.batches[0]).toBe(first)
      expect(response!.batches.at(-1)).toBe(16n)
      expect(response!.highWatermark).toBe(18n)
    }
  })

  test('gives as many batches as fit, and the first one in any case', async () => {
    const { produce, fetch } = await stage()
    produce(5)
    const countFor = (maxBytes: number): number => fetch({ maxBytes }).response!.batches.length

    expect([1, batchBytes, 2 * batchBytes - 1, 3 * batchBytes].map(countFor)).toEqual([1, 1, 1, 3])
  })

  test('waits until there is enough, and no longer', async () => {
    const { clock, produce, fetch } = await stage()
    const pending = fetch({ minBytes: 2 * batchBytes })
    produce(1)
    clock.advance(100)
    expect(pending.response).toBeUndefined()
    produce(1)

    expect(pending.response!.batches).toEqual([0n, 2n])
    expect(clock.pendingTimers).toBe(0)
  })

  test('answers with what there is when its time is over', async () => {
    const { clock, produce, fetch } = await stage()
    const pending = fetch({ minBytes: 1_000_000 })
    produce(1)
    clock.advance(499)
    expect(pending.response).toBeUndefined()
    clock.advance(1)

    expect(pending.response!.batches).toEqual([0n])
  })

  test('stops waiting when the leader moves', async () => {
    const { clock, cluster, fetch } = await stage()
    const pending = fetch()
    cluster.moveLeader('orders', 0, 2)
    clock.runSoon()

    expect(pending.response!.errorCode).toBe(6)
  })

  test('stops waiting when the consumer has gone', async () => {
    const { clock, consumer, fetch } = await stage()
    fetch()
    consumer.stream.destroy(new Error('gone'))
    clock.runSoon()

    expect(clock.pendingTimers).toBe(0)
  })

  test('refuses offsets that are not there', async () => {
    const { cluster, produce, fetch } = await stage()
    produce(3)
    cluster.deleteRecords('orders', 0, 2n)
    const codes = [1n, 2n, 6n, 7n].map(offset => fetch({ offset, maxWaitMs: 0 }).response!.errorCode)

    expect(codes).toEqual([1, 0, 0, 1])
  })

  test('does not look at the next request before the consumer takes the answer', async () => {
    const { clock, cluster, consumer, produce, fetch } = await stage()
    produce(3)
    const link = cluster.network!.links.find(({ client }) => client === consumer.stream)!
    link.shape({ windowBytes: 8, highWaterBytes: 1 }, 'to-client')
    link.client.pause()
    fetch()
    askProduce(consumer, makeBatch())
    clock.runSoon()
    expect(cluster.offsets('orders', 0).endOffset).toBe(6n)

    link.client.resume()
    clock.runSoon()
    expect(cluster.offsets('orders', 0).endOffset).toBe(7n)
  })
})
