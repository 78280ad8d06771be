// It passes the suite, and a producer writes with it.
import { Producer, stringSerializers } from '@sluice/producer'
import { compressionCompliance, TestCluster } from '@sluice/testing'
import { expect, it } from 'vitest'
import { thoroughGzip } from './thorough-gzip.ts'

for (const { name, run } of compressionCompliance) it(name, () => run({ codec: thoroughGzip() }))

it('compresses what a producer sends', async () => {
  const cluster = await TestCluster.start({ topics: { orders: 1 } })
  const producer = new Producer({
    ...cluster.clientOptions(),
    serializers: stringSerializers,
    compression: thoroughGzip()
  })
  await producer.send({ messages: [{ topic: 'orders', value: 'umbrella '.repeat(100) }] })
  await producer.close()
  const [record] = await cluster.log('orders')
  expect(record?.value?.toString()).toBe('umbrella '.repeat(100))
  await cluster.stop()
})
