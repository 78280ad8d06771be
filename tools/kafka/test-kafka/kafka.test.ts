// Apache Kafka itself, started, hurt and healed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { HarnessError, startKafka, TopicChecksum } from '../src/index.ts'
import type { ClientListener, KafkaCluster, RecordToProduce } from '../src/index.ts'
import { stateOf, identify } from '../src/processes.ts'

/** The first start of a release downloads it. */
const startLimitMs = 900_000
const millisecond = 1_700_000_000_000

describe('one node', () => {
  let kafka: KafkaCluster

  beforeAll(async () => {
    kafka = await startKafka({ onProgress: message => process.stderr.write(`${message}\n`) })
  }, startLimitMs)

  afterAll(() => kafka?.stop())

  test('answers under the address that it gives', async () => {
    expect(kafka.bootstrap).toBe(`127.0.0.1:${kafka.brokers[0]?.ports.PLAINTEXT}`)
    expect(await kafka.describeCluster()).toEqual({ clusterId: kafka.clusterId, controller: 1, brokers: [1] })
  })

  test('gives back what was written, by two readers and a checksum', async () => {
    const records: RecordToProduce[] = [
      {
        partition: 1,
        timestamp: millisecond,
        key: 'k',
        value: 'v',
        headers: [
          ['h', 'x'],
          ['n', null]
        ]
      },
      { partition: 1, timestamp: millisecond, value: null },
      { partition: 1, timestamp: millisecond, key: '', value: Buffer.from([0, 255]) }
    ]
    await kafka.createTopic('written', { partitions: 2 })
    expect(await kafka.produce('written', records)).toEqual([0, 1, 2].map(offset => ({ partition: 1, offset })))
    expect(await kafka.endOffsets('written')).toEqual([0n, 3n])

    const read = await kafka.read('written')
    const common = { partition: 1, timestamp: BigInt(millisecond), timestampType: 'CreateTime', leaderEpoch: 0 }
    expect(read).toEqual([
      {
        ...common,
        offset: 0n,
        key: Buffer.from('k'),
        value: Buffer.from('v'),
        headers: [
          ['h', Buffer.from('x')],
          ['n', null]
        ]
      },
      { ...common, offset: 1n, key: null, value: null, headers: [] },
      { ...common, offset: 2n, key: Buffer.alloc(0), value: Buffer.from([0, 255]), headers: [] }
    ])

    const checksum = new TopicChecksum()
    records.forEach(record => checksum.add(record))
    const summary = await kafka.summary('written')
    expect(summary.count).toBe(3)
    expect(summary.partitions[1]).toMatchObject({
      count: 3,
      firstOffset: 0,
      lastOffset: 2,
      checksum: checksum.digest()
    })
  })

  test('shows the batches on its disk', async () => {
    await kafka.createTopic('dumped')
    const values = ['one', 'two', 'three']
    await kafka.produce(
      'dumped',
      values.map(value => ({ value })),
      { 'compression.type': 'lz4', 'linger.ms': '100' }
    )
    const [batch, ...more] = await kafka.topicDump('dumped')
    expect(more).toEqual([])
    expect(batch).toMatchObject({ baseOffset: 0n, count: 3, compression: 'lz4', valid: true, baseSequence: 0 })
    expect(batch?.records.map(record => record.value)).toEqual(values)
  })

  test('is read by the console consumer', async () => {
    await kafka.createTopic('shown')
    expect(await kafka.consoleConsume('shown')).toEqual([])
    await kafka.produce('shown', [{ key: 'a', value: 'x' }, { value: 'y' }])
    expect(await kafka.consoleConsume('shown', { properties: { 'print.key': 'true' } })).toEqual(['a\tx', 'null\ty'])
  })

  test('creates topics as asked and deletes them', async () => {
    await kafka.createTopic('brief', { partitions: 3, config: { 'max.message.bytes': '2000' } })
    await expect(kafka.produce('brief', [{ value: Buffer.alloc(5000) }])).rejects.toThrow('RecordTooLargeException')
    await kafka.deleteTopic('brief')
    await expect(kafka.describeTopic('brief')).rejects.toThrow(HarnessError)
  })

  test('keeps its data over a crash', async () => {
    await kafka.createTopic('kept')
    await kafka.produce('kept', [{ value: 'before' }])
    await kafka.kill(1)
    expect(kafka.brokers[0]?.state).toBe('ended')
    await expect(kafka.kill(1)).rejects.toThrow('Node 1 is not running')
    await kafka.restart(1)
    expect((await kafka.read('kept')).map(record => String(record.value))).toEqual(['before'])
  })

  test('logs what it does', () => {
    expect(kafka.logs(1)).toContain('Kafka Server started')
  })

  describe('listeners', () => {
    const security = 'org.apache.kafka.common.security'
    const password = (module: string, secret = 'alice-secret'): string =>
      `${security}.${module} required username="alice" password="${secret}";`
    const scram = password('scram.ScramLoginModule')
    const unsecured = `${security}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="alice";`
    const trust = (): Record<string, string> => ({
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': kafka.tls.ca
    })
    const own = (): Record<string, string> => ({
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': kafka.tls.key,
      'ssl.keystore.certificate.chain': kafka.tls.cert
    })

    function brokersSeenBy(listener: ClientListener, properties: Record<string, string>): Promise<unknown> {
      const protocol = listener === 'MTLS' ? 'SSL' : listener
      return kafka.describeCluster({ listener, properties: { 'security.protocol': protocol, ...properties } })
    }

    test.each([
      ['PLAIN', password('plain.PlainLoginModule')],
      ['SCRAM-SHA-256', scram],
      ['SCRAM-SHA-512', scram],
      ['OAUTHBEARER', unsecured]
    ])('accept alice by %s, in plain text and over TLS', async (mechanism, jaas) => {
      const sasl = { 'sasl.mechanism': mechanism, 'sasl.jaas.config': jaas }
      expect(await brokersSeenBy('SASL_PLAINTEXT', sasl)).toMatchObject({ brokers: [1] })
      expect(await brokersSeenBy('SASL_SSL', { ...sasl, ...trust() })).toMatchObject({ brokers: [1] })
    })

    test('refuse a wrong password', async () => {
      const jaas = password('plain.PlainLoginModule', 'wrong')
      const asked = brokersSeenBy('SASL_PLAINTEXT', { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': jaas })
      await expect(asked).rejects.toThrow('SaslAuthenticationException')
    })

    test('speak TLS under a name that is verified', async () => {
      expect(await brokersSeenBy('SSL', trust())).toMatchObject({ brokers: [1] })
    })

    test('want a certificate where both sides show one', async () => {
      expect(await brokersSeenBy('MTLS', { ...trust(), ...own() })).toMatchObject({ brokers: [1] })
      await expect(brokersSeenBy('MTLS', trust())).rejects.toThrow('SslAuthenticationException')
    })
  })
})

describe('three nodes', () => {
  let kafka: KafkaCluster

  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3 })
  }, startLimitMs)

  afterAll(() => kafka?.stop())

  const inSync = async (topic: string): Promise<number[] | undefined> =>
    (await kafka.describeTopic(topic)).partitions[0]?.inSync.toSorted((a, b) => a - b)

  test('replicate to each other', async () => {
    await kafka.createTopic('replicated', { replicationFactor: 3 })
    await kafka.produce('replicated', [{ value: 'x' }], { acks: 'all' })
    expect(await inSync('replicated')).toEqual([1, 2, 3])
    const dumps = await Promise.all([1, 2, 3].map(node => kafka.topicDump('replicated', { node })))
    expect(dumps.map(([batch]) => batch?.crc)).toEqual([1, 2, 3].map(() => dumps[0]?.[0]?.crc))
  })

  test('elect another leader after a crash, and take the node back', async () => {
    await kafka.createTopic('led', { assignment: [[2, 1, 3]] })
    await kafka.kill(2)
    await kafka.ready()
    const { partitions } = await kafka.describeTopic('led')
    expect([1, 3]).toContain(partitions[0]?.leader)
    await kafka.produce('led', [{ value: 'without 2' }], { acks: 'all' })
    await kafka.restart(2)
    expect((await kafka.describeCluster()).brokers).toEqual([1, 2, 3])
    expect((await kafka.read('led')).map(record => String(record.value))).toEqual(['without 2'])
  })

  test('do without a paused node until it goes on', async () => {
    await kafka.pause(3)
    expect(kafka.brokers.map(broker => broker.state)).toEqual(['running', 'running', 'paused'])
    await kafka.ready()
    expect((await kafka.describeCluster()).brokers).toEqual([1, 2])
    await kafka.resume(3)
    await kafka.ready()
    expect((await kafka.describeCluster()).brokers).toEqual([1, 2, 3])
  })

  test('move leadership to a replica, and to a broker that was none', async () => {
    await kafka.createTopic('moved', { assignment: [[1, 2]] })
    const toReplica = await kafka.moveLeader('moved', 0, 2)
    expect(toReplica.partitions[0]).toMatchObject({ leader: 2, replicas: [2, 1] })
    const toStranger = await kafka.moveLeader('moved', 0, 3)
    expect(toStranger.partitions[0]).toMatchObject({ leader: 3, replicas: [3, 1] })
  })

  test('refuse writes that too few replicas would hold', async () => {
    const config = { 'min.insync.replicas': '3' }
    await kafka.createTopic('careful', { assignment: [[1, 2, 3]], config })
    await kafka.terminate(3)
    await kafka.ready()
    const limits = { acks: 'all', 'delivery.timeout.ms': '3000', 'request.timeout.ms': '2000' }
    await expect(kafka.produce('careful', [{ value: 'x' }], limits)).rejects.toThrow(/NotEnoughReplicas|Timeout/)
    await kafka.restart(3)
  })
})

describe('a controller apart', () => {
  test(
    'lets every broker but one die',
    async () => {
      await using kafka = await startKafka({ nodes: 2, isolated: true, properties: { 'min.insync.replicas': '1' } })
      expect(kafka.nodes.map(node => node.id)).toEqual([1, 2, 100])
      expect(kafka.brokers.map(node => node.id)).toEqual([1, 2])
      await kafka.createTopic('survives', { assignment: [[1, 2]] })
      await kafka.kill(1)
      await kafka.ready()
      await kafka.produce('survives', [{ value: 'x' }], { acks: 'all' })
      expect(await kafka.endOffsets('survives')).toEqual([1n])
    },
    startLimitMs
  )
})

describe('the end', () => {
  test(
    'leaves no process',
    async () => {
      const kafka = await startKafka()
      const processes = kafka.nodes.map(node => identify(node.pid ?? 0, 'server.properties'))
      await kafka.stop()
      await kafka.stop()
      expect(processes.map(broker => broker && stateOf(broker))).toEqual(['ended'])
      await expect(kafka.describeCluster()).rejects.toThrow('is stopped')
    },
    startLimitMs
  )

  test(
    'of a node that cannot start is told with its log',
    async () => {
      await expect(startKafka({ properties: { 'log.retention.ms': 'forever' } })).rejects.toThrow(
        /Node 1 has ended[^]*log\.retention\.ms/
      )
    },
    startLimitMs
  )
})
