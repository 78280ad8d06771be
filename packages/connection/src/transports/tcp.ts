// TCP: what a connection uses when nothing else was asked for.
import { lookup } from 'node:dns'
import { connect as connectSocket, isIP, type Socket, type NetConnectOpts } from 'node:net'
import { ConnectionError, foreignText, type BrokerAddress, type Callback } from '@sluice/core'
import type { DuplexTransport } from './duplex.ts'
import { DuplexStream } from './duplex-stream.ts'

const readBytes = 65_536
// Finds a peer that has vanished although nothing is in flight.
const keepAliveInitialDelay = 30_000

export function tcp(): DuplexTransport {
  return {
    open: address => connectSocket(socketOptions(address)),
    connect: (address, events) => {
      const byteStream = new DuplexStream(events)
      // One buffer for every read: no allocation per chunk. What is kept of a chunk is copied by who keeps it.
      const buffer = Buffer.allocUnsafeSlow(readBytes)
      let chunk: Buffer = buffer
      const onread = {
        buffer,
        callback: (bytes: number): boolean => {
          // Answers are often of one size.
          if (bytes !== chunk.length) chunk = buffer.subarray(0, bytes)
          byteStream.onData(chunk)
          return true
        }
      }
      const socket = connectSocket({ ...socketOptions(address), onread })
      byteStream.attach({
        stream: socket,
        reset: () => socket.resetAndDestroy(),
        openEvent: 'connect',
        writesAtOnce: true,
        readsItself: true
      })
      return byteStream
    },
    resolve
  }
}

function socketOptions(address: BrokerAddress): NetConnectOpts {
  return { host: address.ip ?? address.host, port: address.port, noDelay: true, keepAlive: true, keepAliveInitialDelay }
}

function resolve(host: string, callback: Callback<readonly string[]>): void {
  if (isIP(host) !== 0) return process.nextTick(() => callback(null, [host]))
  lookup(host, { all: true, verbatim: true }, (cause, found) => {
    if (cause === null)
      return callback(
        null,
        found.map(entry => entry.address)
      )
    const hint = 'check the name in bootstrapBrokers, or in what the broker advertises'
    const message = `Cannot resolve ${foreignText(host)} (${cause.code ?? cause.message}): ${hint}`
    callback(new ConnectionError(message, { problem: 'unresolvable', cause }), undefined)
  })
}

/** Makes the other side forget what it has not read. */
export function resetOf(stream: unknown): (() => void) | undefined {
  if (!isSocket(stream)) return undefined
  return () => {
    stream.resetAndDestroy()
  }
}

function isSocket(stream: unknown): stream is Socket {
  return typeof stream === 'object' && stream !== null && 'resetAndDestroy' in stream && 'remotePort' in stream
}
