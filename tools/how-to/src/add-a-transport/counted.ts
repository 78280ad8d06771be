// Another transport with a count of its bytes: a transport around a transport.
import type { Transport } from '@sluice/core'

export interface Counts {
  sentBytes: number
  receivedBytes: number
}

export function counted(inner: Transport, counts: Counts): Transport {
  return {
    connect: (address, events) => {
      const stream = inner.connect(address, {
        onOpen: () => events.onOpen(),
        onData: chunk => {
          counts.receivedBytes += chunk.length
          events.onData(chunk)
        },
        onDrain: () => events.onDrain(),
        onClose: cause => events.onClose(cause)
      })
      return {
        write: (segments, onFlushed) => {
          for (const segment of segments) counts.sentBytes += segment.length
          return stream.write(segments, onFlushed)
        },
        destroy: cause => stream.destroy(cause),
        ref: () => stream.ref?.(),
        unref: () => stream.unref?.()
      }
    },
    // Without `resolve` the connection would never try a second address of a name.
    ...(inner.resolve === undefined ? {} : { resolve: (host, callback) => inner.resolve!(host, callback) })
  }
}
