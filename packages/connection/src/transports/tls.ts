// TLS, over a TCP connection or over any duplex stream.
import { isIP } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { ConnectionError, reasonOf, type BrokerAddress, type Transport } from '@sluice/core'
import { whenMade, type DuplexTransport } from './duplex.ts'
import { DuplexStream, type NodeStream } from './duplex-stream.ts'
import { resetOf, tcp } from './tcp.ts'

export type TlsOptions = ConnectionOptions
/** A function is called for each connection, so that certificates may be renewed. */
export type TlsOption = TlsOptions | boolean | (() => TlsOptions)

export interface TlsTransportOptions {
  /** What TLS runs over; TCP by default. */
  readonly over?: DuplexTransport | undefined
  /** SNI: the broker's host by default (never an IP address); a name in its place, or false for none. */
  readonly serverName?: string | false | undefined
}

export function tls(options: TlsOption = true, { over = tcp(), serverName }: TlsTransportOptions = {}): Transport {
  return {
    ...(over.resolve === undefined ? {} : { resolve: (host, callback) => over.resolve!(host, callback) }),
    connect: (address, events) => {
      const byteStream = new DuplexStream(events)
      void whenMade(over.open, address, byteStream, carrier => {
        const stream = secured(carrier, options, identity(address, serverName))
        byteStream.attach({ stream, reset: resetOf(carrier), openEvent: 'secureConnect' })
      })
      return byteStream
    }
  }
}

/** @throws ConnectionError for a key or certificate that is none, and when the user's function throws */
function secured(carrier: NodeStream, options: TlsOption, named: TlsOptions): TLSSocket {
  try {
    // Loaded when it is first used: it takes megabytes, and many programs have no use for it.
    return process.getBuiltinModule('node:tls').connect({ ...given(options), ...named, socket: carrier })
  } catch (cause) {
    const why = reasonOf(cause)
    const message = `The tls options cannot be used: ${why}: check ca, key and cert, and what gives them`
    throw new ConnectionError(message, { problem: 'certificate', cause })
  }
}

function given(options: TlsOption): TlsOptions {
  if (typeof options === 'function') return options()
  return typeof options === 'boolean' ? {} : options
}

/** The certificate is judged by the name that SNI asks for, and by the host where it asks for none. */
function identity(address: BrokerAddress, serverName: string | false | undefined): TlsOptions {
  const { host } = address
  if (serverName === false || (serverName === undefined && isIP(host) !== 0)) return { host }
  return { host, servername: serverName ?? host }
}
