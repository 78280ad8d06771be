// Real sockets with the hands of a story on them: what breaks, swallows or holds back does so at the client's end.
import { ConnectionError, type BrokerAddress, type ByteStream, type StreamEvents, type Transport } from '@sluice/core'
import type { Way } from '../story.ts'
import type { StoryLink, StoryNetwork } from './story-network.ts'

export interface TcpParts {
  readonly inner: Transport
  /** The port of a broker by its name in the story, `broker-1` and so on; undefined for a name of nobody. */
  readonly portOf: (name: string) => number | undefined
  readonly happened: () => void
}

const here = '127.0.0.1'
/** Nobody listens there. */
const nobodysPort = 1

export class TcpNetwork implements StoryNetwork {
  readonly #parts: TcpParts
  readonly #links = new Set<TcpLink>()
  readonly #isolated = new Map<string, number>()
  readonly #names = new Map<string, readonly string[] | Error>()

  constructor(parts: TcpParts) {
    this.#parts = parts
  }

  get links(): readonly StoryLink[] {
    return [...this.#links]
  }

  /** Real networks have the shape that they have. */
  shape(): void {}

  isolate(host: string): () => void {
    this.#isolated.set(host, (this.#isolated.get(host) ?? 0) + 1)
    const reached = [...this.#links].filter(link => nameOf(link.address) === host)
    for (const link of reached) link.blackHole()
    return () => {
      this.#isolated.set(host, this.#isolated.get(host)! - 1)
      for (const link of this.#links) if (nameOf(link.address) === host) link.heal()
    }
  }

  setName(host: string, addresses: readonly string[] | Error): void {
    this.#names.set(host, addresses)
  }

  transport(): Transport {
    return {
      connect: (address, events) => this.#connect(address, events),
      resolve: (host, callback) => {
        const found = this.#names.get(host) ?? [host]
        setImmediate(() => {
          this.#parts.happened()
          if (found instanceof Error)
            callback(new ConnectionError(found.message, { problem: 'unresolvable' }), undefined)
          else callback(null, found)
        })
      }
    }
  }

  #connect(address: BrokerAddress, events: StreamEvents): ByteStream {
    const { inner, portOf, happened } = this.#parts
    const host = nameOf(address)
    const link = new TcpLink(address, events, happened, gone => this.#links.delete(gone))
    this.#links.add(link)
    if ((this.#isolated.get(host) ?? 0) > 0) link.blackHole()
    return link.attach(inner.connect({ host: here, port: portOf(host) ?? nobodysPort }, link))
  }
}

/** Where the name of an address led to. */
function nameOf({ ip, host }: BrokerAddress): string {
  return ip ?? host
}

class TcpLink implements StoryLink, StreamEvents {
  readonly address: BrokerAddress
  readonly #events: StreamEvents
  readonly #happened: () => void
  readonly #onGone: (link: TcpLink) => void
  #stream: ByteStream | null = null
  /** What waits in the hole, each way. */
  readonly #held: Record<Way, (() => void)[]> = { 'to-server': [], 'to-client': [] }
  readonly #holes = new Set<Way>()
  readonly #left: Record<Way, number> = { 'to-server': Infinity, 'to-client': Infinity }
  #closed = false

  constructor(address: BrokerAddress, events: StreamEvents, happened: () => void, onGone: (link: TcpLink) => void) {
    this.address = address
    this.#events = events
    this.#happened = happened
    this.#onGone = onGone
  }

  /** The client's end. */
  attach(stream: ByteStream): ByteStream {
    this.#stream = stream
    return {
      write: (segments, onFlushed) => this.#write(segments, onFlushed),
      destroy: cause => {
        // What the client closes itself it hears of, hole or not.
        this.#holes.clear()
        this.#held['to-client'] = []
        stream.destroy(cause)
      },
      ref: () => stream.ref?.(),
      unref: () => stream.unref?.()
    }
  }

  cut(): void {
    this.#holes.clear()
    this.#stream?.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }))
  }

  cutAfter(way: Way, bytes: number): void {
    this.#left[way] = bytes
  }

  blackHole(way?: Way): void {
    for (const each of waysOf(way)) this.#holes.add(each)
  }

  heal(way?: Way): void {
    for (const each of waysOf(way)) {
      this.#holes.delete(each)
      for (const step of this.#held[each].splice(0)) step()
    }
  }

  onOpen(): void {
    this.#come(() => this.#events.onOpen())
  }

  onDrain(): void {
    this.#come(() => this.#events.onDrain())
  }

  onData(chunk: Uint8Array): void {
    const bytes = Uint8Array.from(chunk)
    this.#come(() => this.#give(bytes))
  }

  onClose(cause: Error | null): void {
    this.#come(() => {
      this.#closed = true
      this.#onGone(this)
      this.#events.onClose(cause)
    })
  }

  #come(step: () => void): void {
    this.#happened()
    if (this.#holes.has('to-client')) this.#held['to-client'].push(step)
    else if (!this.#closed) step()
  }

  #give(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.#left['to-client'])
    this.#left['to-client'] -= part.length
    if (part.length > 0) this.#events.onData(part)
    if (part.length < bytes.length) this.cut()
  }

  #write(segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    const stream = this.#stream!
    if (this.#holes.has('to-server')) {
      // The kernel has taken them, and sends them again and again.
      const copies = segments.map(segment => Uint8Array.from(segment))
      this.#held['to-server'].push(() => void this.#send(stream, copies, () => {}))
      setImmediate(onFlushed)
      return true
    }
    return this.#send(stream, segments, onFlushed)
  }

  #send(stream: ByteStream, segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    const bytes = segments.reduce((sum, segment) => sum + segment.length, 0)
    const left = this.#left['to-server']
    this.#left['to-server'] -= bytes
    const done = (): void => {
      this.#happened()
      onFlushed()
    }
    if (bytes <= left) return stream.write(segments, done)
    const part = Buffer.concat(segments).subarray(0, Math.max(0, left))
    if (part.length > 0) stream.write([part], done)
    setImmediate(() => this.cut())
    return false
  }
}

function waysOf(way: Way | undefined): readonly Way[] {
  return way === undefined ? ['to-server', 'to-client'] : [way]
}
