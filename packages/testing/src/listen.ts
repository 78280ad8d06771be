// Listens on TCP sockets of this machine: the only room here that knows node:net.
import { ConnectionError, type StreamEvents } from '@sluice/core'
import { createServer, type Socket } from 'node:net'
import type { Listening, ServerStream } from './server-stream.ts'

export const tcpListening: Listening = {
  listen: (host, port, accept, callback) => {
    const server = createServer({ noDelay: true }, socket => serve(socket, accept))
    server.once('error', cause => {
      callback(new ConnectionError(`Cannot listen on ${host}:${port}: ${cause.message}`, { cause }), undefined)
    })
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      const address = server.address()
      const actual = typeof address === 'object' && address !== null ? address.port : port
      callback(null, { port: actual, close: done => void server.close(() => done()) })
    })
  }
}

function serve(socket: Socket, accept: (stream: ServerStream) => StreamEvents): void {
  let cause: Error | null = null
  const events = accept({
    write: (segments, onFlushed) => write(socket, segments, onFlushed),
    destroy: reason => void socket.destroy(reason),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => socket.destroySoon(),
    reset: () => void socket.resetAndDestroy(),
    ref: () => void socket.ref(),
    unref: () => void socket.unref()
  })
  socket.on('data', chunk => events.onData(chunk))
  socket.on('drain', () => events.onDrain())
  socket.on('error', error => {
    cause = error
  })
  socket.on('close', () => events.onClose(cause))
}

function write(socket: Socket, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
  if (socket.destroyed) return false
  const last = segments.length - 1
  if (last > 0) socket.cork()
  let writable = true
  for (let index = 0; index <= last; index++) {
    writable = socket.write(segments[index]!, index === last ? error => void (error || onFlushed()) : undefined)
  }
  if (last > 0) socket.uncork()
  return writable
}
