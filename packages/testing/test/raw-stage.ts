// A cluster in memory under a clock that the test turns, and clients of a few lines.
import { metadataApi } from '@sluice/protocol'
import { ManualClock, TestCluster, type TestClusterOptions } from '@sluice/testing'
import { RawClient } from './raw-client.ts'

export interface Stage {
  readonly clock: ManualClock
  readonly cluster: TestCluster
  readonly connect: (brokerId?: number) => RawClient
  readonly values: () => (string | undefined)[]
}

/** Three brokers in memory, a topic `orders` of three partitions, and clients that say anything. */
export async function stage(options: TestClusterOptions = {}): Promise<Stage> {
  const clock = new ManualClock()
  const cluster = await TestCluster.start({ brokers: 3, topics: { orders: 3 }, network: 'memory', clock, ...options })
  return {
    clock,
    cluster,
    connect: (brokerId = 1) => {
      const client = new RawClient(cluster.network!.transport(), { host: `broker-${brokerId}`, port: 9092 })
      clock.runSoon()
      return client
    },
    values: () => cluster.logNow('orders').map(record => record.value?.toString())
  }
}

/** The leaders of `orders`, once they are answered. */
export function askMetadata(client: RawClient): () => readonly number[] | undefined {
  const pending = client.ask(metadataApi, 12, { topics: [{ name: 'orders' }], allowAutoTopicCreation: false })
  return () => pending.response?.topics[0]?.partitions.map(({ leaderId }) => leaderId)
}
