// What becomes of batches whose connection ends while its window is full.
import { expect, test } from 'vitest'
import { Stage } from './stage.ts'

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
