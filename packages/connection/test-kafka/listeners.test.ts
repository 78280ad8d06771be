// Connections to every kind of listener of a real Apache Kafka, and what is said when listener and options do not agree.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isKafkaError, type KafkaError, type SaslMechanism } from '@sluice/core'
import { metadataApi } from '@sluice/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ConnectionPool, type Connection, type ConnectionPoolOptions } from '../src/index.ts'

const harness = fileURLToPath(new URL('../../../tools/kafka/dist/main.js', import.meta.url))
const cluster = `connection-${process.pid}`
const places = new Map<string, { readonly host: string; readonly port: number }>()
const pools: ConnectionPool[] = []
let ca: Buffer
let clientKey: Buffer
let clientCertificate: Buffer

beforeAll(() => {
  const reauth = 'listener.name.sasl_plaintext.plain.connections.max.reauth.ms=2000'
  const { status, stderr } = spawnSync(process.execPath, [harness, 'start', '--name', cluster, '--property', reauth], {
    encoding: 'utf8'
  })
  if (status !== 0) throw new Error(stderr)
  for (const [, listener, host, port] of stderr.matchAll(/^ {2}([A-Z_]+) +([\w.]+):(\d+)$/gm)) {
    places.set(listener!, { host: host!, port: Number(port) })
  }
  const certificates = /^ {2}certificates +(\S+)/m.exec(stderr)![1]!
  ca = readFileSync(`${certificates}/ca.pem`)
  clientKey = readFileSync(`${certificates}/client.key`)
  clientCertificate = readFileSync(`${certificates}/client.pem`)
})

afterAll(() => {
  spawnSync(process.execPath, [harness, 'stop', '--name', cluster])
})

afterEach(async () => {
  await Promise.all(pools.splice(0).map(pool => pool.close()))
})

function plain(password: string): SaslMechanism {
  return {
    name: 'PLAIN',
    async *authenticate() {
      yield Buffer.from(`\0alice\0${password}`)
    }
  }
}

function connect(listener: string, options: ConnectionPoolOptions = {}): Promise<Connection | KafkaError> {
  const pool = new ConnectionPool(options)
  pools.push(pool)
  return new Promise(resolve => {
    pool.acquire(places.get(listener)!, 'control', (...[error, connection]) => resolve(error ?? connection))
  })
}

/** Asks for metadata: the number of brokers, or the error. */
async function ask(connecting: Promise<Connection | KafkaError>): Promise<number | KafkaError> {
  const connection = await connecting
  if (isKafkaError(connection)) return connection
  return new Promise(resolve => {
    connection.send(metadataApi, { topics: [], allowAutoTopicCreation: false }, (...[error, answer]) =>
      resolve(error ?? answer.brokers.length)
    )
  })
}

describe('listeners of Apache Kafka', () => {
  test.each([
    ['PLAINTEXT', () => ({})],
    ['SSL', () => ({ tls: { ca } })],
    ['MTLS', () => ({ tls: { ca, key: clientKey, cert: clientCertificate } })],
    ['SASL_PLAINTEXT', () => ({ sasl: plain('alice-secret') })],
    ['SASL_SSL', () => ({ tls: { ca }, sasl: plain('alice-secret') })]
  ] as const)('%s is asked and answers', async (listener, options) => {
    expect(await ask(connect(listener, options()))).toBe(1)
  })

  test.each([
    ['plaintext to TLS', 'SSL', () => ({}), { problem: 'plaintext-to-tls' }],
    ['TLS to plaintext', 'PLAINTEXT', () => ({ tls: { ca } }), { problem: 'tls-to-plaintext' }],
    ['an authority nobody knows', 'SSL', () => ({ tls: true }), { problem: 'certificate' }],
    ['no client certificate', 'MTLS', () => ({ tls: { ca } }), { problem: 'certificate' }],
    ['SASL where none is wanted', 'PLAINTEXT', () => ({ sasl: plain('x') }), { code: 'KAFKA_AUTHENTICATION' }],
    ['no SASL where it is wanted', 'SASL_PLAINTEXT', () => ({}), { problem: 'closed', handedOver: true }],
    ['a wrong password', 'SASL_PLAINTEXT', () => ({ sasl: plain('wrong') }), { code: 'KAFKA_AUTHENTICATION' }]
  ] as const)('%s is told', async (_what, listener, options, expected) => {
    expect(await ask(connect(listener, options()))).toMatchObject(expected)
  })
})

test('sessions of Apache Kafka > are renewed in place under load: every request is answered', async () => {
  const connection = await connect('SASL_PLAINTEXT', { sasl: plain('alice-secret') })
  if (isKafkaError(connection)) throw connection
  const load = new Load(connection)
  await load.untilRenewed(2)
  expect(load.failures).toEqual([])
  expect(load.answers).toBeGreaterThan(100)
})

/** Keeps a connection full. */
class Load {
  readonly failures: KafkaError[] = []
  answers = 0
  #renewals = 0
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Waits for what was accepted, then the connection is closed. */
  untilRenewed(times: number): Promise<void> {
    const connection = this.#connection
    const pump = (): void => {
      while (connection.writable && this.#renewals < times) this.#ask(pump)
    }
    return new Promise(resolve => {
      connection.on('close', () => resolve())
      connection.on('drain', pump)
      connection.on('sasl', stage => {
        if (stage === 'authentication:extended' && ++this.#renewals === times) connection.close(() => resolve())
      })
      pump()
    })
  }

  #ask(next: () => void): void {
    this.#connection.send(metadataApi, { topics: [] }, (...[error]) => {
      if (error === null) this.answers++
      else this.failures.push(error)
      next()
    })
  }
}
