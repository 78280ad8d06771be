// Authentication as a connection carries it: the words of a mechanism, their refusal, and the session renewed in place.
import { inspect } from 'node:util'
import type { KafkaError, SaslMechanism } from '@sluice/core'
import { saslAuthenticateApi } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import { authenticating, begun, goOn, talking, type Authenticating } from './authenticating.ts'
import { answer, int16, int32, int64, Outcomes, pingApi, pinged, pingKey, pong, Stage, text } from './stage.ts'

describe('handshake > SASL', () => {
  test('names the mechanism, then carries its messages until it is done', async () => {
    const { asked, reply, connection, mechanism, story } = await authenticating()
    expect([asked().key, asked().version, asked().body.toString()]).toEqual([17, 1, '\0\x04TEST'])
    await reply(begun)
    expect([asked().key, asked().version]).toEqual([saslAuthenticateApi.key, 1])
    await reply(goOn('uno'))
    expect(connection.state).toBe('authenticating')
    await reply(goOn('due'))
    expect(mechanism).toMatchObject({ heard: ['uno', 'due'], returned: 1 })
    expect(story).toEqual(['negotiating', 'authenticating', 'ready'])
  })

  test('says which mechanisms the broker has instead', async () => {
    const { reply, error } = await authenticating()
    await reply(int16(33), int32(2), text('PLAIN'), text('GSSAPI'))
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
    expect(error()?.message).toMatch(/does not have TEST, it has PLAIN, GSSAPI/)
  })

  test('says so when the port wants no SASL', async () => {
    const { reply, error } = await authenticating()
    await reply(int16(34), int32(0))
    expect(error()?.message).toMatch(/wants no SASL on this port/)
  })

  test("gives the broker's own words when it refuses, and ends the mechanism", async () => {
    const { reply, error, mechanism, stage } = await authenticating()
    await reply(begun)
    await reply(int16(58), text('wrong password for alice'), int32(0), int64(0))
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
    expect(error()?.message).toContain('wrong password for alice')
    expect(mechanism.returned).toBe(1)
    expect(stage.streams).toHaveLength(1)
  })

  test('of what it says in its own words no more is shown than a line', async () => {
    const refused = await authenticating()
    await refused.reply(begun)
    await refused.reply(int16(58), text(`no\r\nERROR forged ${'x'.repeat(30_000)}`), int32(0), int64(0))
    expect(refused.error()?.message).toMatch(/refused TEST: no ERROR forged x{200,300}… \(SASL_AUTHENTICATION_FAILED\)/)
    expect(inspect(refused.error()).length).toBeLessThan(5000)
    const strange = await authenticating()
    await strange.reply(int16(33), int32(1001), ...Array.from({ length: 1000 }, () => text('X\n')), text('GSSAPI'))
    expect(strange.error()?.message).toMatch(/it has (X , )+X[ ,]*…: choose one of these/)
  })

  test.each([
    ['PLAIN', '\0alice\0hunter2'],
    ['OAUTHBEARER', 'n,,\u0001auth=Bearer hunter2\u0001\u0001']
  ])('a broker that repeats the secret of %s is not quoted', async (name, message) => {
    const { reply, error } = await authenticating({ ...talking(message), name })
    await reply(begun)
    await reply(int16(58), text('hunter2 is not the password of alice'), int32(0), int64(0))
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
    expect(error()?.message).toContain('it repeats the credentials')
    expect(inspect(error())).not.toContain('hunter2')
  })

  test.each([
    ['PLAIN', 'check the username and password given to sasl'],
    ['SCRAM-SHA-256', 'check the username and password given to sasl'],
    ['OAUTHBEARER', 'check the token, its issuer and when it expires'],
    ['X-OTHER', 'check the credentials given to sasl']
  ])('a refusal of %s says to %s', async (name, todo) => {
    const { reply, error } = await authenticating({ ...talking('one'), name })
    await reply(begun)
    await reply(int16(58), text('no'), int32(0), int64(0))
    expect(error()?.message).toContain(todo)
  })

  test('a broker that just closes has probably refused the credentials', async () => {
    const { error, stage } = await authenticating()
    stage.stream.break()
    await stage.settle()
    expect(error()).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'closed' })
    expect(error()?.message).toMatch(/refused the credentials/)
  })

  test('a mechanism that throws fails the attempt, with what it threw as cause', async () => {
    const failure = new Error('vault is sealed')
    const mechanism: SaslMechanism = {
      name: 'TEST',
      // oxlint-disable-next-line require-yield -- it never comes so far
      async *authenticate() {
        throw failure
      }
    }
    const { error, stage } = await authenticating(mechanism)
    await stage.settle()
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION', cause: failure })
  })

  test('a mechanism that hangs is given up when the time is over, and is told by its signal', async () => {
    let told = false
    const mechanism: SaslMechanism = {
      name: 'TEST',
      // oxlint-disable-next-line require-yield -- it never comes so far
      async *authenticate(_broker, { signal }) {
        signal.addEventListener('abort', () => (told = true))
        await new Promise(() => {})
      }
    }
    const { error, stage } = await authenticating(mechanism)
    stage.clock.advance(1000)
    await stage.settle()
    expect(error()).toMatchObject({ code: 'KAFKA_TIMEOUT' })
    expect(told).toBe(true)
  })

  test('requests that waited fail with the refusal, certainly not sent', async () => {
    const { connection, reply } = await authenticating()
    const told = new Outcomes()
    connection.send(pingApi, 'a', told.of('a'))
    await reply(int16(33), int32(0))
    expect(told.take()).toEqual(['a: KAFKA_AUTHENTICATION'])
  })

  test('close while authenticating waits for nothing', async () => {
    const { connection, stage, error } = await authenticating()
    const told = new Outcomes()
    connection.close(told.of('closed'))
    stage.clock.runSoon()
    await stage.settle()
    expect([told.take(), error(), connection.state]).toEqual([['closed: done'], null, 'closed'])
  })

  test('nothing of a connection shows a secret of its options', async () => {
    const secret = 'hunter2-hunter2'
    const sasl = talking(secret)
    const { connection } = await authenticating(sasl)
    expect(inspect(connection, { depth: Infinity, showHidden: true })).not.toContain(secret)
  })
})

describe('handshake > re-authentication', () => {
  async function withSession(lifetimeMs: number, options = {}): Promise<Authenticating & { told: Outcomes }> {
    const all = await authenticating(talking('one'), options)
    await all.reply(begun)
    await all.reply(goOn('', lifetimeMs))
    expect(all.connection.state).toBe('ready')
    return { ...all, told: new Outcomes() }
  }

  test('before the session ends: stops, lets answers come, authenticates on the same connection, goes on', async () => {
    const { stage, connection, told, story } = await withSession(100_000, { requestTimeout: 60_000 })
    const { stream } = stage
    connection.on('sasl', stage_ => told.all.push(stage_))
    stage.clock.advance(84_000)
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stream.take()
    stage.clock.advance(11_000)
    await stage.settle()
    expect([connection.writable, connection.state]).toEqual([false, 'ready'])
    connection.send(pingApi, 'b', told.of('b'))
    expect(stream.take()).toEqual([])
    stream.receive(pong(a!))
    await stage.settle()
    for (const reply of [begun, goOn('', 100_000)]) {
      const [asked] = stream.take()
      expect([17, 36]).toContain(asked!.key)
      stream.receive(answer(asked!.correlationId, reply))
      // oxlint-disable-next-line no-await-in-loop -- one message after another
      await stage.settle()
    }
    const [b] = stream.take()
    expect(pinged(b!)).toBe('b')
    stream.receive(pong(b!))
    expect(told.take()).toEqual(['a: pong', 'authentication:extended', 'b: pong'])
    expect(story).toEqual(['negotiating', 'authenticating', 'ready', 'authenticating', 'ready'])
    expect(stage.streams).toHaveLength(1)
  })

  test('drain is told when it is over, also to those who only looked', async () => {
    const { stage, connection, told } = await withSession(10_000)
    connection.on('drain', told.note('drain'))
    stage.clock.advance(9500)
    await stage.settle()
    expect([connection.state, connection.writable]).toEqual(['authenticating', false])
    for (const reply of [begun, goOn('', 10_000)]) {
      stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, reply))
      // oxlint-disable-next-line no-await-in-loop -- one message after another
      await stage.settle()
    }
    expect([connection.writable, told.take()]).toEqual([true, ['drain']])
  })

  test('begins so much earlier that requests as slow as the slowest are answered before the session ends', async () => {
    const { stage, connection } = await withSession(10_000, { requestTimeout: 60_000 })
    connection.send(pingApi, 'a', () => {})
    stage.clock.advance(2000)
    stage.stream.receive(pong(stage.stream.take()[0]!))
    stage.clock.advance(4500)
    await stage.settle()
    expect([connection.writable, connection.state]).toEqual([true, 'ready'])
    stage.clock.advance(1000)
    await stage.settle()
    expect(connection.state).toBe('authenticating')
  })

  test('begins in the second half of the session, whatever the requests and the credentials take', async () => {
    const { stage, connection } = await withSession(10_000, { requestTimeout: 60_000 })
    stage.clock.advance(1)
    connection.send(pingApi, 'a', () => {})
    stage.clock.advance(4900)
    stage.stream.receive(pong(stage.stream.take()[0]!))
    await stage.settle()
    expect(connection.state).toBe('ready')
    stage.clock.advance(99)
    await stage.settle()
    expect(connection.state).toBe('authenticating')
  })

  test('begins earlier by as long as the credentials took', async () => {
    let tookMs = 3000
    const stage = new Stage()
    const slow: SaslMechanism = {
      name: 'TEST',
      async *authenticate() {
        await new Promise<void>(resolve => void stage.clock.after(tookMs, resolve))
        yield Buffer.from('one')
      }
    }
    const connection = stage.connection({ sasl: slow, connectTimeout: 10_000 })
    stage.negotiate()
    await stage.settle()
    stage.clock.advance(3000)
    await stage.settle()
    for (const reply of [begun, goOn('', 10_000)]) {
      stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, reply))
      // oxlint-disable-next-line no-await-in-loop -- one message after another
      await stage.settle()
    }
    expect(connection.state).toBe('ready')
    tookMs = 0
    stage.clock.advance(5400)
    await stage.settle()
    expect(connection.state).toBe('ready')
    stage.clock.advance(1100)
    await stage.settle()
    expect(connection.state).toBe('authenticating')
  })

  test('is not done for a session without an end', async () => {
    const { stage } = await withSession(0)
    stage.clock.advance(1000)
    expect(stage.clock.pendingTimers).toBe(0)
  })

  test('credentials that cannot be had cost nothing: what was accepted is finished first, then it closes', async () => {
    let calls = 0
    const mechanism: SaslMechanism = {
      name: 'TEST',
      async *authenticate() {
        if (++calls > 1) throw new Error('vault is sealed')
        yield Buffer.from('one')
      }
    }
    const { stage, connection, reply, error } = await authenticating(mechanism, { requestTimeout: 60_000 })
    const told = new Outcomes()
    await reply(begun)
    await reply(goOn('', 10_000))
    connection.send(pingApi, 'a', told.of('a'))
    const [a] = stage.stream.take()
    stage.clock.advance(9500)
    await stage.settle()
    expect(connection.state).toBe('draining')
    stage.stream.receive(pong(a!))
    await stage.settle()
    expect(told.take()).toEqual(['a: pong'])
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
  })

  test('a refusal closes the connection; what waits was not sent', async () => {
    const { stage, connection, error, told } = await withSession(10_000)
    stage.clock.advance(9500)
    await stage.settle()
    connection.send(pingApi, 'a', told.of('a'))
    const [asked] = stage.stream.take()
    stage.stream.receive(answer(asked!.correlationId, int16(33), int32(0)))
    await stage.settle()
    expect(told.take()).toEqual(['a: KAFKA_AUTHENTICATION'])
    expect(error()).toMatchObject({ code: 'KAFKA_AUTHENTICATION' })
  })

  test('a broker that does not answer is given up', async () => {
    const { stage, connection, error } = await withSession(10_000)
    stage.clock.advance(9500)
    await stage.settle()
    expect(connection.state).toBe('authenticating')
    stage.clock.advance(1000)
    await stage.settle()
    expect(error()).toMatchObject({ code: 'KAFKA_TIMEOUT' })
  })

  /** Authenticates well the first time, then hangs where it is told to. */
  function hanging(at: 'credentials' | 'second message'): SaslMechanism {
    let calls = 0
    return {
      name: 'TEST',
      async *authenticate() {
        const again = ++calls > 1
        if (again && at === 'credentials') await new Promise(() => {})
        yield Buffer.from('one')
        if (again) await new Promise(() => {})
      }
    }
  }

  test('credentials that never come end the session in good order when their time is over', async () => {
    const { stage, connection, reply, error } = await authenticating(hanging('credentials'))
    await reply(begun)
    await reply(goOn('', 10_000))
    stage.clock.advance(9500)
    await stage.settle()
    expect([connection.state, connection.writable]).toEqual(['ready', true])
    stage.clock.advance(1000)
    await stage.settle()
    expect([connection.state, error()?.code]).toEqual(['closed', 'KAFKA_TIMEOUT'])
  })

  test('a mechanism that hangs in the middle is given up', async () => {
    const { stage, connection, reply, error } = await authenticating(hanging('second message'))
    await reply(begun)
    await reply(goOn('', 10_000))
    stage.clock.advance(9500)
    for (const answered of [begun, goOn('', 10_000)]) {
      // oxlint-disable-next-line no-await-in-loop -- one message after another
      await stage.settle()
      stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, answered))
    }
    await stage.settle()
    expect(connection.state).toBe('authenticating')
    stage.clock.advance(1000)
    await stage.settle()
    expect([connection.state, error()?.code]).toEqual(['closed', 'KAFKA_TIMEOUT'])
  })

  test('a connection that breaks while it waits for the last answers ends the mechanism as well', async () => {
    const { stage, connection, mechanism } = await withSession(10_000, { requestTimeout: 60_000 })
    connection.send(pingApi, 'a', () => {})
    stage.clock.advance(9500)
    await stage.settle()
    expect([connection.state, connection.writable, mechanism.returned]).toEqual(['ready', false, 1])
    stage.stream.break()
    await stage.settle()
    expect([connection.state, mechanism.returned, stage.clock.pendingTimers]).toEqual(['closed', 2, 0])
  })

  test('does not begin while the broker wants silence', async () => {
    const { stage, connection } = await withSession(10_000)
    stage.clock.advance(8000)
    connection.send(pingApi, 'a', () => {})
    stage.stream.receive(pong(stage.stream.take()[0]!, 'x', 1800))
    stage.clock.advance(1700)
    await stage.settle()
    expect([connection.state, stage.stream.take()]).toEqual(['ready', []])
    stage.clock.advance(100)
    await stage.settle()
    expect([connection.state, stage.stream.take().length]).toEqual(['authenticating', 1])
  })

  test('close meanwhile lets it end, finishes what was accepted, and closes', async () => {
    const { stage, connection, told, error } = await withSession(10_000)
    stage.clock.advance(9500)
    await stage.settle()
    connection.send(pingApi, 'a', told.of('a'))
    connection.close(told.of('closed'))
    expect(connection.state).toBe('draining')
    for (const reply of [begun, goOn('', 10_000)]) {
      const [asked] = stage.stream.take()
      stage.stream.receive(answer(asked!.correlationId, reply))
      // oxlint-disable-next-line no-await-in-loop -- one message after another
      await stage.settle()
    }
    const [a] = stage.stream.take()
    stage.stream.receive(pong(a!))
    await stage.settle()
    expect(told.take()).toEqual(['a: pong', 'closed: done'])
    expect([error(), stage.clock.pendingTimers]).toEqual([null, 0])
  })
})

test('handshake > a broker that closes before it answers anything may want SASL', () => {
  const stage = new Stage()
  const connection = stage.ready()
  let error: KafkaError | null = null
  connection.on('close', cause => (error = cause))
  stage.stream.break()
  expect(error).toMatchObject({ problem: 'closed' })
  expect(String(error)).toMatch(/set the sasl option/)
  expect(pingKey).toBe(pingApi.key)
})
