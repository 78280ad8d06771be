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
import { failedCases, failures } from './failed-cases.ts'
import { transportCompliance } from './transport.ts'
import type { TransportSetup } from './transport-stage.ts'

/** What a connection is told and does, for a mutant to change. */
interface Connection {
  readonly events: StreamEvents
  readonly stream: ByteStream
  opened: boolean
  received: number
  drains: number
  destroys: number
  readonly unflushed: Set<() => void>
}

interface Mutation {
  readonly connect?: (address: BrokerAddress, events: StreamEvents) => void
  /** Where it connects to, of what it is told. */
  readonly target?: (address: BrokerAddress) => BrokerAddress
  readonly onOpen?: (connection: Connection) => void
  readonly onData?: (connection: Connection, chunk: Uint8Array) => void
  readonly onDrain?: (connection: Connection) => void
  readonly onClose?: (connection: Connection, cause: Error | null) => void
  readonly write?: (connection: Connection, segments: readonly Uint8Array[], onFlushed: () => void) => boolean
  readonly destroy?: (connection: Connection, cause?: Error) => void
  readonly resolve?: NonNullable<Transport['resolve']>
}

function connectBy(inner: Transport, mutation: Mutation, address: BrokerAddress, events: StreamEvents): ByteStream {
  const { onOpen, onData, onDrain, onClose, write, destroy } = mutation
  mutation.connect?.(address, events)
  const unflushed = new Set<() => void>()
  const stream = inner.connect(mutation.target?.(address) ?? address, {
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
    onDrain: () => {
      connection.drains++
      if (onDrain === undefined) events.onDrain()
      else onDrain(connection)
    },
    onClose: cause => {
      if (onClose === undefined) events.onClose(cause)
      else onClose(connection, cause)
    }
  })
  const connection: Connection = { events, stream, opened: false, received: 0, drains: 0, destroys: 0, unflushed }
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

function flushAll(connection: Connection, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
  const { stream, unflushed, destroys } = connection
  if (destroys > 0) return false
  unflushed.add(onFlushed)
  return stream.write(segments, () => {
    unflushed.delete(onFlushed)
    onFlushed()
  })
}

const givenUp = new Error('given up')

function destroyLater({ stream, opened }: Connection, cause?: Error): void {
  const later = (turns: number): void => {
    if (turns === 0) stream.destroy(cause)
    else systemClock.soon(() => later(turns - 1))
  }
  later(opened ? 10 : 0)
}

const roomBytes = 4_194_304

/** As if the place of a byte were counted within four megabytes. */
function wrapAround({ stream }: Connection, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
  const frame = Buffer.concat(segments)
  if (frame.length <= roomBytes) return stream.write(segments, onFlushed)
  return stream.write([frame.subarray(0, roomBytes), frame.subarray(0, frame.length - roomBytes)], onFlushed)
}

const mutants: Readonly<Record<string, Mutation>> = {
  'opens, and says so after connect has returned': {
    connect: (_address, events) => events.onDrain()
  },
  'carries bytes both ways, in order': { onData: flipLate },
  'carries frames of several megabytes whole': { write: wrapAround },
  'sends the segments of a frame in order': {
    write: ({ stream }, segments, onFlushed) =>
      stream.write(segments.length > 3 ? segments.toReversed() : segments, onFlushed)
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
  'still delivers what was flushed when it is destroyed without a cause': {
    destroy: ({ stream }, cause) => stream.destroy(cause ?? givenUp),
    onClose: ({ events }, cause) => events.onClose(cause === givenUp ? null : cause)
  },
  'is silent once destroyed': {
    destroy: destroyLater,
    write: ({ stream, destroys }, segments, onFlushed) => destroys === 0 && stream.write(segments, onFlushed)
  },
  'fails by onClose where nobody listens': {
    onClose: ({ events, opened, destroys }, cause) => events.onClose(opened || destroys > 0 ? cause : null)
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
  'connects to the address that its host was resolved to': { target: ({ host, port }) => ({ host, port }) },
  'fails to resolve with a KafkaError, once': {
    resolve: (host, callback) => {
      if (host === '127.0.0.1') return systemClock.soon(() => callback(null, [host]))
      // What the types forbid, and JavaScript does not.
      systemClock.soon(() => callback(new Error('ENOTFOUND') as KafkaError, undefined))
    }
  }
}

interface Broken {
  /** What the transport does wrong. */
  readonly what: string
  readonly mutation: Mutation
  /** The case that must refuse it, and what it must say. */
  readonly refusedBy: string
  readonly says: string
  /** Where the refusal is that something never comes. */
  readonly patienceMs?: number
}

const inOrder = 'sends the segments of a frame in order'
const ends = 'gives the last bytes and closes, once and last, when the peer ends'
const resets = 'tells the cause when the peer resets'
const lateWrites = 'takes a write after its end and does nothing'

const broken: readonly Broken[] = [
  {
    what: 'sends what is behind the first 1,024 segments of a frame before them',
    mutation: {
      write: ({ stream }, segments, onFlushed) =>
        stream.write([...segments.slice(1024), ...segments.slice(0, 1024)], onFlushed)
    },
    refusedBy: inOrder,
    says: 'A frame of 2450 segments'
  },
  {
    what: 'masks the segments it is given',
    mutation: {
      write: ({ stream }, segments, onFlushed) => {
        const copy = Buffer.concat(segments)
        for (const segment of segments) for (const at of segment.keys()) segment[at]! ^= 0x5a
        return stream.write([copy], onFlushed)
      }
    },
    refusedBy: inOrder,
    says: 'It changed the segments it was given'
  },
  {
    what: 'says only once that it has room again',
    mutation: {
      onDrain: ({ events, drains }) => {
        if (drains === 1) events.onDrain()
      }
    },
    refusedBy: 'says when it is full, and when it has room again',
    says: 'It took too long until it has room again, for the second time',
    patienceMs: 300
  },
  {
    what: 'never tells that it has closed',
    mutation: { onClose: () => undefined },
    refusedBy: ends,
    says: 'It took too long until it sees that the peer has closed',
    patienceMs: 300
  },
  {
    what: 'tells of an error after it has closed',
    mutation: {
      onClose: ({ events }, cause) => {
        events.onClose(cause)
        systemClock.soon(() => events.onClose(new Error('late')))
      }
    },
    refusedBy: ends,
    says: 'The number of times that onClose was called is 2, not 1'
  },
  {
    what: 'closes with an error when the peer ends in good order',
    mutation: {
      onClose: ({ events, destroys }, cause) => events.onClose(destroys === 0 ? (cause ?? new Error('closed')) : cause)
    },
    refusedBy: ends,
    says: 'The cause of onClose, when the peer ended in good order, is Error: closed, not null'
  },
  {
    what: 'tells of a reset twice, as an error and as a close',
    mutation: {
      onClose: ({ events, opened, destroys }, cause) => {
        events.onClose(cause)
        if (opened && destroys === 0 && cause !== null) events.onClose(null)
      }
    },
    refusedBy: resets,
    says: 'The number of times that onClose was called is 2, not 1'
  },
  {
    what: 'opens before it fails to',
    mutation: {
      onClose: ({ events, opened, destroys }, cause) => {
        if (!opened && destroys === 0) events.onOpen()
        events.onClose(cause)
      }
    },
    refusedBy: 'fails by onClose where nobody listens',
    says: 'The number of times that onOpen was called where nobody listens is 1, not 0'
  },
  {
    what: 'tells twice that nobody listens',
    mutation: {
      onClose: ({ events, opened, destroys }, cause) => {
        events.onClose(cause)
        if (!opened && destroys === 0) events.onClose(cause)
      }
    },
    refusedBy: 'fails by onClose where nobody listens',
    says: 'The number of times that onClose was called is 2, not 1'
  },
  {
    what: 'tells twice that it was destroyed before it opened',
    mutation: {
      onClose: ({ events, opened }, cause) => {
        events.onClose(cause)
        if (!opened) systemClock.soon(() => events.onClose(cause))
      }
    },
    refusedBy: 'can be destroyed before it opens',
    says: 'The number of times that onClose was called is 2, not 1'
  },
  {
    what: 'closes with undefined where it was destroyed without a cause',
    mutation: {
      // What the types forbid, and JavaScript does not.
      onClose: ({ events, destroys }, cause) => events.onClose(destroys > 0 ? (undefined as unknown as null) : cause)
    },
    refusedBy: 'is silent once destroyed',
    says: 'The cause of onClose, after destroy without a cause, is undefined, not null'
  },
  {
    what: 'throws on a write after destroy',
    mutation: {
      write: ({ stream, destroys }, segments, onFlushed) => {
        if (destroys > 0) throw new Error('destroyed')
        return stream.write(segments, onFlushed)
      }
    },
    refusedBy: lateWrites,
    says: 'A write after destroy threw Error: destroyed'
  },
  {
    what: 'calls back twice with the addresses of a host',
    mutation: {
      resolve: (host, callback) => {
        systemClock.soon(() => callback(null, [host]))
        systemClock.soon(() => callback(null, [host]))
      }
    },
    refusedBy: 'resolves a host to addresses',
    says: 'The number of times that resolve called back is 2, not 1'
  }
]

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

  for (const { what, mutation, refusedBy, says, patienceMs } of broken) {
    it(`${refusedBy}: refuses a transport that ${what}`, async () => {
      const cases = transportCompliance.filter(({ name }) => name === refusedBy)
      expect(await failures(cases, { ...setupOf(mutation), patienceMs })).toEqual({
        [refusedBy]: expect.stringContaining(says)
      })
    })
  }
})
