// What a connection makes of streams of somebody else's that do what ours do not.
import { describe, expect, test } from 'vitest'
import { attempt, start } from './beginnings.ts'
import { pingApi, pinged, pong, Stage } from './stage.ts'

const large = [Buffer.alloc(20_000, 1)]

describe('a stream that drains within the write', () => {
  test.each([true, false])('and then says %s gets every request once, in order', accepts => {
    const { stage, connection, stream, told } = start()
    stream.within = () => stream.events.onDrain()
    stream.accepts = accepts
    for (const name of ['a', 'b', 'c']) connection.send(pingApi, name, told.of(name))
    connection.send(pingApi, 'd'.repeat(20_000), told.of('d'))
    stage.clock.runSoon()
    const requests = stream.take()
    expect(requests.map(request => pinged(request)[0])).toEqual(['a', 'b', 'c', 'd'])
    stream.receive(...requests.map(request => pong(request)))
    expect(told.take()).toEqual(['a: pong', 'b: pong', 'c: pong', 'd: pong'])
    connection.send(pingApi, 'e', told.of('e'))
    expect(stream.take().map(pinged)).toEqual(['e'])
  })

  test('gets what that brings along behind what was there', () => {
    const { stage, connection, stream, told } = start({ maxInflights: 2 })
    connection.on('drain', () => connection.send(pingApi, 'd', told.of('d')))
    for (const name of ['a', 'b', 'c']) connection.send(pingApi, name, told.of(name))
    stream.within = () => stream.events.onDrain()
    stage.clock.runSoon()
    const [a, b] = stream.take()
    stream.receive(pong(a!), pong(b!))
    expect(stream.take().map(pinged)).toEqual(['c', 'd'])
    expect(told.take()).toEqual(['a: pong', 'b: pong'])
  })
})

describe('a stream that throws in place of closing', () => {
  test('ends the connection, and every request is told what became of it', () => {
    const { stage, connection, stream, told } = start()
    connection.send(pingApi, 'a', told.of('a'))
    stage.clock.runSoon()
    stream.within = () => {
      throw new Error('the tunnel has collapsed')
    }
    connection.send(pingApi, large, told.of('b'))
    connection.send(pingApi, large, told.of('c'))
    connection.post(pingApi, 'd', told.of('d'), told.note('d released'))
    stage.clock.runSoon()
    expect(connection.state).toBe('closed')
    expect(told.errors[0]).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'closed' })
    expect(told.errors[0]!.message).toContain('the tunnel has collapsed')
    expect(told.take()).toEqual([
      'a: KAFKA_CONNECTION sent',
      'b: KAFKA_CONNECTION sent',
      'c: KAFKA_CONNECTION not sent',
      'd: KAFKA_CONNECTION not sent',
      'd released'
    ])
  })
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

describe('a stream that closes with something else than an error', () => {
  const mute = Object.assign(new Error(), { message: Object.create(null) as string })
  const causes: readonly (readonly [what: string, cause: unknown])[] = [
    ['a text', 'closed by proxy'],
    ['a number', 7],
    ['nothing', undefined],
    ['what has no text form', Object.create(null)],
    ['an error whose message has none', mute]
  ]
  test.each(causes)('%s: everything ends', (_what, cause) => {
    const { connection, stream, told, stage } = start()
    connection.send(pingApi, 'a', told.of('a'))
    stage.clock.runSoon()
    stream.close(cause as never)
    connection.close(told.of('closed'))
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION sent', 'closed: done'])
  })
})

describe('a stream that closes within a call of ours', () => {
  test('within the write: what was posted is told once, and released once, behind that', () => {
    const { stage, connection, stream, told } = start()
    stream.within = () => stream.close(new Error('gone'))
    connection.post(pingApi, 'a', told.of('a'), told.note('a released'))
    stage.clock.runSoon()
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: done', 'a released'])
    expect(connection.state).toBe('closed')
  })

  test('within destroy, as the connection is found to be too old: the request that found it is told', () => {
    const { stage, connection, stream, told } = start({ idleTimeout: 1_000 })
    stream.destroy = cause => stream.close(cause ?? null)
    stage.clock.advance(2_000)
    connection.send(pingApi, 'a', told.of('a'))
    stage.clock.runSoon()
    expect(told.take()).toEqual(['a: KAFKA_CONNECTION not sent'])
  })
})

test('a stream of before that says once more that it has closed does not disturb the next one', () => {
  const { stage, connection } = attempt(new Stage({ 'kafka-1': ['10.0.0.1', '10.0.0.2'] }))
  stage.clock.runSoon()
  const first = stage.stream
  first.break('ECONNREFUSED')
  stage.clock.runSoon()
  expect(stage.streams).toHaveLength(2)
  first.events.onClose(null)
  stage.negotiate()
  expect(connection.state).toBe('ready')
})

test('an attempt on a stream that never says that it has closed ends in its time, and leaves no timer', () => {
  const { stage, error } = attempt(new Stage(), { connectTimeout: 1_000 })
  stage.clock.runSoon()
  stage.stream.closes = false
  stage.clock.advance(2_500)
  stage.clock.runSoon()
  expect(error()).toMatchObject({ code: 'KAFKA_TIMEOUT' })
  expect(stage.clock.pendingTimers).toBe(0)
})
