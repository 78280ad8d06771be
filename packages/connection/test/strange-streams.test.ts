// What a connection makes of streams of somebody else's that do what ours do not.
import { describe, expect, test } from 'vitest'
import { start } from './beginnings.ts'
import { pingApi, pinged, pong } from './stage.ts'

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
