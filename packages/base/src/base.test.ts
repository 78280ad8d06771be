import { EventEmitter } from 'node:events'
import { ConnectionPool } from '@sluice/connection'
import { systemClock, type KafkaError, type Observer, type Transport } from '@sluice/core'
import { ManualClock, TestCluster, type TestClusterOptions } from '@sluice/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { Base } from './base.ts'
import type { BaseOptions } from './options.ts'

const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1
}

interface Scene {
  readonly clock: ManualClock
  readonly cluster: TestCluster
  readonly client: Base
  /** One more client of the cluster. */
  readonly another: (options?: Partial<BaseOptions>) => Base
  /** Lets time pass until it has settled. */
  readonly settled: <T>(promise: Promise<T>, limitMs?: number) => Promise<T>
}

function settling(clock: ManualClock): Scene['settled'] {
  return async (promise, limitMs = 120_000) => {
    const progress = { done: false }
    const end = (): void => void (progress.done = true)
    promise.then(end, end)
    for (let ms = 0; !progress.done; ms++) {
      if (ms > limitMs) throw new Error(`Not settled after ${limitMs} ms`)
      clock.advance(1)
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
    return promise
  }
}

async function scene(options: TestClusterOptions & { client?: Partial<BaseOptions> } = {}): Promise<Scene> {
  const { client: clientOptions = {}, ...rest } = options
  const clock = new ManualClock()
  const settled = settling(clock)
  const topics = { orders: 6, other: 1 }
  const cluster = await settled(TestCluster.start({ brokers: 3, topics, network: 'memory', clock, ...rest }))
  const another = (more: Partial<BaseOptions> = {}): Base => {
    const { bootstrapBrokers, ...injected } = cluster.clientOptions()
    return new Base({ bootstrapBrokers, ...(more.connections === undefined ? injected : {}), ...more })
  }
  const client = another(clientOptions)
  open.push(() => settled(client.close().then(() => cluster.stop())))
  return { clock, cluster, client, another, settled }
}

describe('base > questions', () => {
  test('metadata tells the cluster, its brokers and the topics asked for', async () => {
    const { client, cluster, clock, settled } = await scene()
    expect(client.currentMetadata).toBeUndefined()
    const metadata = await settled(client.metadata({ topics: ['orders'] }))
    expect(metadata.id).toBe(cluster.clusterId)
    expect([...metadata.brokers.keys()].toSorted(byText)).toEqual([1, 2, 3])
    expect([...metadata.topics.keys()]).toEqual(['orders'])
    const orders = metadata.topics.get('orders')!
    expect(orders.partitionsCount).toBe(6)
    expect(orders.partitions.map(({ leader }) => leader)).toEqual(
      Array.from({ length: 6 }, (_, partition) => cluster.leadership('orders', partition).leaderId)
    )
    expect(Math.abs(metadata.lastUpdate - clock.epochMs())).toBeLessThan(1_000)
    expect(client.currentMetadata!.topics.has('orders')).toBe(true)
  })

  test('metadata without topics tells the brokers only, with `all` every topic', async () => {
    const { client, settled } = await scene()
    expect((await settled(client.metadata({}))).topics.size).toBe(0)
    expect([...(await settled(client.metadata({ topics: 'all' }))).topics.keys()].toSorted(byText)).toEqual([
      'orders',
      'other'
    ])
    expect((await settled(client.metadata({ topics: [] }))).brokers.size).toBe(3)
  })

  test('metadata is asked for again only when told to, or when it is older than wanted', async () => {
    const { client, cluster, clock, settled } = await scene()
    let asked = 0
    cluster.intercept('Metadata', () => {
      asked++
      return undefined
    })
    await settled(client.metadata({ topics: ['orders'] }))
    await settled(client.metadata({ topics: ['orders'] }))
    expect(asked).toBe(1)
    await settled(client.metadata({ topics: ['orders'], forceUpdate: true }))
    expect(asked).toBe(2)
    clock.advance(20_000)
    await settled(client.metadata({ topics: ['orders'], metadataMaxAge: 60_000 }))
    expect(asked).toBe(2)
    await settled(client.metadata({ topics: ['orders'], metadataMaxAge: 10_000 }))
    expect(asked).toBe(3)
  })

  test('a topic that does not exist is an error, and is made if that is wanted and allowed', async () => {
    const { client, settled } = await scene({ autocreateTopics: true })
    await expect(settled(client.metadata({ topics: ['nowhere'] }))).rejects.toMatchObject({
      code: 'KAFKA_UNKNOWN_TOPIC'
    })
    const metadata = await settled(client.metadata({ topics: ['nowhere'], autocreateTopics: true }))
    expect(metadata.topics.get('nowhere')!.partitionsCount).toBe(1)
  })

  test('brokers are connected to by node id, all of them by default', async () => {
    const { client, settled } = await scene()
    expect(client.isConnected()).toBe(false)
    const all = await settled(client.connectToBrokers())
    expect([...all].map(([nodeId, { state, address }]) => [nodeId, state, address.nodeId]).toSorted(byText)).toEqual([
      [1, 'ready', 1],
      [2, 'ready', 2],
      [3, 'ready', 3]
    ])
    expect(client.isConnected()).toBe(true)
    expect([...(await settled(client.connectToBrokers([2]))).keys()]).toEqual([2])
    await expect(settled(client.connectToBrokers([9]))).rejects.toMatchObject({ code: 'KAFKA_INVALID_ARGUMENT' })
    await expect(settled(client.connectToBrokers([2, -1]))).rejects.toMatchObject({
      message: 'connectToBrokers.nodeIds[1] must be a whole number not negative, not -1'
    })
  })

  test('the APIs of a broker are listed by name', async () => {
    const { client, settled } = await scene()
    const apis = await settled(client.listApis())
    const produce = apis.find(({ apiKey }) => apiKey === 0)!
    expect(produce.name).toBe('Produce')
    expect(produce.maxVersion).toBeGreaterThanOrEqual(9)
  })

  test('connect finds the cluster, and fails fast if it cannot', async () => {
    const { client, cluster, settled, another } = await scene()
    await settled(client.connect())
    expect(client.currentMetadata!.brokers.size).toBe(3)
    for (const id of [1, 2, 3]) await settled(cluster.kill(id))
    const lonely = another()
    await expect(settled(lonely.connect(), 15_000)).rejects.toMatchObject({ code: 'KAFKA_CONNECTION' })
    await settled(lonely.close())
  })

  test('wrong arguments are outcomes', async () => {
    const { client, settled } = await scene()
    const nothing: unknown = undefined
    const text: unknown = '1'
    const wrong: Promise<unknown>[] = [
      client.metadata({ topic: ['orders'] } as object),
      client.metadata(nothing as object),
      client.metadata({ topics: 'some' as 'all' }),
      client.metadata({ topics: ['a b'] }),
      client.connectToBrokers(text as number[])
    ]
    for (const promise of wrong)
      await expect(settled(promise)).rejects.toMatchObject({ code: 'KAFKA_INVALID_ARGUMENT' })
  })

  test('every question has a callback form with the same outcome', async () => {
    const { client, settled } = await scene()
    const outcomes: unknown[] = []
    const all = new Promise<void>(resolve => {
      const note = (error: KafkaError | null, result?: unknown): void => {
        outcomes.push(error?.code ?? result)
        if (outcomes.length === 6) resolve()
      }
      client.metadata({ topics: ['orders'] }, note)
      client.connect(note)
      client.listApis(note)
      client.connectToBrokers(note)
      client.connectToBrokers([1], note)
      client.metadata({ topics: [''] }, note)
    })
    expect(outcomes).toEqual([])
    await settled(all)
    expect(outcomes).toContain('KAFKA_INVALID_ARGUMENT')
    expect(outcomes.filter(outcome => outcome instanceof Map).length).toBe(2)
  })
})

describe('base > close', () => {
  test('leaves no timer, connection or listener, and later questions fail', async () => {
    const { client, cluster, clock, settled } = await scene()
    await settled(client.connectToBrokers())
    const pool: EventEmitter = client.connections
    await settled(client.close())
    expect(client.closed).toBe(true)
    expect(client.isActive()).toBe(false)
    expect(client.isConnected()).toBe(false)
    expect([...client.connections.connections()]).toEqual([])
    expect(pool.eventNames()).toEqual([])
    await settled(cluster.stop())
    expect(clock.pendingTimers).toBe(0)
    await expect(settled(client.metadata({}))).rejects.toMatchObject({ code: 'KAFKA_CLOSED' })
    await expect(settled(client.connect())).rejects.toMatchObject({ code: 'KAFKA_CLOSED' })
  })

  test('a second call joins the first, a third comes after', async () => {
    const { client, settled } = await scene()
    await settled(client.connect())
    const closes: unknown[] = []
    client.on('client:close', () => closes.push('event'))
    const first = client.close()
    const second = client.close()
    expect(client.closed).toBe(true)
    await settled(Promise.all([first, second]))
    await settled(client.close())
    expect(closes).toEqual(['event'])
  })

  test.each([0, 1, 5, 50])('%i ms after a question, that question fails and the close is done soon', async ms => {
    const { client, cluster, clock, settled } = await scene()
    cluster.intercept('Metadata', () => ({ drop: true }))
    const question = client.metadata({ topics: ['orders'] })
    question.catch(() => {})
    clock.advance(ms)
    await settled(client.close(), 1_000)
    await expect(question).rejects.toMatchObject({ code: 'KAFKA_CLOSED' })
    await settled(cluster.stop())
    expect(clock.pendingTimers).toBe(0)
  })

  test('a pool that was given stays open and serves others; what is known of it is its own', async () => {
    const { cluster, settled, another } = await scene()
    const { bootstrapBrokers: _, ...pooled } = cluster.clientOptions()
    const connections = new ConnectionPool({ ...pooled, clientId: 'shared' })
    const first = another({ connections })
    const second = another({ connections })
    await settled(Promise.all([first.connectToBrokers(), second.connectToBrokers()]))
    const live = [...connections.connections()].length
    await settled(first.close())
    expect([...connections.connections()].length).toBe(live)
    await settled(second.metadata({ topics: ['orders'] }))
    await settled(second.close())
    expect((connections as EventEmitter).eventNames()).toEqual([])
    await settled(connections.close())
  })

  test('await using closes', async () => {
    const { settled, another } = await scene()
    let seen: Base | undefined
    const use = async (): Promise<void> => {
      await using client = another()
      seen = client
      await client.connect()
    }
    await settled(use())
    expect(seen!.closed).toBe(true)
  })
})

describe('base > events', () => {
  test('tells of connections and metadata, with the node id or null', async () => {
    const { client, cluster, settled } = await scene()
    const seen: [string, number | null][] = []
    client.on('client:broker:connect', ({ broker }) => seen.push(['connect', broker.nodeId]))
    client.on('client:broker:disconnect', ({ broker }) => seen.push(['disconnect', broker.nodeId]))
    let brokers = 0
    client.on('client:metadata', metadata => (brokers = metadata.brokers.size))
    await settled(client.connectToBrokers())
    expect(seen.toSorted(byText)).toEqual(
      [
        ['connect', 1],
        ['connect', 2],
        ['connect', 3],
        ['connect', null]
      ].toSorted(byText)
    )
    expect(brokers).toBe(3)
    seen.length = 0
    await settled(cluster.kill(2))
    await settled(client.metadata({ forceUpdate: true }))
    expect(seen).toContainEqual(['disconnect', 2])
  })

  test('every client of a pool hears of it', async () => {
    const { cluster, settled, another } = await scene()
    const { bootstrapBrokers: _, ...pooled } = cluster.clientOptions()
    const connections = new ConnectionPool(pooled)
    const clients = [another({ connections }), another({ connections })]
    const heard = clients.map(client => {
      const nodes: (number | null)[] = []
      client.on('client:broker:connect', ({ broker }) => nodes.push(broker.nodeId))
      return nodes
    })
    await settled(clients[0]!.connectToBrokers([1]))
    expect(heard[1]).toContain(1)
    for (const client of clients) await settled(client.close())
    await settled(connections.close())
  })

  test('throttling is told', async () => {
    const { client, cluster, settled } = await scene()
    const seen: [number, string][] = []
    client.on('client:throttle', ({ throttleMs, api }) => seen.push([throttleMs, api]))
    cluster.intercept('Metadata', () => ({ throttle: 250 }))
    await settled(client.connect())
    expect(seen[0]).toEqual([250, 'Metadata'])
  })

  test('a listener that throws, and an observer that does, surface and break nothing', async () => {
    const thrown: unknown[] = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', error => void thrown.push(error.message))
    try {
      const observer: Observer = {
        onMetadata() {
          throw new Error('observer')
        }
      }
      const { client, settled } = await scene({ client: { observer: [observer] } })
      client.on('client:metadata', () => {
        throw new Error('listener')
      })
      let told = 0
      client.on('client:metadata', () => told++)
      await settled(client.metadata({ topics: ['orders'] }))
      await later()
      expect(told).toBeGreaterThan(0)
      expect(new Set(thrown)).toEqual(new Set(['observer', 'listener']))
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })

  test('no client emits `error`', async () => {
    const { client, cluster, settled } = await scene()
    client.on('error' as 'client:close', () => {
      throw new Error('emitted')
    })
    await settled(client.connect())
    for (const id of [1, 2, 3]) await settled(cluster.kill(id))
    await expect(settled(client.metadata({ topics: ['orders'] }))).rejects.toBeInstanceOf(Error)
  })
})

describe('base > faults', () => {
  test('leaders that move are found', async () => {
    const { client, cluster, settled } = await scene()
    await settled(client.metadata({ topics: ['orders'] }))
    const { leaderId } = cluster.leadership('orders', 0)
    const next = leaderId === 1 ? 2 : 1
    cluster.moveLeader('orders', 0, next)
    const metadata = await settled(client.metadata({ topics: ['orders'], forceUpdate: true }))
    expect(metadata.topics.get('orders')!.partitions[0]!.leader).toBe(next)
  })

  test('a cluster that is down and comes back is found again', async () => {
    const { client, cluster, clock, settled } = await scene()
    await settled(client.metadata({ topics: ['orders'] }))
    for (const id of [1, 2, 3]) await settled(cluster.kill(id))
    const question = client.metadata({ topics: ['orders'], forceUpdate: true })
    question.catch(() => {})
    clock.advance(5_000)
    await settled(Promise.all([1, 2, 3].map(id => cluster.restart(id))))
    expect((await settled(question)).topics.size).toBe(1)
  })

  test('a transport that fails in words of its own to resolve a name is asked again, until it can', async () => {
    const { cluster, clock, another, settled } = await scene()
    const transport = cluster.network!.transport()
    let away = true
    const resolve: Transport['resolve'] = (host, callback) => {
      // What a transport in JavaScript may do, whatever the types say.
      if (away) clock.soon(() => callback(new Error('registry away') as KafkaError, undefined))
      else transport.resolve!(host, callback)
    }
    const client = another({ transport: { ...transport, resolve }, retries: 3 })
    const lost = settled(client.metadata({ topics: ['orders'] }))
    await expect(lost).rejects.toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'unresolvable' })
    away = false
    expect((await settled(client.metadata({ topics: ['orders'] }))).topics.size).toBe(1)
    await settled(client.close())
  })

  test('one broker of three that is silent costs seconds, not its whole request timeout', async () => {
    const { client, cluster, clock, settled } = await scene()
    await settled(client.metadata({ topics: ['orders'] }))
    for (const silent of [1, 2, 3]) {
      cluster.pause(silent)
      const startMs = clock.monotonicMs()
      await settled(client.metadata({ topics: ['orders'], forceUpdate: true }))
      expect(clock.monotonicMs() - startMs).toBeLessThan(5_000)
      cluster.resume(silent)
    }
  })

  test('a broker of another cluster is cut off, and the others go on', async () => {
    const { client, cluster, settled } = await scene()
    await settled(client.connectToBrokers())
    const lost: (number | null)[] = []
    client.on('client:broker:disconnect', ({ broker, error }) => {
      if (error?.code === 'KAFKA_CONNECTION') lost.push(broker.nodeId)
    })
    let foreign = -1
    cluster.intercept('Metadata', ({ brokerId }) => {
      if (foreign < 0) foreign = brokerId
      return brokerId === foreign ? { answer: response => ({ ...response, clusterId: 'another' }) } : undefined
    })
    await settled(client.metadata({ topics: ['orders'], forceUpdate: true }))
    expect(client.currentMetadata!.id).toBe(cluster.clusterId)
    expect(lost.length).toBeGreaterThan(0)
  })

  test('one pool is for one cluster: a client of another one is told so, and leads no other client there', async () => {
    const { client, another, cluster, clock, settled } = await scene()
    const second = await settled(TestCluster.start({ network: 'memory', clock, seed: 2 }))
    open.push(() => settled(second.stop()))
    // Both have a node 1, and the first one's is a client's already.
    const [near, far] = [cluster.clientOptions().transport!, second.clientOptions().transport!]
    const transport: Transport = {
      connect: ({ host, port }, events) =>
        host === 'second' ? far.connect({ host: 'broker-1', port }, events) : near.connect({ host, port }, events)
    }
    const pool = new ConnectionPool({ transport, clock })
    open.push(() => settled(pool.close()))
    const first = another({ connections: pool })
    await settled(first.connectToBrokers())
    const stray = another({ connections: pool, bootstrapBrokers: ['second:9092'], retries: 1 })
    await expect(settled(stray.connect())).rejects.toMatchObject({
      problem: 'wrong-cluster',
      message: expect.stringContaining('each cluster needs a pool of its own')
    })
    expect(stray.currentMetadata).toBeUndefined()
    expect([...pool.connections()].map(({ address }) => address.host)).toEqual(expect.not.arrayContaining(['second']))
    expect((await settled(first.metadata({ topics: ['orders'], forceUpdate: true }))).id).toBe(cluster.clusterId)
    await settled(Promise.all([first.close(), stray.close(), client.close()]))
  })

  test('a function that gives the bootstrap list is asked again when all that is known is gone', async () => {
    let port = 1
    let asked = 0
    const bootstrapBrokers = async (): Promise<string[]> => {
      asked++
      return [`broker-1:${port}`]
    }
    const { client, settled } = await scene({ client: { bootstrapBrokers } })
    await expect(settled(client.connect())).rejects.toMatchObject({ code: 'KAFKA_CONNECTION' })
    port = 9092
    await settled(client.metadata({ topics: ['orders'] }))
    expect(asked).toBeGreaterThan(1)
  })

  test('the right password lets in', async () => {
    const { client, settled } = await scene({ sasl, client: { sasl: { ...alice, password: 'secret' } } })
    const stages: string[] = []
    client.on('client:broker:sasl:authentication', event => stages.push(event.mechanism))
    await settled(client.metadata({ topics: ['orders'] }))
    expect(stages).toContain('PLAIN')
  })

  test('the wrong password is told as such, soon', async () => {
    const { client, cluster, clock, settled } = await scene({ sasl, client: { sasl: { ...alice, password: 'guess' } } })
    // The answer alone: that the broker then closes is another story, and would be in the same millisecond.
    cluster.intercept('SaslAuthenticate', () => ({ error: 58 }))
    const startMs = clock.monotonicMs()
    const question = settled(client.metadata({ topics: ['orders'] }))
    await expect(question).rejects.toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
    expect(clock.monotonicMs() - startMs).toBeLessThan(500)
  })
})

const sasl = { users: { alice: 'secret' } }
const alice = { mechanism: 'PLAIN', username: 'alice' } as const

/** Past every microtask: what was thrown from one has surfaced. */
function later(): Promise<void> {
  return new Promise(resolve => systemClock.soon(resolve))
}
