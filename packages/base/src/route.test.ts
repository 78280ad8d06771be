import { describe, expect, test } from 'vitest'
import { FakeCluster, FakePool } from '../test/fake-pool.ts'
import { Bootstrap } from './bootstrap.ts'
import { addressKey, Router } from './route.ts'

const nobody: ReadonlySet<string> = new Set()

function setUp(): { pool: FakePool; router: Router; keys: (last?: ReadonlySet<string>) => string[] } {
  const pool = new FakePool(new FakeCluster().answers)
  const { clock, random } = pool
  const router = new Router(pool, new Bootstrap({ brokers: ['start'], clock, random, timeoutMs: 1_000 }), random)
  router.learn(new Map([1, 2, 3].map(nodeId => [nodeId, { host: `b${nodeId}`, port: 9092, rack: null }])))
  return { pool, router, keys: (last = nobody) => router.candidates(last).map(addressKey) }
}

function connect(pool: FakePool, nodeId: number | undefined): void {
  const address = nodeId === undefined ? { host: 'start', port: 9092 } : { host: `b${nodeId}`, port: 9092, nodeId }
  pool.acquire(address, 'control', () => {})
  pool.clock.advance(10)
}

describe('route', () => {
  test('untried nodes come in any order', () => {
    const { keys } = setUp()
    const firsts = new Set(Array.from({ length: 50 }, () => keys()[0]))
    expect(firsts.size).toBe(3)
  })

  test('a connection that is ready comes first, the one of the start before a new one', () => {
    const { pool, keys } = setUp()
    connect(pool, undefined)
    expect(keys()[0]).toBe('start:9092')
    connect(pool, 2)
    expect(keys().slice(0, 2)).toEqual(['#2', 'start:9092'])
  })

  test('nodes that failed come after the others, the longest ago first, until they answer', () => {
    const { pool, router, keys } = setUp()
    connect(pool, 1)
    for (const nodeId of [1, 3, 1]) router.failed(router.addressOf(nodeId)!)
    expect(keys()).toEqual(['#2', '#3', '#1'])
    router.answered(router.addressOf(1)!)
    expect(keys()).toEqual(['#1', '#2', '#3'])
  })

  test('those that are to come last do', () => {
    const { pool, router, keys } = setUp()
    connect(pool, 1)
    router.failed(router.addressOf(3)!)
    expect(keys(new Set(['#1', '#2']))).toEqual(['#3', '#1', '#2'])
  })

  test('a forgotten cluster has nobody to ask until metadata comes', () => {
    const { router, keys } = setUp()
    router.forget()
    expect(keys()).toEqual([])
    router.trust({ host: 'b1', port: 9092, nodeId: 1 })
    expect(keys().length).toBe(3)
  })

  test('the bootstrap list keeps its order, but for those that failed', () => {
    const pool = new FakePool(new FakeCluster().answers)
    const { clock, random } = pool
    const brokers = ['a', 'b', 'c']
    const router = new Router(pool, new Bootstrap({ brokers, clock, random, timeoutMs: 1_000 }), random)
    const listed: string[] = []
    const list = (): string[] => {
      listed.length = 0
      router.bootstrap((...[, addresses]) => listed.push(...addresses!.map(({ host }) => host)))
      clock.runSoon()
      return [...listed]
    }
    const [first, second, third] = list()
    expect(list()).toEqual([first, second, third])
    router.failed({ host: second!, port: 9092 })
    router.failed({ host: first!, port: 9092 })
    expect(list()).toEqual([third, second, first])
    router.answered({ host: second!, port: 9092 })
    expect(list()).toEqual([second, third, first])
  })

  test('nodes that are gone are not asked', () => {
    const { router, keys } = setUp()
    router.failed(router.addressOf(1)!)
    router.learn(new Map([[2, { host: 'elsewhere', port: 1, rack: null }]]))
    expect(keys()).toEqual(['#2'])
    expect(router.addressOf(2)).toEqual({ host: 'elsewhere', port: 1, nodeId: 2 })
    expect(router.addressOf(1)).toBeUndefined()
  })
})
