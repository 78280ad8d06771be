// From nothing to ready: addresses, negotiation, time limits, and what is said when it fails.
import { ConnectionError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { attempt } from './beginnings.ts'
import {
  allVersions,
  answer,
  int32,
  Outcomes,
  pingApi,
  pinged,
  Stage,
  versionsV0,
  versionsV3,
  type Versions
} from './stage.ts'

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

  test('the silence that one address asks for is not kept at another', () => {
    const { stage, connection } = attempt(new Stage(names))
    connection.send(pingApi, 'a', () => {})
    stage.stream.open()
    stage.stream.receive(answer(stage.stream.take()[0]!.correlationId, versionsV3({}, 900, -1)))
    stage.negotiate()
    expect([tried(stage), stage.stream.take().map(pinged)]).toEqual([['10.0.0.1', '10.0.0.2'], ['a']])
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

  test('a failure in the words of a transport of somebody else is told in ours, with it as the cause', () => {
    const failure = new Error('the service registry is away')
    const { error } = attempt(new Stage({ 'kafka-1': failure }))
    expect(error()).toMatchObject({ code: 'KAFKA_CONNECTION', problem: 'unresolvable', cause: failure })
    expect(error()?.message).toBe('kafka-1 cannot be resolved: the service registry is away')
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
