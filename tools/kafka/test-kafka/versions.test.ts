// The main flows against old and new releases of Apache Kafka; everything said on the wire is read by Kafka's own classes.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startKafka, type KafkaCluster } from '@sluice/kafka'
import {
  isKafkaError,
  ProduceAcks,
  Producer,
  stringSerializers,
  type Observer,
  type SaslCredentials
} from '@sluice/producer'
import { dissect, tsharkVersion } from './dissector.ts'
import { printTable } from './table.ts'
import { unsecuredToken } from './tokens.ts'
import { Wiretap, type WireRow } from './wiretap.ts'

type Options = Partial<ConstructorParameters<typeof Producer>[0]>
type TextProducer = Producer<string, string, string, string>

const all = ['2.1.1', '2.4.1', '2.8.2', '3.3.2', '3.9.2', '4.0.1', '4.3.1', '4.4.0']
const versions = process.env['SLUICE_ALL_KAFKA'] === undefined ? ['2.4.1', '3.9.2', '4.3.1'] : all
/** Its classes speak every version that is spoken here. */
const newest = versions.at(-1)!
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
// The first start of a release fetches it.
const startMs = 300_000

vi.setConfig({ testTimeout: 240_000 })

const tshark = tsharkVersion()
const negotiated: Record<string, string>[] = []
const dissected: Record<string, string | number>[] = []
const wire: (WireRow & { kafka: string })[] = []

afterAll(() => {
  printTable('Versions negotiated', negotiated)
  printTable(
    'Read from the wire by the classes of Apache Kafka',
    wire.map(({ kafka, ...row }) => ({ kafka, ...row }))
  )
  printTable(`Read from the wire by tshark ${tshark}`, dissected)
})

describe.each(versions)('Apache Kafka %s', version => {
  let kafka: KafkaCluster
  let wiretap: Wiretap
  const relays = new Map<number, number>()
  const used = new Map<string, Set<number>>()
  let requests = 0
  const observer: Observer = {
    onRequest: ({ api, version: at }) => {
      requests++
      used.set(api, (used.get(api) ?? new Set()).add(at))
    }
  }

  beforeAll(async () => {
    kafka = await startKafka({ version })
    wiretap = new Wiretap()
    const { PLAINTEXT, SASL_PLAINTEXT } = kafka.brokers[0]!.ports
    for (const port of [PLAINTEXT, SASL_PLAINTEXT]) relays.set(port, await wiretap.relayTo(port))
  }, startMs)

  afterAll(async () => {
    await wiretap?.[Symbol.asyncDispose]()
    await kafka?.stop()
  })

  /** Nothing is left to the broker: up to 2.3 it cannot choose. */
  function createTopic(topic: string, partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<unknown> {
    return kafka.createTopic(topic, { partitions, replicationFactor: 1, config })
  }

  function open(options: Options = {}, listener: 'PLAINTEXT' | 'SASL_PLAINTEXT' = 'PLAINTEXT'): TextProducer {
    const port = relays.get(kafka.brokers[0]!.ports[listener])!
    return new Producer({
      bootstrapBrokers: [`127.0.0.1:${port}`],
      mapAddress: ({ host, port: advertised }) => ({ host, port: relays.get(advertised) ?? advertised }),
      observer,
      ...options,
      serializers: stringSerializers
    })
  }

  test.each([['none'], ['gzip']] as const)('idempotent, by keys, compression %s', async compression => {
    const topic = `keys-${compression}`
    await createTopic(topic, 4)
    await using producer = open({ compression })
    const messages = Array.from({ length: 3000 }, (_, n) => ({ topic, key: `key ${n % 300}`, value: `value ${n}` }))
    const sent = []
    for (let at = 0; at < messages.length; at += 500)
      sent.push(producer.send({ messages: messages.slice(at, at + 500) }))
    await Promise.all(sent)
    const read = await kafka.read(topic)
    for (const key of new Set(messages.map(message => message.key))) {
      const mine = read.filter(record => record.key!.toString() === key)
      expect(new Set(mine.map(record => record.partition)).size).toBe(1)
      expect(mine.map(record => record.value!.toString())).toEqual(
        messages.filter(message => message.key === key).map(message => message.value)
      )
    }
    await createTopic(`${topic}-java`, 4)
    const byJava = await kafka.produce(
      `${topic}-java`,
      messages.slice(0, 300).map(({ key, value }) => ({ key, value }))
    )
    const partitionOf = new Map(read.map(record => [record.key!.toString(), record.partition]))
    expect(messages.slice(0, 300).map(({ key }) => partitionOf.get(key))).toEqual(byJava.map(place => place.partition))
    const batches = await kafka.topicDump(topic, { partition: 0 })
    expect(batches.every(batch => batch.valid && batch.compression === compression)).toBe(true)
    expect(batches[0]).toMatchObject({ producerId: producer.producerId, baseSequence: 0 })
  })

  test('a batch that is too large is split, and a record that cannot fit fails alone', async () => {
    await createTopic('small', 1, { 'max.message.bytes': '2000' })
    await using producer = open()
    const messages = Array.from({ length: 100 }, (_, n) => ({
      topic: 'small',
      value: `${n} `.padEnd(n === 50 ? 5000 : 100, '.')
    }))
    const error: unknown = await producer.send({ messages }).catch((thrown: unknown) => thrown)
    expect(isKafkaError(error, 'KAFKA_PRODUCE_FAILED') && error.failures.map(({ index }) => index)).toEqual([50])
    const read = await kafka.read('small')
    expect(read.map(record => record.value!.toString())).toEqual(
      messages.filter((_, n) => n !== 50).map(message => message.value)
    )
  })

  test('acks 0, 1 and all', async () => {
    await createTopic('acks')
    await using producer = open()
    const acks = [ProduceAcks.NO_RESPONSE, ProduceAcks.LEADER, ProduceAcks.ALL]
    for (const wanted of acks) {
      const { offsets } = await producer.send({ acks: wanted, messages: [{ topic: 'acks', value: `acks ${wanted}` }] })
      expect(offsets).toHaveLength(wanted === ProduceAcks.NO_RESPONSE ? 0 : 1)
    }
    const read = await kafka.read('acks')
    expect(read.map(record => record.value!.toString())).toEqual(['acks 0', 'acks 1', 'acks -1'])
  })

  test('a missing topic fails truthfully, or is made when that is asked for', async () => {
    await using producer = open()
    const error: unknown = await producer
      .send({ messages: [{ topic: 'missing', value: 'v' }] })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ outcome: 'not-persisted', failures: [{ error: { code: 'KAFKA_UNKNOWN_TOPIC' } }] })
    await producer.send({ autocreateTopics: true, messages: [{ topic: 'made', value: 'v' }] })
    const read = await kafka.read('made')
    expect(read.map(record => record.value!.toString())).toEqual(['v'])
  })

  test.each(mechanisms)('SASL %s', async mechanism => {
    const sasl: SaslCredentials =
      mechanism === 'OAUTHBEARER'
        ? { mechanism, token: () => unsecuredToken('alice', 3600) }
        : { mechanism, username: 'alice', password: kafka.users['alice']! }
    const topic = `sasl-${mechanism}`
    await createTopic(topic)
    await using producer = open({ sasl }, 'SASL_PLAINTEXT')
    const outcome = await producer.send({ messages: [{ topic, value: 'v' }] }).then(() => 'written', String)
    // Without ZooKeeper, brokers know SCRAM from 3.5 (KIP-900).
    const known = !version.startsWith('3.3.') || !mechanism.startsWith('SCRAM')
    expect(outcome).toMatch(known ? /^written$/ : /does not have SCRAM-SHA-.* it has .*PLAIN.*choose one of these/)
    expect(await kafka.endOffsets(topic)).toEqual([known ? 1n : 0n])
  })

  test("Kafka's own classes read every frame, and would write every request alike", async () => {
    await using producer = open()
    await producer.metadata({ topics: 'all' })
    await producer.listApis()
    await producer.close()
    const { rows, problems } = await wiretap.judge(newest)
    expect(problems).toEqual([])
    const told = new Map<string, Set<number>>()
    for (const row of rows) told.set(row.api, (told.get(row.api) ?? new Set()).add(row.version))
    expect(told).toEqual(new Map([...used].map(([api, at]) => [api, at])))
    expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBe(requests)
    expect(rows.reduce((sum, row) => sum + row.records, 0)).toBeGreaterThan(6100)
    wire.push(...rows.map(row => ({ kafka: version, ...row })))
    const apis = [...used].toSorted(([a], [b]) => a.localeCompare(b))
    negotiated.push(Object.fromEntries([['kafka', version], ...apis.map(([api, at]) => [api, [...at].join(', ')])]))
  })

  const isAbsent = tshark === null
  const whether = isAbsent ? ' (NOT DONE: tshark is not installed)' : ''
  test.skipIf(isAbsent)(`tshark finds no malformed frame in what it knows${whether}`, () => {
    const rows = dissect(wiretap.capture)
    dissected.push(
      ...rows.map(({ apiKey, ...row }) => ({ kafka: version, api: apiKey, ...row, known: String(row.known) }))
    )
    const known = rows.filter(row => row.known && !isMisread(row))
    expect(known.reduce((sum, { frames }) => sum + frames, 0)).toBeGreaterThan(10)
    expect(known.filter(row => row.malformed > 0)).toEqual([])
  })
})

/** SaslAuthenticate is flexible from version 2 on, as Kafka's own classes read and write it; tshark 4.0 takes all for that. */
function isMisread({ apiKey, version }: { readonly apiKey: number; readonly version: number }): boolean {
  return apiKey === 36 && version < 2
}
