// Both pass the suite, and a producer places messages by them.
import { Producer, stringSerializers } from '@sluice/producer'
import { partitionerCompliance, TestCluster, type PartitionerSetup } from '@sluice/testing'
import { describe, expect, it } from 'vitest'
import { byTenant } from './by-tenant.ts'
import { shortestQueue } from './shortest-queue.ts'

// The setup says what the partitioner promises; the suite asks for no more than that.
const tenants: PartitionerSetup = { create: () => byTenant, keys: 'stable' }
const queues: PartitionerSetup = { create: shortestQueue, prefersAvailable: true }

describe('byTenant', () => {
  for (const { name, run } of partitionerCompliance) it(name, () => run(tenants))
})
describe('shortestQueue', () => {
  for (const { name, run } of partitionerCompliance) it(name, () => run(queues))
})

it('keeps a tenant in one partition', async () => {
  const cluster = await TestCluster.start({ topics: { orders: 12 } })
  const producer = new Producer({
    ...cluster.clientOptions(),
    serializers: stringSerializers,
    partitioner: byTenant
  })
  const keys = ['acme/1', 'acme/2', 'acme/3', 'acme']
  const { offsets } = await producer.send({ messages: keys.map(key => ({ topic: 'orders', key, value: 'x' })) })
  expect(offsets).toHaveLength(1)
  await producer.close()
  await cluster.stop()
})
