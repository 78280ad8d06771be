import type { BrokerAddress, KafkaError } from '@sluice/core'
import { ManualClock, seededRandom } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import { Bootstrap, bootstrapProblem, parseBootstrapBroker, type BootstrapBrokers } from './bootstrap.ts'

function setUp(
  brokers: BootstrapBrokers,
  seed = 7
): { clock: ManualClock; list: () => Promise<readonly BrokerAddress[]> } {
  const clock = new ManualClock()
  const bootstrap = new Bootstrap({ brokers, clock, random: seededRandom(seed), timeoutMs: 10_000 })
  const list = (): Promise<readonly BrokerAddress[]> =>
    new Promise((resolve, reject) => {
      bootstrap.list((...[error, addresses]) => (error === null ? resolve(addresses) : reject(error)))
    })
  return { clock, list }
}

describe('bootstrap > addresses', () => {
  test.each([
    ['kafka', 'kafka', 9092],
    ['kafka:9093', 'kafka', 9093],
    ['10.0.0.1:1', '10.0.0.1', 1],
    ['[::1]:9093', '::1', 9093],
    ['[::1]', '::1', 9092],
    ['fe80::1', 'fe80::1', 9092]
  ])('%s', (text, host, port) => {
    expect(parseBootstrapBroker(text)).toEqual({ host, port })
  })

  test.each([
    [[]],
    ['kafka:9092'],
    [null],
    [['']],
    [['kafka:0']],
    [['kafka:65536']],
    [['kafka:']],
    [[':9092']],
    [['http://kafka:9092']],
    [[{ host: 'kafka' }]],
    [[{ host: '', port: 1 }]],
    [[{ host: 'kafka', port: '9092' }]],
    [[{ host: 'kafka', port: 0 }]],
    [['good', 7]]
  ])('%j is no list of brokers', value => {
    expect(bootstrapProblem(value)).toMatch(/^a list of brokers/)
  })

  test('strings and pairs may be mixed', () => {
    expect(bootstrapProblem(['a', { host: 'b', port: 1 }])).toBeNull()
  })
})

describe('bootstrap > list', () => {
  test('gives all addresses, to each client in an order of its own that stays', async () => {
    const firsts = new Set<string>()
    for (let seed = 0; seed < 20; seed++) {
      const { clock, list } = setUp(['a', 'b', 'c'], seed)
      const asked = [list(), list()]
      clock.runSoon()
      const [addresses, again] = await Promise.all(asked)
      expect(addresses!.map(({ host }) => host).toSorted()).toEqual(['a', 'b', 'c'])
      expect(again).toEqual(addresses)
      firsts.add(addresses![0]!.host)
    }
    expect(firsts.size).toBe(3)
  })

  test('a function is asked each time, and may take its time', async () => {
    let calls = 0
    const { list } = setUp(async () => [`host${++calls}`])
    expect(await list()).toEqual([{ host: 'host1', port: 9092 }])
    expect(await list()).toEqual([{ host: 'host2', port: 9092 }])
  })

  test('a function that throws, rejects or gives nonsense fails the list with its reason', async () => {
    const reason = new Error('no registry')
    const failing: BootstrapBrokers[] = [
      () => {
        throw reason
      },
      () => Promise.reject(reason)
    ]
    for (const brokers of failing) {
      await expect(setUp(brokers).list()).rejects.toMatchObject({
        code: 'KAFKA_CONNECTION',
        message: 'The bootstrapBrokers function failed: no registry',
        retriable: true,
        cause: reason
      })
    }
    await expect(setUp(() => ['good', 'kafka://x:9092']).list()).rejects.toMatchObject({
      cause: {
        code: 'KAFKA_INVALID_ARGUMENT',
        message:
          "The bootstrapBrokers function must give a list of brokers, each 'host:port', 'host' or { host, port }, and [1] is \"kafka://x:9092\""
      }
    })
    await expect(setUp(() => [{ host: 'good', port: 0 }]).list()).rejects.toThrow(
      /failed: The bootstrapBrokers function must give a list of brokers, .* and \[0\]\.port is 0$/
    )
    await expect(setUp(() => []).list()).rejects.toMatchObject({ cause: { code: 'KAFKA_INVALID_ARGUMENT' } })
  })

  test('a function that never answers is given up', () => {
    const { clock, list } = setUp(() => new Promise(() => {}))
    let failure: KafkaError | undefined
    list().catch((error: KafkaError) => (failure = error))
    clock.advance(9_999)
    expect(clock.pendingTimers).toBe(1)
    clock.advance(1)
    expect(clock.pendingTimers).toBe(0)
    return Promise.resolve().then(() => expect(failure).toMatchObject({ code: 'KAFKA_TIMEOUT', limitMs: 10_000 }))
  })

  test('an answer leaves no timer behind', async () => {
    const { clock, list } = setUp(async () => ['a'])
    await list()
    expect(clock.pendingTimers).toBe(0)
  })
})
