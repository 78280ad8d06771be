// Every transport of the package passes the compliance suite of transports.
// oxlint-disable vitest/valid-title, vitest/expect-expect -- the cases name themselves and assert by themselves
import { readFileSync } from 'node:fs'
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls'
import {
  tcpListening,
  transportCompliance,
  type AcceptStream,
  type Listening,
  type TransportSetup
} from '@sluice/testing'
import { describe, it } from 'vitest'
import { duplex, tcp, tls } from '../index.ts'

const cert = readFileSync(new URL('../../test/certs/cert.pem', import.meta.url))
const key = readFileSync(new URL('../../test/certs/key.pem', import.meta.url))

const context = createSecureContext({ cert, key })

const secured = (raw: Duplex): TLSSocket => new TLSSocket(raw, { isServer: true, secureContext: context })

/** @param layers TLS in TLS, as where a proxy is spoken to by TLS */
const tlsListening = (layers = 1): Listening => ({
  listen: (host, port, accept, callback) => {
    const server = createServer(raw => serve(raw, layers, accept))
    server.listen(port, host, () => {
      // A server that listens on a port has such an address.
      const address = server.address() as AddressInfo
      callback(null, { port: address.port, close: done => void server.close(() => done()) })
    })
  }
})

function serve(raw: Socket, layers: number, accept: AcceptStream): void {
  let socket = secured(raw)
  for (let layer = 1; layer < layers; layer++) socket = secured(socket)
  let cause: Error | null = null
  const events = accept({
    write: (segments, onFlushed) => socket.write(Buffer.concat(segments), error => void (error || onFlushed())),
    destroy: reason => void socket.destroy(reason),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => socket.destroySoon(),
    reset: () => void raw.resetAndDestroy()
  })
  socket.on('data', chunk => events.onData(chunk))
  socket.on('drain', () => events.onDrain())
  socket.on('error', error => {
    cause = error
  })
  socket.on('close', () => events.onClose(cause))
}

const setups: readonly (readonly [name: string, setup: TransportSetup])[] = [
  ['tcp()', { transport: tcp(), listening: tcpListening }],
  ['tls()', { transport: tls({ ca: cert }), listening: tlsListening(), host: 'localhost' }],
  ['tls() over tcp()', { transport: tls({ ca: cert }, { over: tcp() }), listening: tlsListening(), host: 'localhost' }],
  [
    'tls() over a tunnel of TLS',
    {
      transport: tls({ ca: cert }, { over: duplex(({ host, port }) => connectTls({ host, port, ca: cert })) }),
      listening: tlsListening(2),
      host: 'localhost'
    }
  ],
  [
    'duplex() over an opening socket',
    { transport: duplex(({ host, port }) => connectSocket({ host, port })), listening: tcpListening }
  ],
  [
    'duplex() that opens later',
    {
      transport: duplex(async ({ host, port }) => {
        await Promise.resolve()
        return connectSocket({ host, port })
      }),
      listening: tcpListening
    }
  ]
]

describe.each(setups)('%s', (_name, setup) => {
  for (const { name, run } of transportCompliance) it(name, () => run(setup))
})
