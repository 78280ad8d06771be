// The limit: requests that were encoded beforehand, on a bare socket.
import type { BrokerAddress, ByteStream, Transport } from '@sluice/core'
import { tcp } from '@sluice/producer'
import type { BenchClient, Task } from '../client-contract.ts'
import { connectOurs } from './ours.ts'
import { RawSocket } from './raw-socket.ts'

interface Request {
  readonly address: BrokerAddress
  readonly bytes: Buffer
}

const differentCalls = 16
const produceKey = 0

/**
 * What our producer writes for a call is kept, and written again each further time. A call is a whole step of the cell,
 * and not idempotent: a broker that knows the sequence number would not store a repeat.
 */
export async function connectRaw(task: Task): Promise<BenchClient> {
  if (task.cell.tls) throw new Error('raw has no TLS')
  const cell = { ...task.cell, messages: task.cell.concurrent * task.cell.messages, concurrent: 1, idempotent: false }
  const recorded: Request[] = []
  const ours = await connectOurs({ ...task, cell }, recordingTransport(recorded))
  const sockets = new Map<string, RawSocket>()
  const calls: (() => Promise<unknown>)[] = []
  return {
    version: process.versions.node,
    cell,
    prepare: messages => {
      const known = calls[calls.length % differentCalls]
      if (calls.length >= differentCalls && known !== undefined) return known
      let requests: readonly Request[] | null = null
      const send = ours.prepare(messages)
      const call = async (): Promise<void> => {
        if (requests !== null) return replay(requests, sockets, cell.acks !== 0)
        await send()
        requests = recorded.splice(0)
      }
      calls.push(call)
      return call
    },
    close: async () => {
      for (const socket of sockets.values()) socket.destroy()
      await ours.close()
    }
  }
}

async function replay(requests: readonly Request[], sockets: Map<string, RawSocket>, answered: boolean): Promise<void> {
  const waits: Promise<void>[] = []
  for (const { address, bytes } of requests) {
    const place = `${address.host}:${address.port}`
    let socket = sockets.get(place)
    if (socket === undefined) sockets.set(place, (socket = new RawSocket(address)))
    waits.push(socket.write(bytes, answered))
  }
  await Promise.all(waits)
}

/** TCP, with a copy kept of each Produce request. */
function recordingTransport(recorded: Request[]): Transport {
  const inner = tcp()
  return {
    connect: (address, events) => {
      const stream = inner.connect(address, events)
      const recording: ByteStream = {
        write: (segments, onFlushed) => {
          const bytes = Buffer.concat(segments)
          if (bytes.readInt16BE(4) === produceKey) recorded.push({ address, bytes })
          return stream.write(segments, onFlushed)
        },
        destroy: cause => stream.destroy(cause),
        ref: () => stream.ref?.(),
        unref: () => stream.unref?.()
      }
      return recording
    },
    ...(inner.resolve !== undefined && { resolve: inner.resolve.bind(inner) })
  }
}
