// A plain TCP socket as a transport: the whole contract, by hand.
import type { BrokerAddress, ByteStream, StreamEvents, Transport } from '@sluice/core'
import { connect as connectSocket, type Socket } from 'node:net'

export function socketTransport(): Transport {
  return { connect }
}

// Sockets tell everything in a later turn, so no event comes before this has returned.
function connect({ host, ip, port }: BrokerAddress, events: StreamEvents): ByteStream {
  const socket = connectSocket({ host: ip ?? host, port, noDelay: true })
  let cause: Error | null = null
  socket.on('connect', () => events.onOpen())
  socket.on('data', chunk => {
    if (!socket.destroyed) events.onData(chunk)
  })
  socket.on('drain', () => events.onDrain())
  // The peer will say no more, and a client has nothing to say to nobody.
  socket.on('end', () => socket.destroy())
  socket.on('error', error => {
    cause ??= error
  })
  socket.on('close', () => events.onClose(cause))
  return {
    write: (segments, onFlushed) => write(socket, segments, onFlushed),
    destroy: reason => {
      if (!socket.destroyed) cause ??= reason ?? null
      socket.destroy()
    },
    ref: () => void socket.ref(),
    unref: () => void socket.unref()
  }
}

function write(socket: Socket, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
  const last = segments.length - 1
  let room = true
  socket.cork()
  for (const [index, segment] of segments.entries()) {
    // Of a frame that was cut off by the end, `onClose` tells; not `onFlushed`.
    const flushed = (error?: Error | null): void => void (error || socket.destroyed || onFlushed())
    room = index === last ? socket.write(segment, flushed) : socket.write(segment)
  }
  socket.uncork()
  return room
}
