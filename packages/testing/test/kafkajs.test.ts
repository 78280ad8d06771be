import { CompressionTypes, Kafka, logLevel, type KafkaMessage, type SASLOptions } from 'kafkajs'
import { afterEach, describe, expect, test } from 'vitest'
import { TestCluster, type TestClusterOptions } from '@sluice/testing'

const undo: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each()
})

async function start(options: TestClusterOptions): Promise<TestCluster> {
  const cluster = await TestCluster.start(options)
  undo.push(() => cluster.stop())
  return cluster
}

function kafka(cluster: TestCluster, sasl?: SASLOptions): Kafka {
  const brokers = [...cluster.addresses]
  return new Kafka({
    clientId: 'kafkajs',
    brokers,
    logLevel: logLevel.NOTHING,
    ...(sasl === undefined ? {} : { sasl })
  })
}

async function produce(client: Kafka, messages: { key: string; value: string }[], topic = 'orders'): Promise<void> {
  const producer = client.producer({ idempotent: true })
  await producer.connect()
  await producer.send({ topic, messages, compression: CompressionTypes.GZIP })
  await producer.disconnect()
}

/** Everything that a group gets from a topic, until so many messages have come. */
async function consume(client: Kafka, count: number, topic = 'orders'): Promise<KafkaMessage[]> {
  const consumer = client.consumer({ groupId: 'readers', maxWaitTimeInMs: 50 })
  const seen: KafkaMessage[] = []
  let complete: () => void
  const done = new Promise<void>(resolve => {
    complete = resolve
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (seen.push(message) === count) complete()
    }
  })
  await done
  await consumer.disconnect()
  return seen
}

function numbered(from: number, to: number): { key: string; value: string }[] {
  return Array.from({ length: to - from }, (_, index) => ({ key: `k${from + index}`, value: `v${from + index}` }))
}

describe('kafkajs against the cluster', () => {
  test('produces and consumes through a group, which goes on where it was', async () => {
    const cluster = await start({ brokers: 3, topics: { orders: 3 } })
    const client = kafka(cluster)
    await produce(client, numbered(0, 100))

    const first = await consume(client, 100)
    expect(new Set(first.map(message => message.value?.toString()))).toEqual(
      new Set(numbered(0, 100).map(({ value }) => value))
    )
    const log = await cluster.log('orders')
    expect(log).toHaveLength(100)
    expect(log.every(record => record.producerId >= 0n && record.sequence >= 0)).toBe(true)

    await produce(client, numbered(100, 110))
    const second = await consume(client, 10)
    expect(new Set(second.map(message => message.key?.toString()))).toEqual(
      new Set(numbered(100, 110).map(({ key }) => key))
    )
  })

  test('waits at the end of the log for what is produced later', async () => {
    const cluster = await start({ topics: { orders: 1 } })
    const client = kafka(cluster)
    const coming = consume(client, 5)
    await produce(client, numbered(0, 5))

    expect((await coming).map(message => message.offset)).toEqual(['0', '1', '2', '3', '4'])
  })

  test('has a missing topic made', async () => {
    const cluster = await start({ brokers: 2, autocreateTopics: true, defaultPartitions: 4 })
    await produce(kafka(cluster), numbered(0, 20), 'fresh')

    expect(await cluster.log('fresh')).toHaveLength(20)
    expect(cluster.leadership('fresh', 3).leaderId).toBe(2)
  })

  test('makes topics, asks for offsets by time, and is told what there is not', async () => {
    const cluster = await start({ brokers: 3, topics: { orders: 1 } })
    const client = kafka(cluster)
    const admin = client.admin({ retry: { retries: 0 } })
    await admin.connect()
    undo.push(() => admin.disconnect())
    const replicaAssignment = [{ partition: 0, replicas: [3, 2] }]
    await admin.createTopics({ topics: [{ topic: 'fresh', replicaAssignment }] })
    await produce(client, numbered(0, 3))

    expect(cluster.leadership('fresh', 0).replicas).toEqual([3, 2])
    expect(await admin.fetchTopicOffsetsByTimestamp('orders', 1)).toEqual([{ partition: 0, offset: '0' }])
    await expect(admin.deleteTopics({ topics: ['fresh'] })).rejects.toThrow('does not support')
  })

  test('follows a leader', async () => {
    const cluster = await start({ brokers: 3, topics: { orders: 1 } })
    const producer = kafka(cluster).producer({ retry: { initialRetryTime: 1 } })
    await producer.connect()
    await producer.send({ topic: 'orders', messages: numbered(0, 1) })
    cluster.moveLeader('orders', 0, 2)
    await producer.send({ topic: 'orders', messages: numbered(1, 2) })
    await cluster.kill(2)
    await producer.send({ topic: 'orders', messages: numbered(2, 3) })
    await producer.disconnect()

    expect((await cluster.log('orders')).map(record => record.value?.toString())).toEqual(['v0', 'v1', 'v2'])
  })

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('authenticates by %s', async mechanism => {
    const cluster = await start({ topics: { orders: 1 }, sasl: { users: { alice: 'secret' } } })
    await produce(kafka(cluster, { mechanism, username: 'alice', password: 'secret' }), numbered(0, 1))
    expect(await cluster.log('orders')).toHaveLength(1)

    const admin = kafka(cluster, { mechanism, username: 'alice', password: 'guess' }).admin({ retry: { retries: 0 } })
    undo.push(() => admin.disconnect())
    await expect(admin.connect()).rejects.toThrow(/auth/i)
  })

  test('gets its record written once though the answer is lost', async () => {
    const cluster = await start({ brokers: 3, topics: { orders: 1 } })
    const producer = kafka(cluster).producer({ idempotent: true, retry: { initialRetryTime: 1 } })
    await producer.connect()
    const undoCut = cluster.intercept('Produce', () => {
      undoCut()
      return { cut: 0 }
    })
    await producer.send({ topic: 'orders', messages: numbered(0, 3) })
    await producer.disconnect()

    expect((await cluster.log('orders')).map(record => record.value?.toString())).toEqual(['v0', 'v1', 'v2'])
  })

  test('waits for a broker that is suspended', async () => {
    const cluster = await start({ topics: { orders: 1 } })
    const producer = kafka(cluster).producer()
    await producer.connect()
    await producer.send({ topic: 'orders', messages: numbered(0, 1) })
    cluster.pause(1)
    const sending = producer.send({ topic: 'orders', messages: numbered(1, 2) })
    const before = (await cluster.log('orders')).length
    cluster.resume(1)
    await sending
    await producer.disconnect()

    expect([before, (await cluster.log('orders')).length]).toEqual([1, 2])
  })
})
