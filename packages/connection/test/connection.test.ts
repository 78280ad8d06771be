// A connection as those who send through it see it, and as the wire sees it.
import type { Callback, TimeoutError } from '@sluice/core'
import type { Writer } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { answer, int32, Outcomes, pingApi, pinged, pong, Stage, text, type Pong } from './stage.ts'

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

  test('a stream that says twice that it let go of something is believed once', () => {
    const { stage, connection, stream, told } = start()
    const { write } = stream
    stream.write = (segments, onFlushed) =>
      write.call(stream, segments, () => {
        onFlushed()
        onFlushed()
      })
    connection.send(pingApi, 'a', told.of('a'))
    stage.clock.runSoon()
    stream.receive(pong(stream.take()[0]!, 'b'))
    expect(told.take()).toEqual(['a: b'])
    expect(connection.idleSinceMs).not.toBe(null)
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

describe('connection > deadlines', () => {
  test('a request at the head that is not answered in time ends the connection; those behind it fail with it', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    stage.clock.advance(999)
    expect(stream.destroyed).toBe(false)
    stream.closes = false
    stage.clock.advance(1)
    expect([stream.destroyed, connection.state]).toEqual([true, 'closed'])
    expect(told.take()).toEqual([])
    connection.on('close', cause => told.all.push(`close ${cause?.code}`))
    stream.break()
    expect(told.take()).toEqual(['a: KAFKA_TIMEOUT', 'b: KAFKA_CONNECTION sent', 'close KAFKA_TIMEOUT'])
  })

  test('the clock of a request starts when it becomes the oldest', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.advance(900)
    const [a, b] = stream.take()
    stream.receive(pong(a!))
    stage.clock.advance(900)
    expect(stream.destroyed).toBe(false)
    stream.receive(pong(b!))
    expect(told.take()).toEqual(['a: pong', 'b: pong'])
  })

  test('but twice the time after it was written there is an end', () => {
    const { stage, connection, stream, told } = start()
    for (const name of ['a', 'b', 'c']) connection.send(pingApi, name, told.of(name))
    stage.clock.advance(900)
    const [a, b] = stream.take()
    stream.receive(pong(a!))
    stage.clock.advance(900)
    stream.receive(pong(b!))
    stage.clock.advance(199)
    expect(stream.destroyed).toBe(false)
    stage.clock.advance(1)
    expect(told.take()).toEqual(['a: pong', 'b: pong', 'c: KAFKA_TIMEOUT'])
    const error = told.errors[0] as TimeoutError
    expect([error.limitMs, error.message]).toEqual([2000, expect.stringMatching(/did not answer Ping within 2000 ms$/)])
  })

  test('a stalled event loop makes no false timeout: the answer in the kernel counts', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    const [a, b] = stream.take()
    const bytes = pong(a!)
    const pieces = [bytes.subarray(0, 2), bytes.subarray(2, 9), bytes.subarray(9)]
    // The timer comes first; only then are the sockets read, piece by piece.
    stage.clock.pollWith(pieces.map(piece => () => stream.events.onData(piece)))
    stage.clock.advance(1000)
    stream.receive(pong(b!))
    expect(told.take()).toEqual(['a: pong', 'b: pong'])
    expect(stream.destroyed).toBe(false)
  })

  test('a request may have a time of its own', () => {
    const { stage, connection, told } = start()
    connection.send(pingApi, 'a', told.of('a'), { timeoutMs: 100 })
    stage.clock.advance(100)
    expect(told.take()).toEqual(['a: KAFKA_TIMEOUT'])
    expect((told.errors[0] as TimeoutError).limitMs).toBe(100)
  })

  test('while nothing is in flight no timer runs', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    stream.receive(pong(a!))
    stage.clock.advance(1000)
    expect(stage.clock.pendingTimers).toBe(0)
  })
})

describe('connection > what the broker must not do', () => {
  test('an answer with another correlation id ends the connection and acknowledges nothing', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    const [, b] = stream.take()
    stream.receive(pong(b!))
    expect(told.take()).toEqual(['a: KAFKA_CORRUPT_FRAME', 'b: KAFKA_CONNECTION sent'])
    expect(told.errors[1]!.cause).toBe(told.errors[0])
  })

  test('an answer that nothing asked for, a late or doubled one, ends the connection', () => {
    const { connection, stream, told } = start()
    connection.on('close', cause => told.all.push(`close ${cause?.code}`))
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    stream.receive(pong(a!), pong(a!))
    expect(told.take()).toEqual(['a: pong', 'close KAFKA_CORRUPT_FRAME'])
  })

  test('an answer to a request that was not written yet is not taken for one', () => {
    const { connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    connection.send(pingApi, 'b', told.of('b'))
    stream.receive(pong(a!), pong({ ...a!, correlationId: a!.correlationId + 1 }))
    expect(told.take()).toEqual(['a: pong', 'b: KAFKA_CONNECTION not sent'])
  })

  test.each([
    ['a body cut short', (id: number) => answer(id, int32(0))],
    ['a length that no frame has', () => int32(-5)],
    ['a frame larger than maxResponseSize', () => int32(2_000_000_000)],
    ['a count that does not fit', (id: number) => answer(id, int32(0), [0x7f, 0xff])]
  ])('%s ends the connection', (_what, bytes) => {
    const { connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    stream.receive(bytes(a!.correlationId))
    expect(told.take()).toEqual(['a: KAFKA_CORRUPT_FRAME'])
    expect(connection.state).toBe('closed')
  })

  test('bytes after the end of an answer are tolerated', () => {
    const { connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    stream.receive(answer(a!.correlationId, int32(0), text('x'), [1, 2, 3]))
    expect(told.take()).toEqual(['a: x'])
  })
})

describe('connection > failure', () => {
  test('says of each request whether it was handed over, in order, after the stream has closed', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 2 })
    stream.accepts = false
    connection.send(pingApi, 'a', told.of('a'))
    stage.clock.runSoon()
    connection.send(pingApi, 'b', told.of('b'))
    connection.send(pingApi, 'c', told.of('c'))
    stage.clock.runSoon()
    stream.break('ECONNRESET')
    expect(told.take()).toEqual([
      'a: KAFKA_CONNECTION sent',
      'b: KAFKA_CONNECTION not sent',
      'c: KAFKA_CONNECTION not sent'
    ])
    expect(told.errors.every(error => error.retriable)).toBe(true)
  })

  test('frames of a turn that has not ended were not handed over', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    connection.send(pingApi, 'b', told.of('b'))
    stream.break()
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION sent', 'b: KAFKA_CONNECTION not sent'])
    expect(stream.take().map(pinged)).toEqual(['a'])
  })

  test('send after the end fails in a later turn', () => {
    const { stage, connection, stream, told } = start()
    stream.break()
    expect(connection.send(pingApi, 'a', told.of('a'))).toBe(false)
    connection.post(pingApi, 'b', told.of('b'), told.note('b released'))
    expect(told.take()).toEqual([])
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent', 'b: KAFKA_CONNECTION not sent', 'b released'])
  })

  test('a callback that throws is an uncaught exception of its own and keeps nothing from the others', async () => {
    const { stage, connection, stream, told } = start()
    const failure = new Error('from the callback')
    const uncaught = catchUncaught()
    connection.send(pingApi, 'a', () => {
      throw failure
    })
    connection.send(pingApi, 'b', told.of('b'))
    stage.clock.runSoon()
    const [a, b] = stream.take()
    stream.receive(Buffer.concat([pong(a!), pong(b!)]))
    expect(told.take()).toEqual(['b: pong'])
    expect(await uncaught).toBe(failure)
  })

  test('a connection unused for too long is not trusted: the request is not sent', () => {
    const { stage, connection, stream, told } = start({ idleTimeout: 5000 })
    stage.clock.advance(5000)
    connection.send(pingApi, 'a', told.of('a'))
    stage.clock.runSoon()
    expect(stream.take()).toEqual([])
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent'])
  })

  test('a connection that was never idle is trusted: each request is sent from the callback of the one before', () => {
    const { stage, connection, stream, told } = start({ idleTimeout: 500 })
    let sent = 0
    const next: Callback<Pong> = (error, ponged) => {
      told.all.push(error === null ? `${ponged.text} ${sent}, ${connection.idleSinceMs}` : error.code)
      if (sent < 4) connection.send(pingApi, `${++sent}`, next)
    }
    connection.send(pingApi, `${++sent}`, next)
    for (let round = 0; round < 4; round++) {
      stage.clock.advance(200)
      stream.receive(pong(stream.take()[0]!))
    }
    expect(told.take()).toEqual(['pong 1, null', 'pong 2, null', 'pong 3, null', 'pong 4, null'])
    expect(connection.idleSinceMs).toBe(stage.clock.monotonicMs())
  })
})

function catchUncaught(): Promise<unknown> {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  return new Promise(resolve => {
    process.once('uncaughtException', error => {
      for (const listener of others) process.on('uncaughtException', listener)
      resolve(error)
    })
  })
}
