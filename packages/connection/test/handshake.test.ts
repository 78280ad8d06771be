// From nothing to ready: addresses, negotiation, SASL, time limits, and what is said when it fails.
import { inspect } from 'node:util'
import { ConnectionError, type KafkaError, type SaslMechanism } from '@sluice/core'
import { saslAuthenticateApi } from '@sluice/protocol'
import { describe, expect, test } from 'vitest'
import type { BrokerConnection } from '../src/connection.ts'
import {
  allVersions,
  answer,
  int16,
  int32,
  int64,
  Outcomes,
  pingApi,
  pinged,
  pingKey,
  pong,
  Stage,
  text,
  versionsV0,
  versionsV3,
  type SeenRequest,
  type Versions
} from './stage.ts'

interface Attempt {
  readonly stage: Stage
  readonly connection: BrokerConnection
  /** States, `ready` and how it ended. */
  readonly story: string[]
  readonly error: () => KafkaError | null | undefined
}

function attempt(stage: Stage = new Stage(), options = {}): Attempt {
  const story: string[] = []
  const observer = { onConnection: ({ state }: { state: string }) => void story.push(state) }
  let error: KafkaError | null | undefined
  const connection = stage.connection({ observer, ...options }, made => made.on('close', cause => (error = cause)))
  return { stage, connection, story, error: () => error }
}

const ladder: Versions = { ...allVersions, 18: [0, 2] }

describe('handshake > negotiation', () => {
  test('asks with version 4 first and says who asks', () => {
    const { stage, story } = attempt()
    stage.stream.open()
    const [asked] = stage.stream.take()
    expect([asked!.key, asked!.version]).toEqual([18, 4])
    expect(asked!.frame.toString('latin1')).toContain('sluice')
    stage.stream.receive(answer(asked!.correlationId, versionsV3(allVersions)))
    expect(story).toEqual(['negotiating', 'ready'])
  })

  test('a broker that does not know version 4 says so in version 0, and is asked with what it knows', () => {
    const { stage, connection } = attempt()
    stage.stream.open()
    const [first] = stage.stream.take()
    stage.stream.receive(answer(first!.correlationId, versionsV0(35, ladder)))
    const [second] = stage.stream.take()
    expect(second!.version).toBe(2)
    stage.stream.receive(answer(second!.correlationId, versionsV0(0, ladder), int32(0)))
    expect(connection.state).toBe('ready')
  })

  test.each([
    ['without saying what it knows', versionsV0(35, {})],
    ['claiming to know the version it just refused', versionsV0(35, { 18: [0, 9] })],
    ['with a version that is none', versionsV0(35, { 18: [-1, -1] })],
    ['because it does not like the name of the client', versionsV3({}, 0, 42)]
  ])('a refusal %s leads to version 0', (_what, refusal) => {
    const { stage, connection } = attempt()
    stage.stream.open()
    const [first] = stage.stream.take()
    stage.stream.receive(answer(first!.correlationId, refusal, int32(0), [0]))
    const [second] = stage.stream.take()
    expect(second!.version).toBe(0)
    stage.stream.receive(answer(second!.correlationId, versionsV0(0, allVersions)))
    expect(connection.state).toBe('ready')
  })

  test('a broker that refuses version 0 too is given up: the ladder ends', () => {
    const { stage, error } = attempt()
    stage.stream.open()
    for (let step = 0; step < 2; step++) {
      const [asked] = stage.stream.take()
      stage.stream.receive(answer(asked!.correlationId, versionsV0(35, {})))
    }
    expect([error()?.code, stage.streams.length]).toEqual(['KAFKA_UNSUPPORTED_VERSION', 1])
  })

  test('a broker that closes when it sees version 4 is asked once more, with version 0, on a new connection', () => {
    const { stage, connection, story } = attempt()
    stage.stream.open()
    stage.stream.break()
    expect(stage.streams).toHaveLength(2)
    stage.stream.open()
    const [asked] = stage.stream.take()
    expect(asked!.version).toBe(0)
    stage.stream.receive(answer(asked!.correlationId, versionsV0(0, allVersions)))
    expect(connection.state).toBe('ready')
    expect(story).toEqual(['negotiating', 'connecting', 'negotiating', 'ready'])
  })

  test('if it closes again that is the end, and the error says what may be wrong', () => {
    const { stage, error } = attempt()
    stage.stream.open()
    stage.stream.break()
    stage.stream.open()
    stage.stream.break()
    expect(stage.streams).toHaveLength(2)
    expect(error()).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'closed' })
    expect(error()?.message).toMatch(/broker 1 at kafka-1:9092 .* set the tls option/)
  })

  test('a broker that is silent about version 4 is asked with version 0 when half of the time is over', () => {
    const { stage, connection } = attempt()
    stage.stream.open()
    stage.clock.advance(500)
    expect(stage.streams).toHaveLength(2)
    stage.stream.open()
    const [asked] = stage.stream.take()
    expect(asked!.version).toBe(0)
    stage.stream.receive(answer(asked!.correlationId, versionsV0(0, allVersions)))
    expect(connection.state).toBe('ready')
  })
})

describe('handshake > what answers is not a Kafka broker', () => {
  test.each([
    ['http', 'HTTP/1.1 400 Bad Request\r\n\r\n', /web server/],
    ['plaintext-to-tls', '\u0015\u0003\u0001\u0000\u0002\u0002\u0016', /tls option/]
  ])('%s is recognised, byte by byte too, and not asked again', (problem, reply, hint) => {
    const { stage, error } = attempt()
    stage.stream.open()
    stage.stream.receive(...Array.from(Buffer.from(reply, 'latin1'), byte => Buffer.of(byte)))
    expect(error()).toMatchObject({ code: 'KAFKA_CONNECTION', problem })
    expect(error()?.message).toMatch(hint)
    expect(stage.streams).toHaveLength(1)
  })

  test.each([
    ['refused', { code: 'ECONNREFUSED' }],
    ['tls-to-plaintext', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }],
    ['tls-to-plaintext', { code: 'ECONNRESET', host: 'kafka-1' }],
    ['certificate', { code: 'CERT_HAS_EXPIRED' }],
    ['certificate', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
    ['certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
    ['certificate', { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }],
    ['unresolvable', { code: 'ENOTFOUND' }],
    ['closed', { code: 'EHOSTUNREACH' }]
  ])('%s: %j is told as such, with the cause', (problem, properties) => {
    const { stage, error } = attempt()
    const cause = Object.assign(new Error('from below'), properties)
    stage.stream.close(cause)
    expect(error()).toMatchObject({ code: 'KAFKA_CONNECTION', problem, cause })
  })

  test.each([
    ['CERT_HAS_EXPIRED', /has a certificate that has expired \(CERT_HAS_EXPIRED\): it must be renewed/],
    [
      'CERT_NOT_YET_VALID',
      /has a certificate that is not valid yet \(CERT_NOT_YET_VALID\): compare this machine's clock/
    ],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /has a certificate for another name \(ERR_TLS.*\): connect by a name/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /has a certificate that is not trusted \(DEPTH.*\): .*'ca'/]
  ])('%s: what is wrong with the certificate is said in words', (code, says) => {
    const { stage, error } = attempt()
    stage.stream.close(Object.assign(new Error('from below'), { code }))
    expect(error()?.message).toMatch(says)
  })
})

describe('handshake > addresses', () => {
  const names = { 'kafka-1': ['10.0.0.1', '10.0.0.2', '10.0.0.3'] }
  const tried = (stage: Stage): (string | undefined)[] => stage.streams.map(stream => stream.address.ip)

  test('tries every address of a name', () => {
    const { stage, connection } = attempt(new Stage(names))
    stage.stream.break('ECONNREFUSED')
    stage.stream.break('ECONNREFUSED')
    stage.negotiate()
    expect([tried(stage), connection.state]).toEqual([['10.0.0.1', '10.0.0.2', '10.0.0.3'], 'ready'])
  })

  test('an address that hangs leaves time for the others', () => {
    const { stage, connection } = attempt(new Stage(names), { connectTimeout: 3000 })
    stage.clock.advance(1000)
    expect(tried(stage)).toEqual(['10.0.0.1', '10.0.0.2'])
    stage.negotiate()
    expect(connection.state).toBe('ready')
  })

  test('fails with the error that tells most when all have failed', () => {
    const { stage, error } = attempt(new Stage(names))
    stage.stream.break('ECONNREFUSED')
    stage.stream.break('CERT_HAS_EXPIRED')
    stage.stream.break('ECONNREFUSED')
    expect(error()).toMatchObject({ problem: 'certificate' })
    expect(error()?.message).toContain('kafka-1:9092 (10.0.0.2)')
  })

  test('closed while the name is being resolved it opens nothing', () => {
    const stage = new Stage(names)
    const told = new Outcomes()
    stage.connection({}, made => made.close(told.of('closed')))
    stage.clock.advance(2000)
    expect([stage.streams, told.take(), stage.clock.pendingTimers]).toEqual([[], ['closed: done'], 0])
  })

  test('closed meanwhile it tries no other', () => {
    const { stage, connection } = attempt(new Stage(names))
    connection.close(() => {})
    stage.clock.advance(2000)
    expect([tried(stage), connection.state]).toEqual([['10.0.0.1'], 'closed'])
  })

  test('a refusal that every address would repeat ends the attempt', () => {
    const { stage, error } = attempt(new Stage(names))
    stage.stream.open()
    for (let step = 0; step < 2; step++) {
      stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, versionsV0(35, {})))
    }
    expect([error()?.code, tried(stage)]).toEqual(['KAFKA_UNSUPPORTED_VERSION', ['10.0.0.1']])
  })

  test('a name that cannot be resolved is told as it was', () => {
    const failure = new ConnectionError('no such name', { problem: 'unresolvable' })
    const { error } = attempt(new Stage({ 'kafka-1': failure }))
    expect(error()).toBe(failure)
  })

  test('a name without addresses is unresolvable', () => {
    const { error } = attempt(new Stage({ 'kafka-1': [] }))
    expect(error()).toMatchObject({ problem: 'unresolvable' })
  })
})

describe('handshake > time', () => {
  test.each([
    ['connecting', /did not take the connection/, () => {}],
    ['negotiating', /ApiVersions/, (stage: Stage) => stage.stream.open()]
  ] as const)('connectTimeout covers %s', (_state, message, act) => {
    const { stage, error } = attempt()
    act(stage)
    stage.clock.advance(500)
    act(stage)
    stage.clock.advance(499)
    expect(error()).toBeUndefined()
    stage.clock.advance(1)
    expect(error()).toMatchObject({ code: 'KAFKA_TIMEOUT', operation: 'connect', limitMs: 1000 })
    expect(error()?.message).toMatch(message)
    expect(stage.clock.pendingTimers).toBe(0)
  })

  test('a stalled event loop makes no false timeout: the answer in the kernel counts', () => {
    const { stage, connection } = attempt()
    const { stream } = stage
    stream.open()
    const [asked] = stream.take()
    stage.clock.pollWith([() => stream.events.onData(answer(asked!.correlationId, versionsV3(allVersions)))])
    stage.clock.advance(1000)
    expect(connection.state).toBe('ready')
  })

  test('nor does it take from the broker the time to answer what could only be asked behind it', () => {
    const { stage, connection, error } = attempt()
    const { stream } = stage
    stage.clock.advance(999)
    stage.clock.stall(40_000)
    stage.clock.advance(1)
    stream.open()
    const [asked] = stream.take()
    stage.clock.advance(20)
    stream.receive(answer(asked!.correlationId, versionsV3(allVersions)))
    expect([connection.state, error()]).toEqual(['ready', undefined])
  })

  test('a broker that does not answer behind a stall is given up all the same, a second later', () => {
    const { stage, error } = attempt()
    stage.stream.open()
    stage.clock.stall(40_000)
    stage.clock.advance(1000)
    expect(error()).toBeUndefined()
    stage.clock.advance(1000)
    expect(error()).toMatchObject({ code: 'KAFKA_TIMEOUT', operation: 'connect', limitMs: 1000 })
  })
})

/** A mechanism that sends these texts and expects nothing in particular. */
function talking(...texts: string[]): SaslMechanism & { heard: string[]; returned: number } {
  const mechanism = {
    name: 'TEST',
    heard: [] as string[],
    returned: 0,
    async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
      try {
        for (const message of texts) mechanism.heard.push(Buffer.from(yield Buffer.from(message)).toString())
      } finally {
        mechanism.returned++
      }
    }
  }
  return mechanism
}

interface Authenticating extends Attempt {
  readonly mechanism: ReturnType<typeof talking>
  /** The newest request of SASL. */
  readonly asked: () => SeenRequest
  readonly reply: (...parts: (Buffer | number[])[]) => Promise<void>
}

async function authenticating(mechanism: SaslMechanism = talking('one', 'two'), options = {}): Promise<Authenticating> {
  const all = attempt(new Stage(), { sasl: mechanism, ...options })
  const { stage } = all
  stage.negotiate()
  await stage.settle()
  let asked = stage.stream.take()[0]!
  return {
    ...all,
    mechanism: mechanism as ReturnType<typeof talking>,
    asked: () => asked,
    reply: async (...parts) => {
      stage.stream.receive(answer(asked.correlationId, ...parts))
      await stage.settle()
      asked = stage.stream.take()[0] ?? asked
    }
  }
}

const goOn = (reply: string, lifetimeMs = 0): Buffer =>
  Buffer.concat([int16(0), Buffer.from([0xff, 0xff]), int32(reply.length), Buffer.from(reply), int64(lifetimeMs)])
const begun = Buffer.concat([int16(0), int32(1), text('TEST')])

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
