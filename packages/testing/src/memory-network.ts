// A network without sockets: names, listeners and connections, all under one clock and one seed.
import {
  ConnectionError,
  systemClock,
  systemRandom,
  type BrokerAddress,
  type ByteStream,
  type Callback,
  type Clock,
  type Random,
  type StreamEvents,
  type Transport
} from '@sluice/core'
import { MemoryLink, networkError } from './memory-link.ts'
import { checkShape, plainPipe, type PipeShape } from './memory-pipe.ts'
import type { AcceptStream, Listener, Listening } from './server-stream.ts'

export interface MemoryNetworkOptions {
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  /** How connections behave from the start; each can be changed later. */
  readonly shape?: Partial<PipeShape> | undefined
}

interface Attempt {
  readonly link: MemoryLink
  readonly host: string
}

const firstFreePort = 49_152

/**
 * Deterministic when its clock is a manual one: the same calls and the same seed give the same events in the same order.
 * Every event of a stream comes from the clock, never from inside a call.
 */
export class MemoryNetwork implements Listening {
  readonly #clock: Clock
  readonly #random: Random
  readonly #listeners = new Map<string, AcceptStream>()
  readonly #names = new Map<string, readonly string[] | Error>()
  readonly #links = new Set<MemoryLink>()
  readonly #watchers = new Set<(link: MemoryLink) => void>()
  /** Hosts that packets do not reach, and connections that wait for them. */
  readonly #isolated = new Map<string, Attempt[]>()
  #shape: PipeShape
  #linkCount = 0
  #nextPort = firstFreePort

  constructor(options: MemoryNetworkOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    if (options.shape !== undefined) checkShape(options.shape)
    this.#shape = { ...plainPipe, ...options.shape }
  }

  /** Connections that are not closed at both ends, oldest first. */
  get links(): readonly MemoryLink[] {
    return [...this.#links]
  }

  transport(): Transport {
    return {
      connect: (address, events) => this.#connect(address, events),
      resolve: (host, callback) => {
        const addresses = this.#names.get(host) ?? [host]
        this.#clock.soon(() => {
          if (!(addresses instanceof Error)) return callback(null, addresses)
          const problem = 'unresolvable'
          callback(
            new ConnectionError(`Cannot resolve ${host}: ${addresses.message}`, { cause: addresses, problem }),
            undefined
          )
        })
      }
    }
  }

  listen(host: string, port: number, accept: AcceptStream, callback: Callback<Listener>): void {
    // Not by the clock: a test must be able to wait for a listener before it moves time.
    void afterCall(() => {
      try {
        callback(null, this.listenNow(host, port, accept))
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error
        callback(error, undefined)
      }
    })
  }

  listenNow(host: string, port: number, accept: AcceptStream): Listener {
    const actual = port === 0 ? this.#nextPort++ : port
    const place = `${host}:${actual}`
    if (this.#listeners.has(place)) throw new ConnectionError(`Something listens on ${place} already`)
    this.#listeners.set(place, accept)
    return {
      port: actual,
      close: done => {
        this.#listeners.delete(place)
        void afterCall(done)
      }
    }
  }

  /** What a name means from now on; an error makes it unresolvable. A name never set means itself. */
  setName(host: string, addresses: readonly string[] | Error): void {
    this.#names.set(host, addresses)
  }

  /** Changes connections that exist and those to come. */
  shape(change: Partial<PipeShape>): void {
    checkShape(change)
    this.#shape = { ...this.#shape, ...change }
    for (const link of this.#links) link.shape(change)
  }

  /** Called with each connection when a client asks for it. Returns the undo. */
  onLink(watcher: (link: MemoryLink) => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Packets to and from a host vanish, and connecting to it hangs. Returns the cure. */
  isolate(host: string): () => void {
    this.#isolated.set(host, this.#isolated.get(host) ?? [])
    const cutOff = [...this.#links].filter(link => this.#target(link.address) === host)
    for (const link of cutOff) link.blackHole()
    return () => this.#rejoin(host)
  }

  #rejoin(host: string): void {
    const waiting = this.#isolated.get(host) ?? []
    this.#isolated.delete(host)
    for (const link of this.#links) if (this.#target(link.address) === host) link.heal()
    for (const attempt of waiting) this.#arrive(attempt)
  }

  #target(address: BrokerAddress): string {
    if (address.ip !== undefined) return address.ip
    const addresses = this.#names.get(address.host)
    return addresses instanceof Error ? '' : (addresses?.[0] ?? address.host)
  }

  #connect(address: BrokerAddress, events: StreamEvents): ByteStream {
    const link = new MemoryLink({
      id: ++this.#linkCount,
      address,
      clock: this.#clock,
      random: this.#random,
      shape: this.#shape,
      onOver: over => void this.#links.delete(over)
    })
    this.#links.add(link)
    link.client.attach(events)
    for (const watcher of this.#watchers) watcher(link)
    const host = this.#target(address)
    if (host === '') this.#giveUp(link, networkError('ENOTFOUND', 'getaddrinfo', address))
    else this.#travel(() => this.#arrive({ link, host }))
    return link.client
  }

  /** The first packet reaches the host. */
  #arrive(attempt: Attempt): void {
    const { link, host } = attempt
    if (link.client.state === 'closed') return link.server.vanish()
    const hanging = this.#isolated.get(host)
    if (hanging !== undefined) return void hanging.push(attempt)
    const accept = this.#listeners.get(`${host}:${link.address.port}`)
    if (accept === undefined) return this.#giveUp(link, networkError('ECONNREFUSED', 'connect', link.address))
    link.server.open()
    link.server.attach(accept(link.server))
    this.#travel(() => {
      if (link.client.state !== 'connecting') return
      link.client.open()
      link.client.events?.onOpen()
    })
  }

  #giveUp(link: MemoryLink, cause: Error): void {
    link.client.failToConnect(cause)
    link.server.vanish()
  }

  #travel(arrive: () => void): void {
    const { latencyMs } = this.#shape
    const delayMs =
      typeof latencyMs === 'number' ? latencyMs : latencyMs[0] + this.#random() * (latencyMs[1] - latencyMs[0])
    if (delayMs > 0) this.#clock.after(delayMs, arrive)
    else this.#clock.soon(arrive)
  }
}

async function afterCall(task: () => void): Promise<void> {
  await Promise.resolve()
  task()
}
