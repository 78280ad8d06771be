// What becomes of batches whose connection ends while its window is full.
import { expect, test } from 'vitest'
import { Stage, warm } from './stage.ts'

test('a connection that ends with a full window: its batch is sent again on the next one', async () => {
  await using stage = await Stage.set({ brokers: 1, topics: { orders: 1 } }, { maxInflights: 1 })
  const { producer, cluster, clock } = stage
  const send = (value: string): Promise<unknown> =>
    producer.send({ messages: [{ topic: 'orders', value, partition: 0 }] })
  await stage.during(send('0'))
  const undo = cluster.intercept('Produce', () => ({ cut: 0, execute: false }))
  const sent = send('1')
  clock.advance(1)
  undo()
  const startedMs = clock.monotonicMs()
  await stage.during(sent)
  expect(clock.monotonicMs() - startedMs).toBeLessThan(2_000)
  expect(cluster.logNow('orders', 0).map(record => record.value!.toString())).toEqual(['0', '1'])
})

test.each(['create', 'append'] as const)(
  'an answer that is lost: what was written keeps the times that the log has (%s time), though the broker tells one for all',
  async timestampType => {
    await using stage = await Stage.set({ brokers: 1, topics: { orders: { partitions: 1, timestampType } } })
    const { producer, cluster, clock } = stage
    await warm(stage)
    const undo = cluster.intercept('Produce', () => ({ drop: true }))
    const messages = [1_000, 3_000, 2_000].map(timestamp => ({ topic: 'orders', value: 'v', partition: 0, timestamp }))
    const sent = producer.send({ records: true, messages })
    clock.advance(1)
    undo()
    const { records } = await stage.during(sent)
    const log = cluster.logNow('orders', 0).slice(1)
    expect(log).toHaveLength(3)
    expect(records!.map(({ offset, timestamp }) => [offset, timestamp])).toEqual(
      log.map(({ offset, timestamp }) => [offset, BigInt(timestamp)])
    )
  }
)
