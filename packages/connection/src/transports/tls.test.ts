// TLS over loopback, and what a pool says when TLS and the broker do not agree.
import { mkdtempSync, readFileSync } from 'node:fs'
import {
  connect as connectSocket,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket
} from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { inspect } from 'node:util'
import { ClosedError, isKafkaError, type KafkaError } from '@sluice/core'
import { afterEach, describe, expect, test } from 'vitest'
import { ConnectionPool, duplex, tcp, tls, type Connection, type ConnectionPoolOptions } from '../index.ts'

const cert = readFileSync(new URL('../../test/certs/cert.pem', import.meta.url))
const key = readFileSync(new URL('../../test/certs/key.pem', import.meta.url))

const servers: Server[] = []
const sockets: Socket[] = []
const pools: ConnectionPool[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
  await Promise.all(pools.splice(0).map(pool => pool.close()))
})

function keep(socket: Socket): Socket {
  sockets.push(socket)
  return socket.on('error', () => {})
}

function port(server: Server): Promise<number> {
  servers.push(server)
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** Answers ApiVersions in every version, in the form of version 0, saying that nothing else is there. */
function answerVersions(socket: Socket): void {
  keep(socket).on('data', request => {
    const reply = Buffer.alloc(4 + 4 + 2 + 4)
    reply.writeInt32BE(reply.length - 4, 0)
    request.copy(reply, 4, 8, 12)
    reply.writeInt16BE(request.readInt16BE(6) === 0 ? 0 : 35, 8)
    socket.write(reply)
  })
}

function tlsBroker(options: TlsOptions = {}, onSecure: (socket: TLSSocket) => void = answerVersions): Promise<number> {
  return port(createTlsServer({ key, cert, ...options }, onSecure).on('connection', keep))
}

function plainBroker(onSocket: (socket: Socket) => void = answerVersions): Promise<number> {
  return port(createTcpServer(socket => onSocket(keep(socket))))
}

/** Connects; gives the connection, or the error. */
function attempt(toPort: number, options: ConnectionPoolOptions, host = 'localhost'): Promise<Connection | KafkaError> {
  const pool = new ConnectionPool({ connectTimeout: 5000, ...options })
  pools.push(pool)
  return new Promise(resolve => {
    pool.acquire({ host, port: toPort }, 'control', (...[error, connection]) =>
      resolve(error === null ? connection : error)
    )
  })
}

async function problemOf(outcome: Promise<Connection | KafkaError>): Promise<string> {
  const error = await outcome
  if (!isKafkaError(error, 'KAFKA_CONNECTION')) return 'another outcome'
  return `${error.problem}: ${error.message}`
}

async function stateOf(outcome: Promise<Connection | KafkaError>): Promise<string> {
  const connection = await outcome
  return 'state' in connection ? connection.state : connection.message
}

describe('tls', () => {
  test('connects to a broker whose certificate it can trust', async () => {
    expect(await stateOf(attempt(await tlsBroker(), { tls: { ca: cert } }))).toBe('ready')
  })

  test('asks for the options anew for each connection', async () => {
    let asked = 0
    const options = (): { ca: Buffer } => {
      asked++
      return { ca: cert }
    }
    const toPort = await tlsBroker()
    await attempt(toPort, { tls: options })
    await attempt(toPort, { ssl: options })
    expect(asked).toBeGreaterThanOrEqual(2)
  })

  test('names the host by SNI, never an address; another name or none on request', async () => {
    const names: (string | false | null)[] = []
    const toPort = await tlsBroker({}, socket => {
      names.push(socket.servername)
      answerVersions(socket)
    })
    await attempt(toPort, { tls: { ca: cert } })
    await attempt(toPort, { tls: { ca: cert } }, '127.0.0.1')
    await attempt(toPort, { tls: { ca: cert }, tlsServerName: 'kafka.example' })
    await attempt(toPort, { tls: { ca: cert }, tlsServerName: false })
    expect([...new Set(names.map(String))]).toEqual(['localhost', 'false', 'kafka.example'])
  })

  test('runs over any duplex stream', async () => {
    let opened = 0
    const open = duplex(address => {
      opened++
      return tcp().open({ ...address, ip: '127.0.0.1' })
    })
    const transport = tls({ ca: cert }, { over: open })
    expect(await stateOf(attempt(await tlsBroker(), { transport }))).toBe('ready')
    expect(opened).toBeGreaterThan(0)
  })

  test('a connection that is given up is reset, so that the broker forgets what it has not read', async () => {
    const toPort = await tlsBroker({}, answerVersions)
    const [broker] = servers
    const code = new Promise(resolve => {
      broker!.on('secureConnection', socket =>
        socket.on('error', (error: Error) => resolve(Reflect.get(error, 'code')))
      )
    })
    const connection = await attempt(toPort, { tls: { ca: cert } })
    if ('destroy' in connection) connection.destroy(new ClosedError('given up by the test'))
    expect(await code).toBe('ECONNRESET')
  })
})

/** Gives a connection up; what its pool says of the end. */
function givenUp(connection: Connection | KafkaError): Promise<string> {
  if (!('destroy' in connection)) return Promise.resolve(connection.message)
  return new Promise(resolve => {
    connection.on('close', cause => resolve(String(cause?.message)))
    connection.destroy(new ClosedError('given up by the test'))
  })
}

describe('tls > over a tunnel that the system cannot reset', () => {
  test('which is TLS itself: a connection that is given up closes, and so does the tunnel', async () => {
    const toPort = await tlsBroker()
    const proxy = await tlsBroker({}, client => {
      const onward = keep(connectSocket(toPort, '127.0.0.1'))
      keep(client).pipe(onward).pipe(client)
    })
    const tunnels: TLSSocket[] = []
    const open = duplex(() => {
      const tunnel = connectTls({ port: proxy, host: '127.0.0.1', servername: 'localhost', ca: cert })
      tunnels.push(tunnel)
      return tunnel
    })
    const connection = await attempt(9, { transport: tls({ ca: cert }, { over: open }) })
    expect(await givenUp(connection)).toBe('given up by the test')
    expect(tunnels.map(({ destroyed }) => destroyed)).toEqual([true])
  })

  test('which is a socket of this machine: a connection that is given up closes', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'sluice-')), 'broker')
    const server = createTlsServer({ key, cert }, answerVersions)
    servers.push(server)
    await new Promise<void>(resolve => void server.listen(path, resolve))
    const open = duplex(() => connectSocket(path))
    const connection = await attempt(9, { transport: tls({ ca: cert }, { over: open }) })
    expect(await givenUp(connection)).toBe('given up by the test')
  })
})

describe('tls > what goes wrong is told', () => {
  test('a certificate that nobody vouches for', async () => {
    expect(await problemOf(attempt(await tlsBroker(), { tls: true }))).toMatch(
      /^certificate: .*DEPTH_ZERO_SELF_SIGNED_CERT.*'ca'/
    )
  })

  test('a certificate for another name', async () => {
    const toPort = await tlsBroker()
    const outcome = attempt(toPort, { tls: { ca: cert }, tlsServerName: 'other.example' })
    expect(await problemOf(outcome)).toMatch(/^certificate: .*ALTNAME_INVALID.*tlsServerName/)
  })

  test('a broker that wants a certificate of the client', async () => {
    const toPort = await tlsBroker({ requestCert: true, ca: cert })
    expect(await problemOf(attempt(toPort, { tls: { ca: cert } }))).toMatch(/^certificate: .*'cert' and 'key'/)
  })

  test('TLS to a plaintext broker that answers', async () => {
    const toPort = await plainBroker(socket => socket.once('data', () => socket.write(Buffer.alloc(14))))
    expect(await problemOf(attempt(toPort, { tls: true }))).toMatch(/^tls-to-plaintext: .*leave the tls option out/)
  })

  test('TLS to a plaintext broker that closes, as Kafka does', async () => {
    const toPort = await plainBroker(socket => socket.once('data', () => socket.end()))
    expect(await problemOf(attempt(toPort, { tls: true }))).toMatch(/^tls-to-plaintext: .*leave the tls option out/)
  })

  test('plaintext to a TLS broker that just closes', async () => {
    expect(await problemOf(attempt(await tlsBroker(), {}))).toMatch(/^closed: .*set the tls option/)
  })

  test('plaintext to a TLS broker that sends an alert', async () => {
    const toPort = await plainBroker(socket =>
      socket.once('data', () => socket.end('\u0015\u0003\u0003\0\u0002\u0002P'))
    )
    expect(await problemOf(attempt(toPort, {}))).toMatch(/^plaintext-to-tls: /)
  })

  test('a web server', async () => {
    const toPort = await plainBroker(socket =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    )
    expect(await problemOf(attempt(toPort, {}))).toMatch(/^http: /)
  })

  test.each([
    ['a key that is none', { key: 'not a key' }, /^certificate: .*tls options cannot be used.*check ca, key and cert/],
    [
      'a certificate that is none',
      { cert: 'not a certificate', key },
      /^certificate: .*tls options cannot be used.*check ca, key and cert/
    ],
    [
      'files that are not there',
      () => {
        throw new Error('ENOENT: client.key')
      },
      /^certificate: .*tls options cannot be used: ENOENT: client\.key.*check/
    ]
  ])('options that cannot be used: %s', async (_, options, says) => {
    const carrier = connectSocket(await plainBroker(), '127.0.0.1')
    const outcome = attempt(9, { transport: tls(options, { over: duplex(() => carrier) }) })
    expect(await problemOf(outcome)).toMatch(says)
    // What TLS would have run over is not left behind, where its error would be an uncaught one.
    expect([carrier.destroyed, carrier.listenerCount('error')]).toEqual([true, 1])
  })

  const noOptions: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['a promise', () => Promise.resolve({ ca: cert }), /gave a promise: .*at once/],
    ['a promise that fails', () => Promise.reject(new Error('no such file')), /gave a promise: .*at once/],
    ['nothing', () => undefined, /gave undefined/],
    ['null', () => null, /gave null/],
    ['false', () => false, /gave a boolean/],
    ['a list', () => [{ ca: cert }], /gave an array/],
    ['a certificate without its name', () => 'certificate', /gave a string/]
  ]
  test.each(noOptions)(
    'a function that gives %s: no connection without the options that were meant',
    async (...row) => {
      const [, options, says] = row
      let opened = 0
      const over = duplex(() => {
        opened++
        return tcp().open({ host: 'localhost', port: toPort })
      })
      const toPort = await tlsBroker()
      // What a program without types may give.
      const transport = tls(options as () => true, { over })
      expect(await problemOf(attempt(9, { transport }))).toMatch(says)
      expect(await problemOf(attempt(9, { transport }))).toMatch(/^certificate: The tls options cannot be used/)
      expect(opened).toBeGreaterThan(0)
    }
  )

  test('a function may give true, for the defaults', async () => {
    expect(await problemOf(attempt(await tlsBroker(), { tls: () => true }))).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT/)
  })

  test.each([
    ['a promise', Promise.resolve({ ca: cert })],
    ['null', null],
    ['an array', [cert]],
    ['a string', 'certificate']
  ])('%s in place of options is refused at once', (what, options) => {
    // What a program without types may give.
    const given = options as ConnectionPoolOptions['tls']
    const refused = new RegExp(`tls must be .*, not ${what}$`)
    expect(() => tls(given)).toThrow(refused)
    expect(() => new ConnectionPool({ tls: given })).toThrow(refused)
  })

  test.each([
    ['a passphrase', { key, cert, passphrase: 271_828 }, /passphrase a number/],
    ['a passphrase of one key', { key: [{ pem: key, passphrase: 271_828 }], cert }, /key an array/]
  ])('%s that is not text is not shown', async (_what, wrong, says) => {
    const error = await attempt(await tlsBroker(), { tls: Object(wrong) })
    expect(inspect(error)).toMatch(says)
    expect(inspect(error)).not.toContain('271828')
  })

  test('nothing listening', async () => {
    const toPort = await plainBroker()
    for (const server of servers.splice(0)) server.close()
    expect(await problemOf(attempt(toPort, { tls: true }, '127.0.0.1'))).toMatch(/^refused: .*check host and port/)
  })
})
