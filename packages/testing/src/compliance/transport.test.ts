// The suite of transports passes good transports, and each of its cases catches one that only it catches.
import {
  systemClock,
  type BrokerAddress,
  type ByteStream,
  type KafkaError,
  type StreamEvents,
  type Transport
} from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../manual-clock.ts'
import { MemoryNetwork } from '../memory-network.ts'
import { failedCases } from './failed-cases.ts'
import { transportCompliance } from './transport.ts'
import type { TransportSetup } from './transport-stage.ts'

/** What a connection is told and does, for a mutant to change. */
interface Connection {
  readonly events: StreamEvents
  readonly stream: ByteStream
  opened: boolean
  received: number
  destroys: number
  readonly unflushed: Set<() => void>
}

interface Mutation {
  readonly connect?: (address: BrokerAddress, events: StreamEvents) => void
  readonly onOpen?: (connection: Connection) => void
  readonly onData?: (connection: Connection, chunk: Uint8Array) => void
  readonly onClose?: (connection: Connection, cause: Error | null) => void
  readonly write?: (connection: Connection, segments: readonly Uint8Array[], onFlushed: () => void) => boolean
  readonly destroy?: (connection: Connection, cause?: Error) => void
  readonly resolve?: NonNullable<Transport['resolve']>
}

function connectBy(inner: Transport, mutation: Mutation, address: BrokerAddress, events: StreamEvents): ByteStream {
  const { onOpen, onData, onClose, write, destroy } = mutation
  mutation.connect?.(address, events)
  const unflushed = new Set<() => void>()
  const stream = inner.connect(address, {
    onOpen: () => {
      connection.opened = true
      if (onOpen === undefined) events.onOpen()
      else onOpen(connection)
    },
    onData: chunk => {
      connection.received += chunk.length
      if (onData === undefined) events.onData(chunk)
      else onData(connection, chunk)
    },
    onDrain: () => events.onDrain(),
    onClose: cause => {
      if (onClose === undefined) events.onClose(cause)
      else onClose(connection, cause)
    }
  })
  const connection: Connection = { events, stream, opened: false, received: 0, destroys: 0, unflushed }
  return {
    write: (segments, onFlushed) =>
      write === undefined ? stream.write(segments, onFlushed) : write(connection, segments, onFlushed),
    destroy: cause => {
      connection.destroys++
      if (destroy === undefined) stream.destroy(cause)
      else destroy(connection, cause)
    }
  }
}

function setupOf(mutation: Mutation): TransportSetup {
  const network = new MemoryNetwork()
  const inner = network.transport()
  const transport: Transport = {
    connect: (address, events) => connectBy(inner, mutation, address, events),
    resolve: mutation.resolve ?? ((host, callback) => inner.resolve!(host, callback))
  }
  return { transport, listening: network, pass: () => new Promise(resolve => systemClock.soon(resolve)) }
}

let latest: StreamEvents | null = null

function flipLate({ events, received }: Connection, chunk: Uint8Array): void {
  events.onData(received > 500_000 && received - chunk.length <= 500_000 ? chunk.map(byte => byte ^ 1) : chunk)
}

function flushTwice({ stream }: Connection, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
  return stream.write(segments, () => {
    onFlushed()
    if (segments[0]!.length === 1000) onFlushed()
  })
}

const given = new WeakSet<Uint8Array>()

/** Only of memory that it has been given before. */
function letGoEarly({ stream }: Connection, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
  const [first] = segments
  if (first === undefined || !given.has(first)) {
    if (first !== undefined) given.add(first)
    return stream.write(segments, onFlushed)
  }
  systemClock.soon(onFlushed)
  systemClock.soon(() => stream.write(segments, () => undefined))
  return true
}

function flushAll({ stream, unflushed }: Connection, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
  unflushed.add(onFlushed)
  return stream.write(segments, () => {
    unflushed.delete(onFlushed)
    onFlushed()
  })
}

function destroyLater({ stream, opened }: Connection, cause?: Error): void {
  const later = (turns: number): void => {
    if (turns === 0) stream.destroy(cause)
    else systemClock.soon(() => later(turns - 1))
  }
  later(opened ? 10 : 0)
}

const mutants: Readonly<Record<string, Mutation>> = {
  'opens, and says so after connect has returned': {
    connect: (_address, events) => events.onDrain()
  },
  'carries bytes both ways, in order': { onData: flipLate },
  'sends the segments of a frame in order': {
    write: ({ stream }, segments, onFlushed) => stream.write(segments.toReversed(), onFlushed)
  },
  'tells of each frame once, in order, when it let go of it': { write: flushTwice },
  'refers to nothing of a frame once it has let go of it': { write: letGoEarly },
  'says when it is full, and when it has room again': {
    onClose: (connection, cause) => {
      connection.opened = false
      connection.events.onClose(cause)
    },
    write: ({ stream, opened }, segments, onFlushed) => stream.write(segments, onFlushed) || opened
  },
  'gives the last bytes and closes, once and last, when the peer ends': {
    onClose: ({ events, destroys }, cause) => {
      events.onClose(cause)
      if (cause === null && destroys === 0) events.onClose(cause)
    }
  },
  'tells the cause when the peer resets': {
    onClose: ({ events, opened, destroys }, cause) => events.onClose(opened && destroys === 0 ? null : cause)
  },
  'closes once, with the first cause, however often it is destroyed': {
    destroy: ({ stream, events, destroys }, cause) => {
      stream.destroy(cause)
      if (destroys === 2) systemClock.soon(() => events.onClose(cause ?? null))
    }
  },
  'is silent once destroyed': { destroy: destroyLater },
  'fails by onClose where nobody listens': {
    onClose: ({ events, opened, destroys }, cause) => {
      if (!opened && destroys === 0) events.onOpen()
      events.onClose(cause)
    }
  },
  'takes a write after its end and does nothing': {
    onClose: (connection, cause) => {
      connection.destroys = -1
      connection.events.onClose(cause)
    },
    write: ({ stream, destroys }, segments, onFlushed) => {
      if (destroys === -1) throw new Error('closed')
      return stream.write(segments, onFlushed)
    }
  },
  'calls no frame flushed because it closed': {
    write: flushAll,
    onClose: ({ events, unflushed }, cause) => {
      for (const onFlushed of unflushed) onFlushed()
      events.onClose(cause)
    }
  },
  'keeps connections apart': {
    connect: (_address, events) => {
      latest = events
    },
    onData: ({ events }, chunk) => {
      events.onData(chunk)
      if (events !== latest) latest!.onData(chunk)
    }
  },
  'can be destroyed before it opens': {
    destroy: ({ stream, events, opened }, cause) => {
      if (!opened) systemClock.soon(() => events.onOpen())
      stream.destroy(cause)
    }
  },
  'resolves a host to addresses': { resolve: (_host, callback) => systemClock.soon(() => callback(null, [])) },
  'fails to resolve with a KafkaError, once': {
    resolve: (host, callback) => {
      if (host === '127.0.0.1') return systemClock.soon(() => callback(null, [host]))
      // What the types forbid, and JavaScript does not.
      systemClock.soon(() => callback(new Error('ENOTFOUND') as KafkaError, undefined))
    }
  }
}

describe('transport compliance', () => {
  it('passes a good transport', async () => {
    expect(await failedCases(transportCompliance, setupOf({}))).toEqual([])
  })

  it('passes a good transport under a manual clock', async () => {
    const clock = new ManualClock()
    const network = new MemoryNetwork({ clock })
    const pass = async (): Promise<void> => {
      await Promise.resolve()
      clock.advance(1)
    }
    const setup = { transport: network.transport(), listening: network, pass }
    expect(await failedCases(transportCompliance, setup)).toEqual([])
  })

  it('has a mutant for every case', () => {
    expect(Object.keys(mutants)).toEqual(transportCompliance.map(({ name }) => name))
  })

  for (const [name, mutation] of Object.entries(mutants)) {
    it(`alone catches a transport of which this is not true: ${name}`, async () => {
      expect(await failedCases(transportCompliance, setupOf(mutation))).toEqual([name])
    })
  }
})
