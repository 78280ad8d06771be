// Any duplex stream as a transport: a proxy's tunnel, a pipe, a stream that a test made.
import type { BrokerAddress, ByteStream, StreamEvents, Transport } from '@sluice/core'
import { DuplexStream, type NodeStream } from './duplex-stream.ts'

/** A transport whose streams are Node streams, so that TLS can run over them. */
export interface DuplexTransport extends Transport {
  open(address: BrokerAddress): NodeStream | Promise<NodeStream>
}

/** @param open gives a stream to the broker, open or a socket that is still connecting; called per connection */
export function duplex(open: (address: BrokerAddress) => NodeStream | Promise<NodeStream>): DuplexTransport {
  return { open, connect: (address, events) => connect(open, address, events) }
}

function connect(open: DuplexTransport['open'], address: BrokerAddress, events: StreamEvents): ByteStream {
  const byteStream = new DuplexStream(events)
  whenMade(open, address, byteStream, stream => byteStream.attach({ stream, ...opening(stream) }))
  return byteStream
}

/** Calls `use` with the stream once it exists; not if the byte stream was destroyed meanwhile. */
export function whenMade(
  open: DuplexTransport['open'],
  address: BrokerAddress,
  byteStream: DuplexStream,
  use: (stream: NodeStream) => void
): void {
  Promise.resolve()
    .then(() => open(address))
    .then(stream => {
      if (!byteStream.destroyed) return use(stream)
      // Nobody listens any more; an error must not become an uncaught one.
      stream.on('error', () => {})
      stream.destroy()
    })
    .catch((cause: unknown) => {
      byteStream.fail(cause instanceof Error ? cause : new Error(`The stream could not be opened: ${String(cause)}`))
    })
}

export function opening(stream: NodeStream): { openEvent?: 'connect' | 'secureConnect' } {
  if (stream.secureConnecting === true) return { openEvent: 'secureConnect' }
  return stream.connecting === true ? { openEvent: 'connect' } : {}
}
