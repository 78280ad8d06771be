// TLS, over a TCP connection or over any duplex stream.
import { isIP } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { BrokerAddress, Transport } from '@sluice/core'
import { whenMade, type DuplexTransport } from './duplex.ts'
import { DuplexStream } from './duplex-stream.ts'
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
        const stream = connectTls({ ...given(options), ...identity(address, serverName), socket: carrier })
        byteStream.attach({ stream, reset: resetOf(carrier), openEvent: 'secureConnect' })
      })
      return byteStream
    }
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
