// The pool: lanes, waiters, backoff, idle reaping, events and close.
import { ClosedError } from '@sluice/core'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ConnectionPool, type Connection } from '../src/index.ts'
import { acquired, negotiate, one, start, story } from './pool-beginnings.ts'
import { allVersions, answer, pingApi, pong, versionsV3, type ScriptedStream } from './stage.ts'

describe('pool > acquire', () => {
  test('makes one connection for all who wait, and gives the same later', () => {
    const { stage, pool, told } = start()
    pool.acquire(one, 'produce', told.of('a'))
    pool.acquire(one, 'produce', told.of('b'))
    stage.clock.runSoon()
    expect(told.take()).toEqual([])
    stage.negotiate()
    expect(told.take()).toEqual(['a: ok', 'b: ok'])
    pool.acquire(one, 'produce', told.of('c'))
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect([told.take(), stage.streams.length]).toEqual([['c: ok'], 1])
  })

  test('lanes and bootstrap addresses have connections of their own; only nodes can be peeked at', () => {
    const { stage, pool, told } = start()
    pool.acquire(one, 'produce', told.of('a'))
    pool.acquire(one, 'control', told.of('b'))
    pool.acquire({ host: 'kafka-1', port: 9092 }, 'control', told.of('c'))
    stage.clock.runSoon()
    for (const stream of stage.streams) negotiate(stream)
    expect(stage.streams).toHaveLength(3)
    expect(pool.peek(1, 'produce')).not.toBe(pool.peek(1, 'control'))
    expect(pool.peek(2, 'produce')).toBeUndefined()
    expect([...pool.connections()]).toHaveLength(3)
  })

  test('fails all who wait with the reason when the attempt fails', () => {
    const { stage, pool, told } = start()
    const events = story(pool)
    pool.acquire(one, 'produce', told.of('a'))
    pool.acquire(one, 'produce', told.of('b'))
    stage.clock.runSoon()
    stage.stream.break('ECONNREFUSED')
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent', 'b: KAFKA_CONNECTION not sent'])
    expect(told.errors[0]).toMatchObject({ problem: 'refused' })
    expect(events).toEqual(['failed kafka-1 1 KAFKA_CONNECTION'])
    expect(pool.peek(1, 'produce')).toBeUndefined()
  })

  test('gives no connection that was unused for too long', () => {
    const all = start({ idleTimeout: 60_000 })
    const { stage, pool } = all
    const first = acquired(all)
    // The process was suspended: time has passed, and no timer has run yet.
    const { monotonicMs } = stage.clock
    const nowMs = stage.clock.monotonicMs() + 60_000
    stage.clock.monotonicMs = () => nowMs
    let second: Connection | undefined
    pool.acquire(one, 'produce', (_error, made) => (second = made))
    stage.clock.runSoon()
    stage.negotiate()
    stage.clock.monotonicMs = monotonicMs
    expect([stage.streams.length, second === first, first.state]).toEqual([2, false, 'closed'])
  })
})

describe('pool > backoff', () => {
  /** Milliseconds between attempts, as long as each fails at once. */
  function gaps(count: number, fail: (stream: ScriptedStream) => void): number[] {
    const { stage, pool } = start()
    const times: number[] = []
    const again = (): void => pool.acquire(one, 'produce', (...[error]) => (error === null ? undefined : again()))
    again()
    while (times.length <= count) {
      stage.clock.runSoon()
      if (stage.streams.length > times.length) {
        times.push(stage.clock.monotonicMs())
        fail(stage.stream)
        stage.clock.runSoon()
      } else stage.clock.advanceToNextTimer()
    }
    return times.slice(1).map((time, index) => time - times[index]!)
  }

  test('waits twice as long after each failure, up to a second, with a fifth of jitter', () => {
    const measured = gaps(8, stream => stream.break('ECONNREFUSED'))
    const expected = [50, 100, 200, 400, 800, 1000, 1000, 1000]
    for (const [index, gap] of measured.entries()) {
      expect(gap).toBeGreaterThanOrEqual(expected[index]! * 0.8)
      expect(gap).toBeLessThanOrEqual(Math.min(1000, expected[index]! * 1.2))
    }
  })

  test('who comes meanwhile waits for the next attempt instead of making one', () => {
    const { stage, pool, told } = start()
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    stage.stream.break('ECONNREFUSED')
    pool.acquire(one, 'produce', told.of('b'))
    stage.clock.advance(39)
    expect(stage.streams).toHaveLength(1)
    stage.clock.advance(21)
    expect(stage.streams).toHaveLength(2)
    stage.negotiate()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent', 'b: ok'])
  })

  test('a broker that takes connections and drops them before it answers anything is left alone longer and longer', () => {
    const all = start()
    const { stage } = all
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      const before = stage.streams.length
      let ready = false
      all.pool.acquire(one, 'produce', () => (ready = true))
      stage.clock.runSoon()
      while (stage.streams.length === before) stage.clock.advanceToNextTimer()
      times.push(stage.clock.monotonicMs())
      stage.negotiate()
      expect(ready).toBe(true)
      stage.stream.break()
    }
    expect(times.at(-1)! - times.at(-2)!).toBeGreaterThan(300)
  })

  test('an answer makes up for the failures before', () => {
    const all = start()
    const { stage, pool, told } = all
    for (let round = 0; round < 4; round++) {
      pool.acquire(one, 'produce', () => {})
      stage.clock.advance(1000)
      stage.stream.break('ECONNREFUSED')
    }
    pool.acquire(one, 'produce', (_error, made) => made!.send(pingApi, 'x', told.of('x')))
    stage.clock.advance(1000)
    stage.negotiate()
    const [asked] = stage.stream.take()
    stage.stream.receive(pong(asked!))
    stage.stream.break('ECONNRESET')
    const before = stage.streams.length
    pool.acquire(one, 'produce', told.of('again'))
    stage.clock.advance(60)
    expect(stage.streams.length - before).toBe(1)
  })

  test('one broker, one lane: others are not kept waiting', () => {
    const { stage, pool, told } = start()
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    stage.stream.break('ECONNREFUSED')
    pool.acquire(one, 'control', told.of('b'))
    pool.acquire({ ...one, nodeId: 2 }, 'produce', told.of('c'))
    stage.clock.runSoon()
    expect(stage.streams).toHaveLength(3)
  })
})

describe('pool > idle', () => {
  test('closes what nothing used for so long, with one timer, and keeps what is used', () => {
    const all = start({ idleTimeout: 60_000, requestTimeout: 10_000 })
    const { stage, told } = all
    const idle = acquired(all)
    const used = acquired(all, { ...one, nodeId: 2 })
    stage.clock.advance(30_000)
    used.send(pingApi, 'x', told.of('x'))
    const [x] = stage.stream.take()
    stage.stream.receive(pong(x!))
    stage.clock.advance(30_000)
    expect([idle.state, used.state]).toEqual(['closed', 'ready'])
    expect(stage.clock.pendingTimers).toBe(1)
    stage.clock.advance(30_000)
    expect([used.state, stage.clock.pendingTimers]).toEqual(['closed', 0])
  })

  test('each is closed when its own time is over', () => {
    const all = start({ idleTimeout: 60_000, requestTimeout: 10_000 })
    const { stage, told } = all
    const connections = [1, 2, 3].map(nodeId => acquired(all, { ...one, nodeId }))
    const states = (): string[] => connections.map(({ state }) => state)
    for (const [index, afterMs] of [10_000, 20_000].entries()) {
      stage.clock.advance(afterMs)
      connections[index]!.send(pingApi, 'x', told.of('x'))
      stage.streams[index]!.receive(pong(stage.streams[index]!.take()[0]!))
    }
    stage.clock.advance(30_000)
    expect(states()).toEqual(['ready', 'ready', 'closed'])
    stage.clock.advance(10_000)
    expect(states()).toEqual(['closed', 'ready', 'closed'])
    stage.clock.advance(20_000)
    expect(states()).toEqual(['closed', 'closed', 'closed'])
  })

  test('a connection that was closed for being idle is made again without waiting', () => {
    const all = start({ idleTimeout: 60_000 })
    const { stage } = all
    acquired(all)
    stage.clock.advance(60_000)
    const again = acquired(all)
    expect([again.state, stage.streams.length]).toEqual(['ready', 2])
  })
})

describe('pool > events', () => {
  test('tells of connections with the broker and the connection', () => {
    const all = start()
    const { stage, pool } = all
    const events = story(pool)
    const connection = acquired(all)
    let seen: Connection | undefined
    pool.on('drain', event => (seen = event.connection))
    for (let sent = 0; sent < 5; sent++) connection.send(pingApi, 'x', () => {})
    stage.clock.runSoon()
    for (const request of stage.stream.take()) stage.stream.receive(pong(request))
    stage.stream.break('ECONNRESET')
    expect(events).toEqual(['connect kafka-1 1', 'drain kafka-1 1', 'disconnect kafka-1 1 KAFKA_CONNECTION'])
    expect(seen).toBe(connection)
  })
})

describe('pool > close', () => {
  test('waits for what is in flight, fails who waits, takes nothing more; a second call joins', () => {
    const all = start()
    const { stage, pool, told } = all
    const connection = acquired(all)
    const { stream } = stage
    connection.send(pingApi, 'x', told.of('x'))
    pool.acquire({ ...one, nodeId: 2 }, 'produce', told.of('waiting'))
    pool.close(told.of('closed'))
    pool.close(told.of('again'))
    pool.acquire(one, 'produce', told.of('late'))
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect(told.take()).toEqual(['waiting: KAFKA_CLOSED', 'late: KAFKA_CLOSED'])
    const [x] = stream.take()
    stream.receive(pong(x!))
    expect(told.take()).toEqual(['x: pong', 'closed: done', 'again: done'])
    expect([pool.closed, [...pool.connections()], stage.clock.pendingTimers]).toEqual([true, [], 0])
  })

  test('waits for nothing that was not sent: a broker that wants silence does not hold it up', () => {
    const all = start()
    const { stage, pool, told } = all
    const connection = acquired(all)
    connection.send(pingApi, 'a', told.of('a'))
    stage.stream.receive(pong(stage.stream.take()[0]!, 'x', 5_000))
    connection.send(pingApi, 'b', told.of('b'))
    pool.close(told.of('closed'))
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: x', 'b: KAFKA_CONNECTION not sent', 'closed: done'])
    expect(stage.clock.pendingTimers).toBe(0)
  })

  test('has an end: what is not answered by then is given up', () => {
    const all = start()
    const { stage, pool, told } = all
    const connection = acquired(all)
    connection.send(pingApi, 'x', told.of('x'), { timeoutMs: 50_000 })
    pool.close(told.of('closed'))
    stage.clock.advance(999)
    expect(told.take()).toEqual([])
    stage.clock.advance(1)
    expect(told.take()).toEqual(['x: KAFKA_CONNECTION sent', 'closed: done'])
  })

  test('while connecting, during backoff, and with nothing open', () => {
    const { stage, pool, told } = start()
    pool.acquire(one, 'produce', told.of('a'))
    stage.clock.runSoon()
    stage.stream.break('ECONNREFUSED')
    pool.acquire(one, 'produce', told.of('backing off'))
    pool.acquire({ ...one, nodeId: 2 }, 'produce', told.of('connecting'))
    stage.clock.runSoon()
    pool.close(told.of('closed'))
    stage.clock.runSoon()
    expect(told.take()).toEqual([
      'a: KAFKA_CONNECTION not sent',
      'backing off: KAFKA_CLOSED',
      'connecting: KAFKA_CLOSED',
      'closed: done'
    ])
    pool.close(told.of('again'))
    stage.clock.runSoon()
    expect([told.take(), stage.clock.pendingTimers]).toEqual([['again: done'], 0])
  })

  test('gives a promise without a callback', async () => {
    const { stage, pool } = start()
    const closed = pool.close()
    stage.clock.runSoon()
    await expect(closed).resolves.toBeUndefined()
  })
})

test('pool > shows no secret of its options, before and after connecting', async () => {
  const secret = 'hunter2-hunter2'
  const sasl = {
    name: 'TEST',
    async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
      yield Buffer.from(secret)
    }
  }
  const tlsPool = new ConnectionPool({ tls: { key: secret, passphrase: secret } })
  const { stage, pool } = start({ sasl })
  pool.acquire(one, 'produce', () => {})
  stage.clock.runSoon()
  stage.negotiate()
  await stage.settle()
  const shown = [tlsPool, pool, ...pool.connections()].map(each => inspect(each, { depth: Infinity, showHidden: true }))
  expect(shown.join()).not.toContain(secret)
})

test('a connection that a listener closes as it is made ready was never ready', () => {
  const all = start()
  const { stage, pool, told } = all
  const events = story(pool)
  pool.on('throttle', ({ connection }) => connection.destroy(new ClosedError('no')))
  pool.acquire(one, 'produce', told.of('a'))
  stage.clock.runSoon()
  stage.stream.open()
  const [asked] = stage.stream.take()
  stage.stream.receive(answer(asked!.correlationId, versionsV3(allVersions, 100)))
  stage.clock.runSoon()
  expect(told.take()).toEqual(['a: KAFKA_CLOSED'])
  expect(events).toEqual(['failed kafka-1 1 KAFKA_CLOSED'])
})
