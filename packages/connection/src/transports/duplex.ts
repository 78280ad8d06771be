// Any duplex stream as a transport: a proxy's tunnel, a pipe, a stream that a test made.
import { reasonOf, type BrokerAddress, type ByteStream, type StreamEvents, type Transport } from '@sluice/core'
import { rules } from '../options.ts'
import { DuplexStream, type NodeStream } from './duplex-stream.ts'

/** An open stream, or a socket that is still connecting. Called per connection. */
export type OpenDuplex = (address: BrokerAddress) => NodeStream | Promise<NodeStream>

/** A transport whose streams are Node streams, so that TLS can run over them. */
export interface DuplexTransport extends Transport {
  readonly open: OpenDuplex
}

export function duplex(open: OpenDuplex): DuplexTransport {
  return { open, connect: (address, events) => connect(open, address, events) }
}

function connect(open: OpenDuplex, address: BrokerAddress, events: StreamEvents): ByteStream {
  const byteStream = new DuplexStream(events)
  void whenMade(open, address, byteStream, stream => {
    // Story: a tunnel calls back when it has queued a chunk. The next request was written into the same memory, went out twice,
    // and the first one never.
    byteStream.attach({ stream, keepsChunks: true, ...opening(stream) })
  })
  return byteStream
}

/** Calls `use` with the stream once it exists; not if the byte stream was destroyed meanwhile. Never rejects. */
export async function whenMade(
  open: OpenDuplex,
  address: BrokerAddress,
  byteStream: DuplexStream,
  use: (stream: NodeStream) => void
): Promise<void> {
  let stream: NodeStream | null = null
  try {
    const made: unknown = open(address)
    // What is wrong with it may come before `await` returns.
    if (isStream(made)) hush(made)
    const given = await made
    if (!isStream(given)) throw new Error(noStream)
    if (given !== made) hush(given)
    stream = given
    if (byteStream.destroyed) stream.destroy()
    else if (isOver(stream)) throw stream.errored ?? new Error('The tunnel is closed already')
    else use(stream)
  } catch (cause) {
    stream?.destroy()
    byteStream.fail(cause instanceof Error ? cause : new Error(`The stream could not be opened: ${reasonOf(cause)}`))
  }
}

const noStream = 'What opens the tunnel gave no stream of Node: it must give a Duplex, or a promise of one'

function isStream(given: unknown): given is NodeStream {
  return rules.object('', ['on', 'write', 'destroy']).holds(given)
}

/** What has said already that it ends or closes will not say it again. */
function isOver(stream: NodeStream): boolean {
  return stream.destroyed || stream.readableEnded
}

/** Until somebody listens, and when nobody does any more, an error must not become an uncaught one. */
function hush(stream: NodeStream): void {
  stream.on('error', () => {})
}

export function opening(stream: NodeStream): { openEvent?: 'connect' | 'secureConnect' } {
  if (stream.secureConnecting === true) return { openEvent: 'secureConnect' }
  return stream.connecting === true ? { openEvent: 'connect' } : {}
}
