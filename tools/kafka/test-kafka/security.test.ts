// Every listener and every mechanism of a real Apache Kafka with the whole producer: who may enter, and what those are told who may not.
import { randomBytes } from 'node:crypto'
import { connect as connectSocket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKafka, type ClientListener, type KafkaCluster } from '@sluice/kafka'
import {
  duplex,
  isKafkaError,
  Producer,
  stringSerializers,
  tls,
  type KafkaError,
  type SaslCredentials
} from '@sluice/producer'
import { makeCertificates, type Certificates } from '../src/certificates.ts'
import { Eavesdropper } from './eavesdropper.ts'
import { SteadyLoad, expectAllRead } from './steady-load.ts'
import { printTable } from './table.ts'
import { unsecuredToken } from './tokens.ts'

type Options = Partial<ConstructorParameters<typeof Producer>[0]>
type Mechanism = SaslCredentials['mechanism']

const connectTimeout = 10_000
const mechanisms: readonly Mechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']
const withPassword = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const wrongPassword = `wrong-${randomBytes(9).toString('hex')}`
const token = unsecuredToken('alice', 3600)
const expiredToken = unsecuredToken('alice', -600)
const sessionLifetime = 5000

let kafka: KafkaCluster
let strangers: Certificates

beforeAll(async () => {
  strangers = makeCertificates()
  kafka = await startKafka({
    properties: {
      'listener.name.sasl_ssl.scram-sha-512.connections.max.reauth.ms': String(sessionLifetime),
      'listener.name.sasl_plaintext.plain.connections.max.reauth.ms': String(sessionLifetime)
    }
  })
  await kafka.createTopic('access', { partitions: 1 })
})

afterAll(async () => {
  await kafka?.stop()
})

function credentials(mechanism: Mechanism, password = kafka.users['alice']!, username = 'alice'): SaslCredentials {
  return mechanism === 'OAUTHBEARER' ? { mechanism, token } : { mechanism, username, password }
}

function secrets(): readonly string[] {
  const keyBody = (pem: string): string => pem.split('\n')[1]!
  const keys = [kafka.tls.key, strangers.client.key].map(keyBody)
  return [...Object.values(kafka.users), wrongPassword, token, expiredToken, ...keys]
}

function open(listener: ClientListener, options: Options): [Producer<string, string, string, string>, Eavesdropper] {
  const eavesdropper = new Eavesdropper()
  const producer = new Producer({
    bootstrapBrokers: kafka.bootstrapOf(listener).split(','),
    connectTimeout,
    observer: eavesdropper.observer,
    ...options,
    serializers: stringSerializers
  })
  eavesdropper.follow(producer)
  return [producer, eavesdropper]
}

interface Entrance {
  readonly listener: ClientListener
  readonly mechanism: Mechanism | '-'
  readonly options: () => Options
}

const ca = (): Options => ({ tls: { ca: kafka.tls.ca } })

const entrances: readonly Entrance[] = [
  { listener: 'PLAINTEXT', mechanism: '-', options: () => ({}) },
  { listener: 'SSL', mechanism: '-', options: ca },
  { listener: 'MTLS', mechanism: '-', options: () => ({ tls: kafka.tls }) },
  ...mechanisms.flatMap((mechanism): Entrance[] => [
    { listener: 'SASL_PLAINTEXT', mechanism, options: () => ({ sasl: credentials(mechanism) }) },
    { listener: 'SASL_SSL', mechanism, options: () => ({ ...ca(), sasl: credentials(mechanism) }) }
  ])
]

describe('with the right credentials', () => {
  const rows: Record<string, string | number>[] = []
  afterAll(() => printTable('Right credentials: one record, read back by the consumer of Apache Kafka', rows))

  test.each(entrances)('$listener, $mechanism: a record arrives', async ({ listener, mechanism, options }) => {
    const [producer, eavesdropper] = open(listener, options())
    const value = `${listener} ${mechanism} ${randomBytes(4).toString('hex')}`
    const startedMs = performance.now()
    await producer.connect()
    const connectedMs = performance.now()
    const { offsets } = await producer.send({ messages: [{ topic: 'access', key: mechanism, value }] })
    const sentMs = performance.now()
    const read = await kafka.read('access', { from: Number(offsets[0]!.offset) })
    expect(read.map(record => record.value!.toString())).toEqual([value])
    await producer.close()
    eavesdropper.hear(producer)
    expect(eavesdropper.leaked(secrets())).toEqual([])
    rows.push({
      listener,
      mechanism,
      'connect ms': Math.round(connectedMs - startedMs),
      'first send ms': Math.round(sentMs - connectedMs),
      'texts searched': eavesdropper.texts
    })
  })
})

interface Refusal {
  readonly what: string
  readonly listener: ClientListener
  readonly options: () => Options
  readonly code: KafkaError['code']
  readonly problem?: string
  /** What happened, and what to change. */
  readonly says: RegExp
}

const refused = { code: 'KAFKA_AUTHENTICATION' } as const
const connection = (problem: string): Pick<Refusal, 'code' | 'problem'> => ({ code: 'KAFKA_CONNECTION', problem })

const refusals: readonly Refusal[] = [
  ...(['SASL_PLAINTEXT', 'SASL_SSL'] as const).flatMap(listener => credentialRefusals(listener)),
  ...(['SSL', 'MTLS', 'SASL_SSL'] as const).flatMap(listener => tlsRefusals(listener)),
  ...(['PLAINTEXT', 'SASL_PLAINTEXT'] as const).map((listener): Refusal => ({
    what: 'TLS to a plaintext port',
    listener,
    options: () => ({ ...ca(), ...(listener === 'PLAINTEXT' ? {} : { sasl: credentials('PLAIN') }) }),
    ...connection('tls-to-plaintext'),
    says: /leave the tls option out, or use the port of the TLS listener/
  })),
  {
    what: 'no client certificate',
    listener: 'MTLS',
    options: ca,
    ...connection('certificate'),
    says: /give tls its 'cert' and 'key'/
  },
  {
    what: "a stranger's client certificate",
    listener: 'MTLS',
    options: () => ({ tls: { ca: kafka.tls.ca, key: strangers.client.key, cert: strangers.client.certificate } }),
    ...connection('certificate'),
    says: /did not accept this client's certificate.*give tls its 'cert' and 'key'/
  },
  ...(['PLAINTEXT', 'SSL'] as const).flatMap(listener =>
    mechanisms.map((mechanism): Refusal => ({
      what: `${mechanism} where no SASL is wanted`,
      listener,
      options: () => ({ ...(listener === 'SSL' ? ca() : {}), sasl: credentials(mechanism) }),
      ...refused,
      says: /leave the sasl option out, or use the port of its SASL listener/
    }))
  ),
  ...(['SASL_PLAINTEXT', 'SASL_SSL'] as const).map((listener): Refusal => ({
    what: 'no SASL where it is wanted',
    listener,
    options: () => (listener === 'SASL_SSL' ? ca() : {}),
    ...connection('closed'),
    says: /set the sasl option/
  })),
  {
    what: 'a mechanism that the listener does not have',
    listener: 'SASL_PLAINTEXT',
    options: () => ({
      sasl: {
        name: 'GSSAPI',
        async *authenticate() {
          yield Buffer.from(wrongPassword)
        }
      }
    }),
    ...refused,
    says: /does not have GSSAPI, it has .*PLAIN.*: choose one of these/
  }
]

function credentialRefusals(listener: 'SASL_PLAINTEXT' | 'SASL_SSL'): Refusal[] {
  const secure = (): Options => (listener === 'SASL_SSL' ? ca() : {})
  return [
    ...withPassword.flatMap((mechanism): Refusal[] => [
      {
        what: `${mechanism}, a wrong password`,
        listener,
        options: () => ({ ...secure(), sasl: credentials(mechanism, wrongPassword) }),
        ...refused,
        says: new RegExp(`${mechanism}.*check the username and password`)
      },
      {
        what: `${mechanism}, an unknown user`,
        listener,
        options: () => ({ ...secure(), sasl: credentials(mechanism, wrongPassword, 'mallory') }),
        ...refused,
        says: new RegExp(`${mechanism}.*check the username and password`)
      }
    ]),
    {
      what: 'OAUTHBEARER, an expired token',
      listener,
      options: () => ({ ...secure(), sasl: { mechanism: 'OAUTHBEARER', token: expiredToken } }),
      ...refused,
      says: /OAUTHBEARER.*check the token/
    }
  ]
}

function tlsRefusals(listener: 'SSL' | 'MTLS' | 'SASL_SSL'): Refusal[] {
  const identity = (): Options => (listener === 'SASL_SSL' ? { sasl: credentials('PLAIN') } : {})
  const files = (): { ca: string; key?: string; cert?: string } =>
    listener === 'MTLS' ? kafka.tls : { ca: kafka.tls.ca }
  return [
    {
      what: 'plaintext to a TLS port',
      listener,
      options: identity,
      ...connection('plaintext-to-tls'),
      says: /TLS.*set the tls option/
    },
    {
      what: 'an authority that nobody knows',
      listener,
      options: () => ({ ...identity(), tls: true }),
      ...connection('certificate'),
      says: /give tls the certificate of the authority that signed it, as 'ca'/
    },
    {
      what: 'the authority of somebody else',
      listener,
      options: () => ({ ...identity(), tls: { ...files(), ca: strangers.authority } }),
      ...connection('certificate'),
      says: /give tls the certificate of the authority that signed it, as 'ca'/
    },
    {
      what: 'a wrong host name',
      listener,
      options: () => ({
        ...identity(),
        bootstrapBrokers: ['kafka.example:9093'],
        // As by a tunnel: the name is another one than that of the certificate.
        transport: tls(files(), {
          over: duplex(() => connectSocket(kafka.brokers[0]!.ports[listener], '127.0.0.1'))
        })
      }),
      ...connection('certificate'),
      says: /ERR_TLS_CERT_ALTNAME_INVALID.*connect by a name that the certificate has, or set tlsServerName/
    }
  ]
}

/** A refused `send` names the reason somewhere along its causes. */
function reasons(error: unknown): string {
  const texts: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) texts.push(cause.message)
  return texts.join('\n')
}

describe('without', () => {
  const rows: Record<string, string | number>[] = []
  afterAll(() => printTable('Refused: what connect() fails with', rows))

  test.each(refusals)('$listener, $what: refused, and told what to change', async refusal => {
    const { what, listener, options, code, problem, says } = refusal
    const [producer, eavesdropper] = open(listener, { bufferTimeout: 1000, ...options() })
    const startedMs = performance.now()
    const error: unknown = await producer.connect().catch((thrown: unknown) => thrown)
    const tookMs = performance.now() - startedMs
    const sent: unknown = await producer
      .send({ messages: [{ topic: 'access', value: 'never' }] })
      .catch((thrown: unknown) => thrown)
    await producer.close({ force: true })
    for (const thing of [error, sent, producer]) eavesdropper.hear(thing)
    const message = error instanceof Error ? error.message : String(error)
    rows.push({
      listener,
      what,
      code: isKafkaError(error) ? error.code : '-',
      problem: isKafkaError(error, 'KAFKA_CONNECTION') ? String(error.problem) : '-',
      ms: Math.round(tookMs),
      message
    })
    expect(error).toMatchObject({ code, ...(problem === undefined ? {} : { problem }) })
    expect(message).toMatch(says)
    expect(tookMs).toBeLessThan(connectTimeout)
    expect(sent).toMatchObject({ outcome: 'not-persisted' })
    expect(reasons(sent)).toMatch(says)
    expect(eavesdropper.leaked(secrets())).toEqual([])
  })
})

test('the search finds a secret however it is let out', () => {
  const basic = Buffer.from(`\0alice\0${wrongPassword}`)
  const ways = [
    new Error('outer', { cause: new Error(`the password was ${wrongPassword}`) }),
    { headers: { authorization: basic.toString('base64') } },
    { frame: Buffer.from(wrongPassword) },
    { bytes: basic.toString('hex') }
  ]
  for (const way of ways) {
    const eavesdropper = new Eavesdropper()
    eavesdropper.hear(way)
    expect(eavesdropper.leaked([wrongPassword, 'another secret'])).toEqual([wrongPassword])
  }
})

// Sessions of 5 s for 20 s; SLUICE_SESSIONS_MS=60000 for a minute.
const loadMs = Number(process.env['SLUICE_SESSIONS_MS'] ?? 20_000)

describe(`sessions of ${sessionLifetime} ms under full load for ${loadMs} ms`, () => {
  const rows: Record<string, string | number>[] = []
  afterAll(() => printTable('Sessions renewed under full load', rows))

  test('no record fails, none is lost, doubled or reordered', { timeout: loadMs * 4 + 120_000 }, async () => {
    const ways: [string, ClientListener, Options][] = [
      ['SCRAM-SHA-512', 'SASL_SSL', { ...ca(), sasl: credentials('SCRAM-SHA-512') }],
      ['PLAIN', 'SASL_PLAINTEXT', { sasl: credentials('PLAIN') }],
      [
        'OAUTHBEARER',
        'SASL_PLAINTEXT',
        { sasl: { mechanism: 'OAUTHBEARER', token: () => unsecuredToken('alice', sessionLifetime / 1000) } }
      ]
    ]
    await Promise.all(ways.map(([mechanism, listener, options]) => underLoad(mechanism, listener, options)))
  })

  async function underLoad(mechanism: string, listener: ClientListener, options: Options): Promise<void> {
    const topic = `sessions-${mechanism}`
    await kafka.createTopic(topic, { partitions: 3 })
    const producer = new Producer({
      ...options,
      bootstrapBrokers: kafka.bootstrapOf(listener).split(','),
      serializers: stringSerializers
    })
    let renewals = 0
    const disconnects: string[] = []
    producer.on('client:broker:sasl:authentication:extended', () => void renewals++)
    producer.on('client:broker:disconnect', ({ error }) => void disconnects.push(String(error)))
    const load = new SteadyLoad(producer, { topic, partitions: 3, perCall: 200, callsAtOnce: 10 })
    setTimeout(() => load.stop(), loadMs)
    await load.run()
    const lost = [...disconnects]
    await producer.close()
    await expectAllRead(kafka, load)
    expect(load.failures).toEqual([])
    expect(renewals).toBeGreaterThanOrEqual(Math.floor(loadMs / sessionLifetime) - 1)
    rows.push({
      mechanism,
      listener,
      records: load.acknowledged,
      'records/s': Math.round((load.acknowledged * 1000) / loadMs),
      failed: load.failures.length,
      renewals,
      'connections lost': lost.length,
      because: [...new Set(lost)].join('; ') || '-',
      'longest send ms': Math.round(load.longestMs)
    })
  }
})
