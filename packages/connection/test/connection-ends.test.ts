// What else a connection does: it heeds a broker that asks for silence, takes requests that nobody answers, keeps the process alive, and ends.
import { TimeoutError, type KafkaError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { Outcomes, pingApi, pinged, pong, Stage } from './stage.ts'

describe('connection > throttling', () => {
  function throttled(version: number): ReturnType<typeof start> & { release: () => void } {
    const all = start()
    all.connection.on('drain', all.told.note('drain'))
    all.connection.on('throttle', ms => all.told.all.push(`throttle ${ms}`))
    all.connection.send(pingApi, 'a', all.told.of('a'), { maxVersion: version })
    const [a] = all.stream.take()
    all.stream.receive(pong(a!, 'x', 5000))
    return { ...all, release: () => {} }
  }

  test('nothing is sent while the broker wants silence; then it goes on', () => {
    const { stage, connection, stream, told } = throttled(2)
    expect(connection.writable).toBe(false)
    expect(connection.send(pingApi, 'b', told.of('b'))).toBe(false)
    stage.clock.advance(4999)
    expect(stream.take()).toEqual([])
    stage.clock.advance(1)
    expect(stream.take().map(pinged)).toEqual(['b'])
    expect(told.take()).toEqual(['throttle 5000', 'a: x', 'drain'])
  })

  test('in versions where the broker has waited itself the client does not wait again', () => {
    const { connection, told } = throttled(1)
    expect(connection.writable).toBe(true)
    expect(told.take()).toEqual(['a: x'])
  })

  test('a shorter wish does not shorten a longer one, and does not count against requests in flight', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    connection.send(pingApi, 'c', told.of('c'))
    stage.clock.runSoon()
    const [a, b, c] = stream.take()
    stream.receive(pong(a!, '1', 5000))
    stage.clock.advance(1000)
    stream.receive(pong(b!, '2', 100))
    stage.clock.advance(101)
    expect(connection.writable).toBe(false)
    stage.clock.advance(4799)
    expect([stream.destroyed, connection.writable]).toEqual([false, true])
    stream.receive(pong(c!, '3'))
    expect(told.take()).toEqual(['a: 1', 'b: 2', 'c: 3'])
  })

  test('what was written in the turn in which the wish came is held back', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    connection.send(pingApi, 'b', told.of('b'))
    stream.receive(pong(a!, 'x', 100))
    expect(stream.take()).toEqual([])
    stage.clock.advance(100)
    expect(stream.take().map(pinged)).toEqual(['b'])
  })
})

describe('connection > post', () => {
  test('settles when handed over, and releases when the stream lets go', () => {
    const { stage, connection, stream, told } = start()
    stream.flushes = false
    expect(connection.post(pingApi, 'a', told.of('a'), told.note('a released'))).toBe(true)
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: done'])
    expect(connection.inFlight).toBe(0)
    stream.flush()
    expect(told.take()).toEqual(['a released'])
  })

  test('a stream that lets go within the write: settled all the same before it is released, each once', () => {
    const { stage, connection, stream, told } = start()
    stream.flushesAtOnce = true
    connection.post(pingApi, 'a', told.of('a'), told.note('a released'))
    connection.post(pingApi, [Buffer.alloc(20_000)], told.of('b'), told.note('b released'))
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: done', 'b: done', 'a released', 'b released'])
    stream.close()
    expect(told.take()).toEqual([])
  })

  test('a stream that lets go within the write: a connection that is to close closes behind it', () => {
    const { stage, connection, stream, told } = start()
    stream.flushesAtOnce = true
    connection.post(pingApi, 'a', told.of('a'), told.note('a released'))
    connection.close(told.of('close'))
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: done', 'a released', 'close: done'])
    expect(stream.closed).toBe(true)
  })

  test('keeps its place among requests that are answered', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 1 })
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    connection.post(pingApi, 'c', told.of('c'))
    stage.clock.runSoon()
    expect(stream.take().map(pinged)).toEqual(['a'])
    stream.receive(pong({ correlationId: 1 } as never))
    expect(stream.take().map(pinged)).toEqual(['b', 'c'])
    expect(told.take()).toEqual(['a: pong', 'c: done'])
  })

  test('waits for a full socket; if it closes first it was not sent', () => {
    const { stage, connection, stream, told } = start()
    stream.flushes = false
    stream.accepts = false
    connection.post(pingApi, 'a', told.of('a'), told.note('a released'))
    stage.clock.runSoon()
    expect(connection.post(pingApi, 'b', told.of('b'), told.note('b released'))).toBe(false)
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: done'])
    stream.break('EPIPE')
    expect(told.take()).toEqual(['a released', 'b: KAFKA_CONNECTION not sent', 'b released'])
  })

  test('closing before the turn is over fails it as not sent', () => {
    const { connection, stream, told } = start()
    connection.post(pingApi, 'a', told.of('a'), told.note('a released'))
    stream.break()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent', 'a released'])
  })

  test('a broker that answers it wrongly is tolerated while nothing else is asked', () => {
    const { stage, connection, stream, told } = start()
    connection.post(pingApi, 'a', told.of('a'))
    stage.clock.runSoon()
    const [a] = stream.take()
    stream.receive(pong(a!))
    expect(connection.state).toBe('ready')
    connection.send(pingApi, 'b', told.of('b'))
    stream.receive(pong(a!))
    expect(connection.state).toBe('closed')
  })

  test('a peer that takes nothing any more is given up after twice the time', () => {
    const { stage, connection, stream, told } = start()
    stream.flushes = false
    stream.accepts = false
    connection.post(pingApi, 'a', told.of('a'), told.note('a released'))
    stage.clock.advance(1999)
    expect(stream.destroyed).toBe(false)
    let cause: KafkaError | null = null
    connection.on('close', error => (cause = error))
    stage.clock.advance(1)
    expect(told.take()).toEqual(['a: done', 'a released'])
    expect(String(cause)).toMatch(/took none of what was written within 2000 ms$/)
  })
})

describe('connection > reference', () => {
  test('a stream that lets go within the write: nothing keeps the process alive behind the answer', () => {
    const { connection, stream, told } = start()
    stream.flushesAtOnce = true
    connection.send(pingApi, 'a', told.of('a'))
    expect(stream.referenced).toBe(true)
    stream.receive(pong(stream.take()[0]!))
    expect([told.take(), stream.referenced]).toEqual([['a: pong'], false])
  })

  test('keeps the process alive only while connecting or while something is on its way', () => {
    const stage = new Stage()
    const told = new Outcomes()
    const connection = stage.connection()
    expect(stage.stream.referenced).toBe(true)
    stage.negotiate()
    const { stream } = stage
    expect(stream.referenced).toBe(false)
    connection.send(pingApi, 'a', told.of('a'))
    expect(stream.referenced).toBe(true)
    const [a] = stream.take()
    stream.receive(pong(a!))
    expect(stream.referenced).toBe(false)
    stream.flushes = false
    connection.post(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    expect(stream.referenced).toBe(true)
    stream.flush()
    expect(stream.referenced).toBe(false)
  })
})

describe('connection > in the background', () => {
  test('a request keeps no process alive, on its way or waiting, unless somebody waits for another, or for the end', () => {
    const { connection, stage, stream, told } = start({ maxInflights: 1 })
    const background = { background: true }
    connection.send(pingApi, 'a', told.of('a'), background)
    connection.send(pingApi, 'b', told.of('b'), background)
    expect(stream.referenced).toBe(false)
    connection.send(pingApi, 'c', told.of('c'))
    expect(stream.referenced).toBe(true)
    for (const name of ['a', 'b', 'c']) {
      stage.clock.runSoon()
      const [ping] = stream.take()
      stream.receive(pong(ping!))
      expect(stream.referenced).toBe(name !== 'c')
    }
    connection.send(pingApi, 'd', told.of('d'), background)
    expect(stream.referenced).toBe(false)
    connection.close(told.of('closed'))
    stage.clock.runSoon()
    expect(stream.referenced).toBe(true)
  })

  test('what nobody answers is waited for until the socket has let go of it, as it is in the foreground', () => {
    const { connection, stage, stream, told } = start()
    stream.flushes = false
    connection.post(pingApi, 'a', told.of('a'), undefined, { background: true })
    stage.clock.runSoon()
    expect([told.take(), stream.referenced]).toEqual([['a: done'], true])
    stream.flush()
    expect(stream.referenced).toBe(false)
  })
})

describe('connection > close', () => {
  test('waits for what was accepted, takes nothing more, and then closes in order', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 1 })
    connection.on('close', cause => told.all.push(`close ${cause === null ? 'in order' : cause.code}`))
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    connection.close(told.of('closed'))
    expect(connection.state).toBe('draining')
    expect(connection.send(pingApi, 'c', told.of('c'))).toBe(false)
    stage.clock.runSoon()
    const [a] = stream.take()
    stream.receive(pong(a!))
    const [b] = stream.take()
    stream.receive(pong(b!))
    expect(told.take()).toEqual([
      'c: KAFKA_CONNECTION not sent',
      'a: pong',
      'b: pong',
      'close in order',
      'closed: done'
    ])
    expect(stage.clock.pendingTimers).toBe(0)
  })

  test('an idle connection closes at once, but tells so later', () => {
    const { stage, connection, told } = start()
    connection.close(told.of('closed'))
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    connection.close(told.of('again'))
    expect(told.take()).toEqual(['closed: done'])
    stage.clock.runSoon()
    expect([connection.state, told.take()]).toEqual(['closed', ['again: done']])
  })

  test.each(['connecting', 'negotiating'] as const)('while %s it waits for nothing', state => {
    const stage = new Stage()
    const told = new Outcomes()
    const connection = stage.connection()
    connection.on('close', cause => told.all.push(`close ${cause === null ? 'in order' : cause.code}`))
    if (state === 'negotiating') stage.stream.open()
    expect(connection.state).toBe(state)
    connection.send(pingApi, 'a', told.of('a'))
    connection.close(told.of('closed'))
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent', 'close in order', 'closed: done'])
    stage.clock.advance(10_000)
    expect([stage.streams.length, stage.clock.pendingTimers]).toEqual([1, 0])
  })

  test('destroy while closing ends the wait', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    connection.close(told.of('closed'))
    connection.destroy(new TimeoutError('test', { operation: 'test', limitMs: 1 }))
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION sent', 'closed: done'])
    expect(stream.destroyed).toBe(true)
  })

  test('while throttled it finishes what was accepted when the silence is over', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    stream.receive(pong(a!, 'x', 500))
    connection.send(pingApi, 'b', told.of('b'))
    connection.close(told.of('closed'))
    stage.clock.advance(500)
    const [b] = stream.take()
    stream.receive(pong(b!))
    expect(told.take()).toEqual(['a: x', 'b: pong', 'closed: done'])
  })

  test('while throttled with nothing to finish it leaves no timer', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    stream.receive(pong(stream.take()[0]!, 'x', 500))
    connection.close(told.of('closed'))
    stage.clock.runSoon()
    expect([told.take(), stage.clock.pendingTimers]).toEqual([['a: x', 'closed: done'], 0])
  })

  test('the broker closing while we wait is a failure of what was in flight', () => {
    const { stage, connection, stream, told } = start()
    let cause: KafkaError | null | undefined
    connection.on('close', error => (cause = error))
    connection.send(pingApi, 'a', told.of('a'))
    connection.close(told.of('closed'))
    stage.clock.runSoon()
    stream.break()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION sent', 'closed: done'])
    expect(cause?.code).toBe('KAFKA_CONNECTION')
  })
})
