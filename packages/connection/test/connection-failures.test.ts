// What a connection makes of a broker that breaks the rules, and what its requests are told when it fails.
import type { Callback } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { answer, int32, pingApi, pinged, pong, text, type Pong } from './stage.ts'

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
