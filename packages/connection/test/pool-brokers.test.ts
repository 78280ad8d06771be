// The pool and its brokers: addresses that are forgotten, nodes that move or go, and whom a connection means.
import { queryObjects } from 'node:v8'
import type { Callback } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import type { Connection } from '../src/contract.ts'
import { BrokerLane } from '../src/lane.ts'
import { acquired, one, seed, start, story } from './pool-beginnings.ts'
import { allVersions, answer, Outcomes, pingApi, pong, Stage, versionsV0, versionsV3 } from './stage.ts'

describe('pool > addresses that are used no more', () => {
  /** Lanes that something still refers to. */
  const lanes = (): number => queryObjects(BrokerLane, { format: 'count' })

  test('are forgotten, as where a list of bootstrap addresses changes with every look at it', () => {
    const { stage, pool } = start({ idleTimeout: 60_000 })
    const before = lanes()
    for (let port = 1; port <= 20; port++) {
      pool.acquire({ host: 'pod', port }, 'control', () => {})
      stage.clock.runSoon()
      if (port % 2 === 0) stage.stream.break('ECONNREFUSED')
      else stage.negotiate()
      stage.clock.advance(65_000)
      // The stage itself remembers every stream, and a stream its connection.
      stage.streams.length = 0
    }
    expect(lanes() - before).toBeLessThan(5)
    expect([...pool.connections()]).toEqual([])
  })

  test('but not how often one of them has just failed', () => {
    const { stage, pool } = start()
    const attempts = (): number => stage.streams.filter(({ address }) => address.host === 'seed').length
    for (let round = 0; round < 5; round++) {
      pool.acquire(seed, 'control', () => {})
      stage.clock.advance(1000)
      stage.stream.break('ECONNREFUSED')
    }
    pool.acquire({ host: 'another', port: 9092 }, 'control', () => {})
    const before = attempts()
    pool.acquire(seed, 'control', () => {})
    stage.clock.advance(500)
    expect(attempts()).toBe(before)
    stage.clock.advance(500)
    expect(attempts()).toBe(before + 1)
  })
})

describe('pool > brokers', () => {
  test('a node is found where metadata says, whatever the caller remembers', () => {
    const { stage, pool, told } = start()
    pool.updateBrokers(new Map([[1, { host: 'moved', port: 9999 }]]))
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    expect(stage.stream.address).toMatchObject({ host: 'moved', port: 9999, nodeId: 1 })
  })

  test('a node that moves gets a new connection; the old one ends what it has begun', () => {
    const all = start()
    const { stage, pool, told } = all
    const old = acquired(all)
    old.send(pingApi, 'x', told.of('x'))
    const [x] = stage.stream.take()
    const oldStream = stage.stream
    pool.updateBrokers(new Map([[1, { host: 'elsewhere', port: 9092 }]]))
    expect([old.state, pool.peek(1, 'produce')]).toEqual(['draining', undefined])
    const next = acquired(all)
    expect([next === old, stage.stream.address.host, pool.peek(1, 'produce') === next]).toEqual([
      false,
      'elsewhere',
      true
    ])
    oldStream.receive(pong(x!))
    expect([told.take(), old.state]).toEqual([['x: pong'], 'closed'])
  })

  test('a node that moves while somebody waits is tried at its new place at once', () => {
    const { stage, pool, told } = start()
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    pool.updateBrokers(new Map([[1, { host: 'elsewhere', port: 9092 }]]))
    stage.clock.runSoon()
    expect(stage.stream.address.host).toBe('elsewhere')
    stage.negotiate()
    expect(told.take()).toEqual(['a: ok'])
    expect([...pool.connections()]).toHaveLength(1)
  })

  test('a node that moves during backoff is tried at its new place at once', () => {
    const { stage, pool, told } = start()
    for (let round = 0; round < 5; round++) {
      pool.acquire(one, 'produce', () => {})
      stage.clock.advance(1000)
      stage.stream.break('ECONNREFUSED')
    }
    pool.acquire(one, 'produce', told.of('a'))
    pool.updateBrokers(new Map([[1, { host: 'elsewhere', port: 9092 }]]))
    stage.clock.runSoon()
    expect(stage.stream.address.host).toBe('elsewhere')
  })

  test('a node that is gone is closed, and who waits for it is told', () => {
    const all = start()
    const { stage, pool, told } = all
    const events = story(pool)
    const connection = acquired(all)
    pool.acquire({ ...one, nodeId: 2 }, 'produce', told.of('a'))
    acquired(all, seed)
    pool.updateBrokers(new Map([[3, { host: 'kafka-3', port: 9092 }]]))
    stage.clock.runSoon()
    expect([connection.state, told.take()]).toEqual(['closed', ['a: KAFKA_CONNECTION not sent']])
    expect(events).toEqual(['connect kafka-1 1', 'connect seed null', 'disconnect kafka-1 1'])
  })

  test('who waits for one that is gone, and asks for it again when told so, is told once', () => {
    const { pool } = start()
    let failures = 0
    const again: Callback<Connection> = (...[error]) => {
      if (error !== null && ++failures < 100) pool.acquire({ ...one, nodeId: 2 }, 'produce', again)
    }
    pool.acquire({ ...one, nodeId: 2 }, 'produce', again)
    pool.updateBrokers(new Map([[3, { host: 'kafka-3', port: 9092 }]]))
    expect(failures).toBe(1)
  })

  test('what is told of brokers meanwhile holds', () => {
    const all = start()
    const { pool } = all
    acquired(all)
    const newer = new Map([[1, { host: 'newer', port: 9092 }]])
    pool.acquire({ ...one, nodeId: 0 }, 'produce', () => pool.updateBrokers(newer))
    pool.acquire(one, 'control', () => {})
    pool.updateBrokers(new Map([[1, { host: 'older', port: 9092 }]]))
    pool.acquire(one, 'produce', () => {})
    all.stage.clock.runSoon()
    expect(all.stage.streams.map(({ address }) => address.host)).not.toContain('older')
  })

  test('with a name that is none are told of in one short line', () => {
    const { stage, pool, told } = start()
    pool.updateBrokers(new Map([[1, { host: `kafka\r\nERROR forged ${'x'.repeat(30_000)}`, port: 9092 }]]))
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    stage.stream.break('ECONNREFUSED')
    expect(told.errors[0]!.message).toMatch(/^broker 1 at kafka ERROR forged x{200,300}…:9092 refused the connection/)
  })

  test('of another cluster are refused: no node is looked for among them', () => {
    const { stage, pool, told } = start()
    const ours = new Map([[1, { host: one.host, port: one.port }]])
    pool.updateBrokers(ours, 'cluster')
    expect(() => pool.updateBrokers(new Map([[1, { host: 'foreign', port: 9092 }]]), 'another')).toThrow(
      'The pool has connections to cluster cluster, not to another: each cluster needs a pool of its own'
    )
    pool.updateBrokers(ours, null)
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    expect([stage.stream.address.host, pool.clusterId]).toEqual([one.host, 'cluster'])
  })

  /** A bootstrap broker has said up to which version it speaks ApiVersions, and metadata which cluster it is. */
  function discovered(newest: number): ReturnType<typeof start> {
    const all = start()
    const { stage, pool } = all
    pool.acquire(seed, 'control', () => {})
    stage.clock.runSoon()
    stage.negotiate({ ...allVersions, 18: [0, newest] })
    pool.updateBrokers(new Map([[1, { host: one.host, port: one.port }]]), 'cluster')
    pool.acquire(one, 'produce', all.told.of('a'))
    stage.clock.runSoon()
    stage.stream.open()
    return all
  }

  test('that look whom a connection means are told the cluster and the node', () => {
    const { stage, pool, told } = discovered(5)
    const [asked] = stage.stream.take()
    expect(asked).toMatchObject({ key: 18, version: 5 })
    // Behind the software: a compact string, the node, no tagged fields.
    expect(asked!.frame.subarray(-13)).toEqual(Buffer.from([8, ...Buffer.from('cluster'), 0, 0, 0, 1, 0]))
    stage.stream.receive(answer(asked!.correlationId, versionsV3(allVersions)))
    expect([told.take(), pool.peek(1, 'produce')?.state]).toEqual([['a: ok'], 'ready'])
  })

  test('that do not look are not told, and bootstrap addresses never are', () => {
    expect(discovered(4).stage.stream.take()).toMatchObject([{ version: 4 }])
    const { stage, pool } = discovered(5)
    pool.acquire({ host: 'another', port: 9092 }, 'control', () => {})
    stage.clock.runSoon()
    stage.stream.open()
    expect(stage.stream.take()).toMatchObject([{ version: 4 }])
  })

  test('that look no more are asked with what they speak', () => {
    const { stage, told } = discovered(5)
    stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, versionsV0(35, { 18: [0, 3] })))
    const [again] = stage.stream.take()
    expect(again!.version).toBe(3)
    stage.stream.receive(answer(again!.correlationId, versionsV3(allVersions)))
    expect(told.take()).toEqual(['a: ok'])
  })

  test('a broker that is not the one that was meant is not used, and the error says so', () => {
    const { stage, told } = discovered(5)
    stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, versionsV3({}, 0, 129)))
    expect(told.take()).toEqual(['a: KAFKA_BROKER'])
    expect(told.errors[0]).toMatchObject({ errorCode: 129, retriable: true })
    expect(told.errors[0]!.message).toMatch(/broker 1 at kafka-1:9092 is another broker, or of another cluster/)
  })

  test('a broker that closes instead of saying who it is is not asked without that', () => {
    const { stage, told } = discovered(5)
    const before = stage.streams.length
    stage.stream.break()
    expect([stage.streams.length, told.take()]).toEqual([before, ['a: KAFKA_CONNECTION not sent']])
  })

  test('what only takes version 0 does not make brokers that look of those behind it', () => {
    const all = start()
    const { stage, pool } = all
    pool.acquire(seed, 'control', () => {})
    stage.clock.runSoon()
    stage.stream.open()
    stage.stream.break()
    stage.stream.open()
    stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, versionsV0(0, { ...allVersions, 18: [0, 5] })))
    pool.updateBrokers(new Map([[1, { host: one.host, port: one.port }]]), 'cluster')
    pool.acquire(one, 'produce', all.told.of('a'))
    stage.clock.runSoon()
    stage.stream.open()
    expect(stage.stream.take()).toMatchObject([{ version: 4 }])
  })

  test('advertised addresses are mapped, bootstrap addresses are not', () => {
    const mapAddress = ({ port }: { port: number }): { host: string; port: number } => ({
      host: 'localhost',
      port: port + 1
    })
    const { stage, pool, told } = start({ mapAddress })
    pool.acquire(one, 'produce', told.of('a'))
    pool.acquire(seed, 'control', told.of('b'))
    stage.clock.runSoon()
    expect(stage.streams.map(stream => `${stream.address.host}:${stream.address.port}`)).toEqual([
      'localhost:9093',
      'seed:9092'
    ])
  })

  test('a mapAddress that throws fails the attempt, and is asked again later', () => {
    let calls = 0
    const mapAddress = (address: { host: string; port: number }): { host: string; port: number } => {
      if (++calls === 1) throw new Error('no tunnel')
      return address
    }
    const { stage, pool, told } = start({ mapAddress })
    pool.acquire(one, 'produce', told.of('a'))
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent'])
    expect(told.errors[0]?.message).toContain('no tunnel')
    pool.acquire(one, 'produce', told.of('b'))
    stage.clock.advance(60)
    expect(stage.streams).toHaveLength(1)
  })

  test('a name is resolved anew when all of its addresses have been tried', () => {
    const stage = new Stage({ 'kafka-1': ['10.0.0.1', '10.0.0.2'] })
    const pool = stage.pool()
    const told = new Outcomes()
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    stage.stream.break('ECONNREFUSED')
    stage.stream.break('ECONNREFUSED')
    stage.name('kafka-1', ['10.0.0.3'])
    pool.acquire(one, 'produce', told.of('b'))
    stage.clock.advance(60)
    expect(stage.streams.map(stream => stream.address.ip)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'])
  })
})
