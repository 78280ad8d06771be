// The client's side of the network: every byte that it hands over or is given is heard, and comes through its event loop.
import type { StreamEvents, Transport } from '@sluice/core'
import type { ClientLoop } from './client-loop.ts'

/** Whoever listens. Connections are counted from 1, in the order in which the client asked for them. */
export interface ClientEar {
  opened(connection: number, host: string): void
  written(connection: number, segments: readonly Uint8Array[]): void
  /** Before the client is given the bytes. */
  read(connection: number, bytes: Uint8Array): void
  /** The client ended it, or learns that it has ended. */
  ended(connection: number): void
}

/** How many of the next writes end their connection. */
export interface PipeFault {
  broken: number
}

export function clientTransport(inner: Transport, loop: ClientLoop, ear: ClientEar, pipe: PipeFault): Transport {
  let connections = 0
  return {
    connect: (address, events) => {
      const connection = ++connections
      ear.opened(connection, address.host)
      const life = { destroyed: false }
      const stream = inner.connect(address, heard(events, connection, life, loop, ear))
      return {
        write: (segments, onFlushed) => {
          ear.written(connection, segments)
          if (pipe.broken > 0) {
            pipe.broken--
            stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' }))
            return false
          }
          return stream.write(segments, () => loop.poll(onFlushed))
        },
        destroy: cause => {
          life.destroyed = true
          ear.ended(connection)
          stream.destroy(cause)
        }
      }
    },
    resolve: (host, callback) => inner.resolve!(host, (...outcome) => loop.poll(() => callback(...outcome)))
  }
}

function heard(
  events: StreamEvents,
  connection: number,
  life: { readonly destroyed: boolean },
  loop: ClientLoop,
  ear: ClientEar
): StreamEvents {
  return {
    onOpen: () => loop.poll(() => events.onOpen()),
    onDrain: () => loop.poll(() => events.onDrain()),
    onClose: cause =>
      loop.poll(() => {
        ear.ended(connection)
        events.onClose(cause)
      }),
    onData: chunk => {
      // The network uses the chunk's memory again.
      const bytes = loop.blocked ? Uint8Array.from(chunk) : chunk
      loop.poll(() => {
        // Unread bytes of a stream that the client has destroyed are nobody's.
        if (life.destroyed) return
        ear.read(connection, bytes)
        events.onData(bytes)
      })
    }
  }
}
