import {
  apiVersionsApi,
  createTopicsApi,
  encodeRequest,
  findCoordinatorApi,
  initProducerIdApi,
  metadataApi,
  produceApi,
  saslAuthenticateApi,
  saslHandshakeApi
} from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { ManualClock, seededRandom, TestCluster } from '@sluice/testing'
import { makeBatch, RawClient } from './raw-client.ts'
import { fetchByHand } from './raw-fetch.ts'

function requests(): Buffer[] {
  const topics = [{ name: 'orders', partitions: [{ index: 0, records: makeBatch({ values: ['a', 'b', 'c'] }) }] }]
  const created = { name: 'new', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }
  const question = { topic: 'orders', partition: 0, offset: 0n, maxWaitMs: 10, minBytes: 1, maxBytes: 100 }
  const frames = [
    encodeRequest(produceApi, 12, 1, 'c', { acks: -1, timeoutMs: 1, topics }),
    encodeRequest(produceApi, 7, 1, 'c', { acks: 0, timeoutMs: 1, topics }),
    encodeRequest(metadataApi, 12, 1, 'c', { topics: [{ name: 'orders' }], allowAutoTopicCreation: true }),
    encodeRequest(apiVersionsApi, 3, 1, 'c', { clientSoftwareName: 'a', clientSoftwareVersion: 'b' }),
    encodeRequest(createTopicsApi, 7, 1, 'c', { topics: [created] }),
    encodeRequest(findCoordinatorApi, 4, 1, 'c', { keyType: 0, coordinatorKeys: ['g'] }),
    encodeRequest(initProducerIdApi, 4, 1, 'c', { transactionalId: null, transactionTimeoutMs: 1 }),
    encodeRequest(saslHandshakeApi, 1, 1, 'c', { mechanism: 'PLAIN' }),
    encodeRequest(saslAuthenticateApi, 2, 1, 'c', { authBytes: Buffer.from('n,,n=a,r=b') }),
    encodeRequest(fetchByHand, 4, 1, 'c', question)
  ]
  return frames.map(({ segments }) => Buffer.concat(segments))
}

describe('hostile clients', () => {
  test('get an answer or the end of their connection, and harm nobody else', async () => {
    const random = seededRandom(11)
    const below = (limit: number): number => Math.floor(random() * limit)
    const clock = new ManualClock()
    const cluster = await TestCluster.start({ topics: { orders: 1 }, network: 'memory', clock, autocreateTopics: true })
    const address = { host: 'broker-1', port: 9092 }
    const originals = requests()
    for (let attack = 0; attack < 3000; attack++) {
      const bytes = Buffer.from(originals[below(originals.length)]!)
      for (let flips = below(6); flips >= 0; flips--) bytes[4 + below(bytes.length - 4)] = below(256)
      const client = new RawClient(cluster.network!.transport(), address)
      client.stream.write([bytes.subarray(0, random() < 0.1 ? below(bytes.length) : undefined)], () => {})
      clock.advance(5)
      client.stream.destroy(new Error('gone'))
    }

    const decent = new RawClient(cluster.network!.transport(), address)
    const answer = decent.ask(metadataApi, 12, { topics: [{ name: 'orders' }], allowAutoTopicCreation: false })
    clock.advance(5)
    expect(answer.response!.topics[0]!.errorCode).toBe(0)
    expect(cluster.connections()).toHaveLength(1)
    // Whatever got past the checks can be read.
    expect(cluster.logNow('orders').length).toBeGreaterThan(0)
  })

  test('lose the first of two batches that one request has for a partition, as at Kafka', async () => {
    const clock = new ManualClock()
    const cluster = await TestCluster.start({ topics: { orders: 2 }, network: 'memory', clock })
    const client = new RawClient(cluster.network!.transport(), { host: 'broker-1', port: 9092 })
    const entry = (index: number, value: string): { index: number; records: Buffer } => ({
      index,
      records: makeBatch({ values: [value] })
    })
    const partitions = [entry(0, 'first'), entry(1, 'other'), entry(0, 'second')]
    const { leaderId } = cluster.leadership('orders', 0)
    cluster.moveLeader('orders', 1, leaderId)
    const answer = client.ask(produceApi, 9, { acks: -1, timeoutMs: 0, topics: [{ name: 'orders', partitions }] })
    clock.advance(5)
    expect(answer.response!.responses[0]!.partitions.map(({ index }) => index)).toEqual([1, 0])
    expect(cluster.logNow('orders', 0).map(({ value }) => value?.toString())).toEqual(['second'])
    expect(cluster.logNow('orders', 1)).toHaveLength(1)
  })

  test('are cut off when they speak something else', async () => {
    const clock = new ManualClock()
    const cluster = await TestCluster.start({ network: 'memory', clock })
    for (const text of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']) {
      const client = new RawClient(cluster.network!.transport(), { host: 'broker-1', port: 9092 })
      client.stream.write([Buffer.from(text, 'latin1')], () => {})
      clock.advance(5)
      expect(client.story).toEqual(['open', 'close'])
    }
  })
})
