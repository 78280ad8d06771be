// A connection as those who send through it see it, and as the wire sees it.
import type { Writer } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { Outcomes, pingApi, pinged, pong, Stage } from './stage.ts'

describe('connection > send', () => {
  test('is answered, and never before send has returned', () => {
    const { connection, stream, told } = start()
    expect(connection.send(pingApi, 'hello', told.of('a'))).toBe(true)
    expect(told.take()).toEqual([])
    const [request] = stream.take()
    expect([pinged(request!), request!.version, request!.clientId]).toEqual(['hello', 3, 'sluice'])
    stream.receive(pong(request!, 'world'))
    expect(told.take()).toEqual(['a: world'])
  })

  test('alone goes at once; more of the same turn go as one write when it ends', () => {
    const { stage, connection, stream, told } = start()
    const before = stream.writes.length
    for (const name of ['a', 'b', 'c']) connection.send(pingApi, name, told.of(name))
    expect(stream.writes.length - before).toBe(1)
    stage.clock.runSoon()
    expect(stream.writes.length - before).toBe(2)
    expect(stream.take().map(pinged)).toEqual(['a', 'b', 'c'])
  })

  test('answers in one chunk, or byte by byte, come in order', () => {
    const { stage, connection, stream, told } = start()
    for (const name of ['a', 'b', 'c', 'd']) connection.send(pingApi, name, told.of(name))
    stage.clock.runSoon()
    const [a, b, c, d] = stream.take()
    stream.receive(Buffer.concat([pong(a!, '1'), pong(b!, '2')]))
    stream.receive(...Array.from(Buffer.concat([pong(c!, '3'), pong(d!, '4')]), byte => Buffer.of(byte)))
    expect(told.take()).toEqual(['a: 1', 'b: 2', 'c: 3', 'd: 4'])
  })

  test('before ready waits, and goes in order when ready', () => {
    const stage = new Stage()
    const told = new Outcomes()
    const connection = stage.connection()
    expect(connection.send(pingApi, 'a', told.of('a'))).toBe(false)
    expect(connection.send(pingApi, 'b', told.of('b'))).toBe(false)
    stage.negotiate()
    expect(stage.stream.take().map(pinged)).toEqual(['a', 'b'])
  })

  test('large requests go as they are, by reference, each as a write of its own', () => {
    const { stage, connection, stream, told } = start()
    const segment = Buffer.alloc(20_000, 1)
    connection.send(pingApi, [segment], told.of('a'))
    connection.send(pingApi, [segment], told.of('b'))
    connection.send(pingApi, 'c', told.of('c'))
    connection.send(pingApi, 'd', told.of('d'))
    const before = stream.writes.length
    stage.clock.runSoon()
    // The small ones go with the last large one's successor: two large writes, one of what is small.
    expect(stream.writes.length - before).toBe(2)
    expect(stream.segments.filter(written => written === segment)).toHaveLength(2)
    expect(stream.take()).toHaveLength(4)
  })

  test.each([
    { what: 'one request', turns: [['AAA'], ['BBB'], ['CCC']] },
    {
      what: 'requests of one turn',
      turns: [
        ['AAA', 'BBB'],
        ['CCC', 'DDD']
      ]
    },
    { what: 'one request and then two', turns: [['AAA'], ['BBB', 'CCC']] }
  ])('what the stream still refers to is never written over: $what', ({ turns }) => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'first', told.of('first'))
    stage.clock.runSoon()
    stream.flushes = false
    const before = stream.segments.length
    // A request is encoded where the one before it was, or those of one turn are put together in one buffer.
    for (const names of turns) {
      for (const name of names) connection.send(pingApi, name, told.of(name))
      stage.clock.runSoon()
    }
    const held = stream.segments.slice(before).map(bytes => Buffer.from(bytes).toString('latin1'))
    expect(held.map(bytes => bytes.match(/[A-D]{3}/g))).toEqual(turns)
  })

  test('what waits for the socket to drain is never written over', () => {
    const { stage, connection, stream, told } = start()
    stream.accepts = false
    connection.send(pingApi, 'first', told.of('first'))
    stage.clock.runSoon()
    for (const name of ['AAA', 'BBB']) {
      connection.send(pingApi, name, told.of(name))
      stage.clock.runSoon()
    }
    stream.drain()
    expect(stream.take().map(pinged)).toEqual(['first', 'AAA', 'BBB'])
  })

  test('a request whose making sends another spoils neither', () => {
    const { stage, connection, stream, told } = start()
    stream.flushes = false
    const outer = {
      ...pingApi,
      write: (writer: Writer) => {
        connection.send(pingApi, 'inner', told.of('inner'))
        writer.string('outer', false)
      }
    }
    connection.send(outer, 'outer', told.of('outer'))
    stage.clock.runSoon()
    const requests = stream.take()
    expect(requests.map(pinged)).toEqual(['inner', 'outer'])
    expect(stream.segments.slice(-2).map(bytes => Buffer.from(bytes))).toEqual(stream.writes.slice(-2))
    stream.receive(...requests.map(request => pong(request, 'x')))
    expect(told.take()).toEqual(['inner: x', 'outer: x'])
  })

  test('a window of any size keeps its order', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 100 })
    const names = Array.from({ length: 70 }, (_, index) => `${index}`)
    for (const name of names.slice(0, 5)) connection.send(pingApi, name, told.of(name))
    stage.clock.runSoon()
    for (const request of stream.take()) stream.receive(pong(request, pinged(request)))
    for (const name of names.slice(5)) connection.send(pingApi, name, told.of(name))
    stage.clock.runSoon()
    expect(connection.inFlight).toBe(65)
    stream.receive(...stream.take().map(request => pong(request, pinged(request))))
    expect(told.take()).toEqual(names.map(name => `${name}: ${name}`))
  })

  test('speaks the highest version that both sides have, or the one that was asked for', () => {
    const stage = new Stage()
    const told = new Outcomes()
    const connection = stage.connection()
    stage.negotiate({ 900: [1, 2] })
    expect(connection.versionOf(pingApi)).toBe(2)
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'), { maxVersion: 1 })
    connection.send(pingApi, 'c', told.of('c'), { maxVersion: 0 })
    connection.send({ ...pingApi, key: 901 }, 'd', told.of('d'))
    stage.clock.runSoon()
    expect(stage.stream.take().map(request => [pinged(request), request.version])).toEqual([
      ['a', 2],
      ['b', 1]
    ])
    expect(told.take()).toEqual(['c: KAFKA_UNSUPPORTED_VERSION', 'd: KAFKA_UNSUPPORTED_VERSION'])
    expect(connection.versionOf({ ...pingApi, key: 901 })).toBeNull()
  })

  test('a request that cannot be written fails alone', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'unwritable', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_INVALID_ARGUMENT'])
    const [request] = stream.take()
    stream.receive(pong(request!))
    expect(told.take()).toEqual(['b: pong'])
  })

  test('a callback may send again, and the new request takes its place behind the others', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', () => connection.send(pingApi, 'again', told.of('again')))
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    const [a, b] = stream.take()
    stream.receive(Buffer.concat([pong(a!), pong(b!)]))
    const [again] = stream.take()
    stream.receive(pong(again!))
    expect(told.take()).toEqual(['b: pong', 'again: pong'])
  })
})

describe('connection > window and drain', () => {
  test('a full window says false; what is sent all the same waits; drain comes later when there is room', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 2 })
    connection.on('drain', told.note('drain'))
    expect(connection.send(pingApi, 'a', told.of('a'))).toBe(true)
    expect(connection.send(pingApi, 'b', told.of('b'))).toBe(false)
    expect(connection.send(pingApi, 'c', told.of('c'))).toBe(false)
    stage.clock.runSoon()
    expect(stream.take().map(pinged)).toEqual(['a', 'b'])
    expect([connection.writable, connection.inFlight]).toEqual([false, 2])
    stream.events.onData(pong({ correlationId: 1 } as never))
    stream.receive(pong({ correlationId: 2 } as never))
    expect(stream.take().map(pinged)).toEqual(['c'])
    expect(told.take()).toEqual(['a: pong', 'b: pong', 'drain'])
    expect(connection.writable).toBe(true)
  })

  test('a full socket says false; nothing more is handed over until it drains', () => {
    const { stage, connection, stream, told } = start()
    connection.on('drain', told.note('drain'))
    stream.accepts = false
    expect(connection.send(pingApi, 'a', told.of('a'))).toBe(false)
    expect(connection.writable).toBe(false)
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    expect(stream.take().map(pinged)).toEqual(['a'])
    stream.events.onDrain()
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect(stream.take().map(pinged)).toEqual(['b'])
  })

  test('a socket that is full in the middle of a turn gets the rest later', () => {
    const { stage, connection, stream, told } = start()
    stream.accepts = false
    connection.post(pingApi, [Buffer.alloc(20_000)], told.of('a'))
    connection.post(pingApi, [Buffer.alloc(20_000)], told.of('b'), told.note('b released'))
    stage.clock.runSoon()
    expect([stream.take().length, told.take()]).toEqual([1, ['a: done']])
    stream.drain()
    expect([stream.take().length, told.take()]).toEqual([1, ['b: done', 'b released']])
  })

  test('what has gone leaves room: bytes are counted off again', () => {
    const { connection, stream, told } = start()
    for (let sent = 0; sent < 10; sent++) {
      expect(connection.send(pingApi, [Buffer.alloc(20_000)], told.of('a'))).toBe(true)
      stream.receive(pong(stream.take()[0]!))
    }
  })

  test('after false before ready, drain comes when it is ready', () => {
    const stage = new Stage()
    const told = new Outcomes()
    const connection = stage.connection()
    connection.on('ready', told.note('ready'))
    connection.on('drain', told.note('drain'))
    connection.send(pingApi, 'a', told.of('a'))
    stage.negotiate()
    expect(told.take()).toEqual(['ready', 'drain'])
  })

  test('no drain is told when it is full again before the turn is over', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 1 })
    connection.on('drain', told.note('drain'))
    connection.send(pingApi, 'a', told.of('a'))
    stream.events.onData(pong(stream.take()[0]!))
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: pong'])
  })

  test('drain is told once, and not if the connection is full again by then', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 1 })
    connection.on('drain', told.note('drain'))
    connection.send(pingApi, 'a', () => connection.send(pingApi, 'b', told.of('b')))
    const [a] = stream.take()
    stream.receive(pong(a!))
    expect(told.take()).toEqual([])
    const [b] = stream.take()
    stream.receive(pong(b!))
    stage.clock.advance(10_000)
    expect(told.take()).toEqual(['b: pong', 'drain'])
  })
})
