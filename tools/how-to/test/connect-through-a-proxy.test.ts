// A producer that reaches its brokers by proxies only, under names that mean nothing outside.
import { isKafkaError, Producer, stringSerializers, tls } from '@sluice/producer'
import { TestCluster } from '@sluice/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectTunnel } from '../src/connect-through-a-proxy/connect-tunnel.ts'
import { socksTunnel } from '../src/connect-through-a-proxy/socks-tunnel.ts'
import { connectProxy, socksProxy, type TestProxy } from './proxies.ts'

type Options = ConstructorParameters<typeof Producer>[0]
type Transport = NonNullable<Options['transport']>

const inside = 'kafka.internal'
const whereabouts = (host: string, port: number): number | null => (host === inside ? port : null)
const password = 'p@ss word'
const authorization = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`

let cluster: TestCluster
const proxies: TestProxy[] = []

beforeAll(async () => {
  cluster = await TestCluster.start({ brokers: 3, topics: { orders: 3 } })
  proxies.push(await socksProxy(whereabouts), await connectProxy(whereabouts, authorization))
})

afterAll(async () => {
  await Promise.all(proxies.map(proxy => proxy.close()))
  await cluster.stop()
})

function open(transport: Transport, host = inside): Producer<string, string, string, string> {
  const bootstrapBrokers = cluster.clientOptions().bootstrapBrokers.map(({ port }) => ({ host, port }))
  return new Producer({
    bootstrapBrokers,
    mapAddress: ({ port }) => ({ host, port }),
    transport,
    serializers: stringSerializers
  })
}

const login = `alice:${encodeURIComponent(password)}@`

describe.each([
  ['SOCKS5', 0, (port: number) => socksTunnel({ host: '127.0.0.1', port })],
  ['HTTP CONNECT', 1, (port: number) => connectTunnel(`http://${login}127.0.0.1:${port}`)]
] as const)('%s', (name, index, tunnel) => {
  it('carries everything, to every broker', async () => {
    const proxy = proxies[index]!
    const producer = open(tunnel(proxy.port))
    const messages = [0, 1, 2].map(partition => ({ topic: 'orders', partition, value: `${name} ${partition}` }))
    await producer.send({ messages })
    await producer.close()
    const log = await cluster.log('orders')
    expect(log.map(record => record.value!.toString())).toEqual(expect.arrayContaining(messages.map(m => m.value)))
    expect(new Set(proxy.asked.map(place => place.split(':')[0]))).toEqual(new Set([inside]))
    expect(new Set(proxy.asked).size).toBe(3)
  })

  it('says why when the proxy does not find the broker', async () => {
    const producer = open(tunnel(proxies[index]!.port), 'nowhere.internal')
    const error: unknown = await producer.connect().catch((thrown: unknown) => thrown)
    await producer.close()
    expect(isKafkaError(error, 'KAFKA_CONNECTION') && error.message).toMatch(
      /nowhere\.internal:\d+ could not be reached/
    )
    expect(isKafkaError(error) && String(error.cause)).toMatch(/[Pp]roxy|HostUnreachable/)
  })

  it('carries TLS as well: the broker, which speaks none, is told by it', async () => {
    const producer = open(tls(true, { over: tunnel(proxies[index]!.port) }))
    const error: unknown = await producer.connect().catch((thrown: unknown) => thrown)
    await producer.close()
    expect(error).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'tls-to-plaintext' })
  })
})

it('a proxy that wants a login refuses those without one, says so, and is left alone', async () => {
  const proxy = await connectProxy(whereabouts, authorization)
  const producer = open(connectTunnel(`http://127.0.0.1:${proxy.port}`))
  const error: unknown = await producer.connect().catch((thrown: unknown) => thrown)
  await producer.close()
  expect(isKafkaError(error) && String(error.cause)).toMatch(/The proxy answered 407 to CONNECT kafka\.internal/)
  await proxy.close()
})
