// The deadlines of a connection: when a request is overdue, and when it is not although it looks so.
import type { TimeoutError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { pingApi, pong } from './stage.ts'

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
