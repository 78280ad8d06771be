// TLS, over a TCP connection or over any duplex stream.
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { BrokerAddress, Transport } from '@sluice/core'
import { checkOptions } from '../options.ts'
import { whenMade, type DuplexTransport } from './duplex.ts'
import { DuplexStream, type NodeStream } from './duplex-stream.ts'
import { resetOf, tcp } from './tcp.ts'
import { optionsNow, refusedOptions, tlsRule, type TlsOption, type TlsOptions } from './tls-options.ts'

export interface TlsTransportOptions {
  /** What TLS runs over; TCP by default. */
  readonly over?: DuplexTransport | undefined
  /** SNI: the broker's host by default (never an IP address); a name in its place, or false for none. */
  readonly serverName?: string | false | undefined
}

/** @throws InvalidArgumentError */
export function tls(options: TlsOption = true, { over = tcp(), serverName }: TlsTransportOptions = {}): Transport {
  checkOptions({ tls: tlsRule }, { tls: options })
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

/** @throws ConnectionError for a key or certificate that is none, and when the user's function gives no options */
function secured(carrier: NodeStream, option: TlsOption, named: TlsOptions): TLSSocket {
  const options = optionsNow(option)
  try {
    // Loaded when it is first used: it takes megabytes, and many programs have no use for it.
    return process.getBuiltinModule('node:tls').connect({ ...options, ...named, socket: carrier })
  } catch (cause) {
    throw refusedOptions(options, cause)
  }
}

/** The certificate is judged by the name that SNI asks for, and by the host where it asks for none. */
function identity(address: BrokerAddress, serverName: string | false | undefined): TlsOptions {
  const { host } = address
  if (serverName === false || (serverName === undefined && isIP(host) !== 0)) return { host }
  return { host, servername: serverName ?? host }
}
