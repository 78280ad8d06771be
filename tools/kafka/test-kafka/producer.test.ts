// The producer against Apache Kafka itself: what it wrote, read back by Kafka's own classes.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka, TopicChecksum, type KafkaCluster } from '@sluice/kafka'
import { isKafkaError, ProduceAcks, Producer, stringSerializers, type ProduceResult } from '@sluice/producer'

let kafka: KafkaCluster

beforeAll(async () => {
  kafka = await startKafka({ nodes: 1 })
})

afterAll(async () => {
  await kafka.stop()
})

function producerFor(
  options: Partial<ConstructorParameters<typeof Producer>[0]> = {}
): Producer<string, string, string, string> {
  return new Producer({ ...options, bootstrapBrokers: kafka.bootstrap.split(','), serializers: stringSerializers })
}

describe('one node', () => {
  test('1,000 concurrent sends to one partition: 1,000 offsets in call order, in at most 10 requests', async () => {
    await kafka.createTopic('concurrent', { partitions: 1 })
    await using producer = producerFor()
    const value = 'v'.repeat(100)
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        producer.send({ messages: [{ topic: 'concurrent', key: `k${i}`, value }] })
      )
    )
    const offsets = results.map(result => result.offsets[0]!.offset)
    expect(offsets).toEqual(Array.from({ length: 1000 }, (_, i) => BigInt(i)))
    expect(producer.stats().requests).toBeLessThanOrEqual(10)
    const read = await kafka.read('concurrent')
    expect(read.map(record => record.key?.toString())).toEqual(Array.from({ length: 1000 }, (_, i) => `k${i}`))
  })

  test('keys, values, headers and timestamps of every shape are read back as they were sent', async () => {
    await kafka.createTopic('shapes', { partitions: 1 })
    await using producer = producerFor()
    const now = Date.now()
    const messages = [
      { topic: 'shapes', key: 'plain', value: 'value' },
      { topic: 'shapes', key: null, value: 'no key' },
      { topic: 'shapes', key: '', value: '' },
      { topic: 'shapes', key: 'tombstone', value: null },
      { topic: 'shapes', key: 'ключ 🔑', value: 'значение 🌍'.repeat(50) },
      { topic: 'shapes', key: 'earlier', value: 'negative delta', timestamp: BigInt(now - 86_400_000) },
      {
        topic: 'shapes',
        key: 'headers',
        value: 'repeated names',
        timestamp: now,
        headers: [
          ['a', '1'],
          ['b', null],
          ['a', '2'],
          ['', '']
        ] as const
      },
      { topic: 'shapes', key: 'map', value: 'm', headers: new Map([['x', 'y']]) },
      { topic: 'shapes', key: 'object', value: 'o', headers: { one: 'two', three: null } }
    ]
    const { offsets } = await producer.send({ messages })
    expect(offsets).toEqual([{ topic: 'shapes', partition: 0, offset: 0n }])
    const read = await kafka.read('shapes')
    expect(read.map(record => [record.key?.toString() ?? null, record.value?.toString() ?? null])).toEqual(
      messages.map(message => [message.key, message.value])
    )
    expect(read[5]!.timestamp).toBe(BigInt(now - 86_400_000))
    expect(read[6]!.headers.map(([name, value]) => [name, value?.toString() ?? null])).toEqual([
      ['a', '1'],
      ['b', null],
      ['a', '2'],
      ['', '']
    ])
    expect(read[8]!.headers.map(([name, value]) => [name, value?.toString() ?? null])).toEqual([
      ['one', 'two'],
      ['three', null]
    ])
    const dumped = await kafka.topicDump('shapes')
    expect(dumped.every(batch => batch.valid && batch.magic === 2)).toBe(true)
    expect(dumped[0]!.producerId).toBe(producer.producerId)
    expect(dumped[0]!.baseSequence).toBe(0)
  })

  test('batches in a row are contiguous in sequence, and compressed as asked', async () => {
    await kafka.createTopic('gzipped', { partitions: 3 })
    await using producer = producerFor({ compression: 'gzip', batchSize: 16_384 })
    const count = 20_000
    const messages = Array.from({ length: count }, (_, i) => ({
      topic: 'gzipped',
      key: `key-${i % 500}`,
      value: `value number ${i} `.repeat(4)
    }))
    for (let at = 0; at < count; at += 2_000) await producer.send({ messages: messages.slice(at, at + 2_000) })
    const summary = await kafka.summary('gzipped')
    expect(summary.count).toBe(count)
    const read = await kafka.read('gzipped')
    const partitionOf = new Map(read.map(record => [record.key!.toString(), record.partition]))
    for (const { partition, checksum } of summary.partitions) {
      const expected = new TopicChecksum()
      for (const message of messages) if (partitionOf.get(message.key) === partition) expected.add(message)
      expect(checksum).toBe(expected.digest())
    }
    for (const partition of [0, 1, 2]) {
      const batches = await kafka.topicDump('gzipped', { partition })
      let next = 0
      for (const batch of batches) {
        expect(batch.compression).toBe('gzip')
        expect(batch.baseSequence).toBe(next)
        next = batch.lastSequence + 1
      }
    }
  })

  test('keys go where the Java producer puts them', async () => {
    await kafka.createTopic('placed', { partitions: 7 })
    await kafka.createTopic('placed-by-java', { partitions: 7 })
    const keys = Array.from({ length: 500 }, (_, i) =>
      createHash('md5')
        .update(String(i))
        .digest('hex')
        .slice(0, 1 + (i % 32))
    )
    await using producer = producerFor()
    const { records } = await producer.send({
      records: true,
      messages: keys.map(key => ({ topic: 'placed', key, value: 'v' }))
    })
    const byJava = await kafka.produce(
      'placed-by-java',
      keys.map(key => ({ key, value: 'v' }))
    )
    expect(records!.map(record => record.partition)).toEqual(byJava.map(record => record.partition))
  })

  test('acks 0 and 1 write what they are given', async () => {
    await kafka.createTopic('acks', { partitions: 1 })
    await using producer = producerFor()
    const zero = await producer.send({ acks: 0, messages: [{ topic: 'acks', value: 'zero' }] })
    expect(zero).toEqual({ offsets: [], unwritableNodes: [] })
    const one = await producer.send({ acks: ProduceAcks.LEADER, messages: [{ topic: 'acks', value: 'one' }] })
    expect(one.offsets).toHaveLength(1)
    await producer.send({ messages: [{ topic: 'acks', value: 'all' }] })
    const read = await kafka.read('acks')
    expect(read.map(record => record.value!.toString())).toEqual(['zero', 'one', 'all'])
  })

  test('a batch that the topic does not take is split till it fits, a record that cannot fit fails alone', async () => {
    await kafka.createTopic('small', { partitions: 1, config: { 'max.message.bytes': '2000' } })
    await using producer = producerFor()
    const messages = Array.from({ length: 100 }, (_, i) => ({
      topic: 'small',
      key: `${i}`,
      value: 'x'.repeat(i === 50 ? 5000 : 100)
    }))
    const error = await producer.send({ messages }).then(
      () => null,
      (thrown: unknown) => thrown
    )
    expect(
      isKafkaError(error, 'KAFKA_PRODUCE_FAILED') && error.failures.map(failure => [failure.index, failure.outcome])
    ).toEqual([[50, 'not-persisted']])
    const read = await kafka.read('small')
    expect(read.map(record => record.key!.toString())).toEqual(
      messages.filter((_, i) => i !== 50).map(message => message.key)
    )
  })

  test('a topic that does not exist fails truthfully, and only itself', async () => {
    await kafka.createTopic('exists', { partitions: 1 })
    await using producer = producerFor()
    const missing = producer.send({ messages: [{ topic: 'does-not-exist', value: 'v' }] }).then(
      () => null,
      (error: unknown) => error
    )
    const there: ProduceResult = await producer.send({ messages: [{ topic: 'exists', value: 'v' }] })
    expect(there.offsets).toHaveLength(1)
    const error = await missing
    expect(isKafkaError(error, 'KAFKA_PRODUCE_FAILED') && error.failures[0]!.error.code).toBe('KAFKA_UNKNOWN_TOPIC')
    expect(isKafkaError(error) && error.outcome).toBe('not-persisted')
  })
})
