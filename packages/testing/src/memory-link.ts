// One connection without sockets: two streams, a pipe each way, and the hands that break it.
import type { BrokerAddress, Clock, Random, StreamEvents } from '@sluice/core'
import { MemoryPipe, type PipeEnd, type PipeEnds, type PipeShape } from './memory-pipe.ts'
import type { ServerStream } from './server-stream.ts'

export interface LinkParts {
  readonly id: number
  readonly address: BrokerAddress
  readonly clock: Clock
  readonly random: Random
  readonly shape: PipeShape
  readonly onOver: (link: MemoryLink) => void
}

export type Direction = 'to-server' | 'to-client'

/** An error as Node gives it: `ECONNRESET` and its like in `code`. */
export function networkError(code: string, syscall: string, address: BrokerAddress): Error {
  return Object.assign(new Error(`${syscall} ${code} ${address.host}:${address.port}`), { code, syscall })
}

export class MemoryLink {
  /** Counts the connections of the network, from 1. */
  readonly id: number
  readonly address: BrokerAddress
  readonly client: MemoryStream
  readonly server: MemoryStream
  readonly #toServer: MemoryPipe
  readonly #toClient: MemoryPipe
  readonly #onOver: (link: MemoryLink) => void
  #over = false

  constructor(parts: LinkParts) {
    this.id = parts.id
    this.address = parts.address
    this.#onOver = parts.onOver
    const { clock, random, shape } = parts
    this.#toServer = new MemoryPipe(
      clock,
      random,
      shape,
      this.#ends(() => [this.client, this.server])
    )
    this.#toClient = new MemoryPipe(
      clock,
      random,
      shape,
      this.#ends(() => [this.server, this.client])
    )
    const close = (): void => this.#closed()
    this.client = new MemoryStream(clock, this.address, { outgoing: this.#toServer, incoming: this.#toClient, close })
    this.server = new MemoryStream(clock, this.address, { outgoing: this.#toClient, incoming: this.#toServer, close })
  }

  get open(): boolean {
    return this.client.state === 'open' && this.server.state === 'open'
  }

  pipe(direction: Direction): MemoryPipe {
    return direction === 'to-server' ? this.#toServer : this.#toClient
  }

  shape(change: Partial<PipeShape>, direction?: Direction): void {
    for (const pipe of this.#pipes(direction)) pipe.shape(change)
  }

  /** Breaks the connection for both ends once the reader of this direction has read exactly so many bytes more. */
  cutAfter(direction: Direction, bytes: number, how: PipeEnd = 'reset'): void {
    this.pipe(direction).breakAfter(bytes, how)
  }

  /** Breaks the connection for both ends now. */
  cut(how: PipeEnd = 'reset'): void {
    this.client.fail(how)
    this.server.fail(how)
  }

  /** Packets vanish, nobody is told, until `heal`: a half-open connection. */
  blackHole(direction?: Direction): void {
    for (const pipe of this.#pipes(direction)) pipe.hold()
  }

  /** What was held back arrives as if sent again. */
  heal(direction?: Direction): void {
    for (const pipe of this.#pipes(direction)) pipe.release()
  }

  #pipes(direction: Direction | undefined): readonly MemoryPipe[] {
    return direction === undefined ? [this.#toServer, this.#toClient] : [this.pipe(direction)]
  }

  #ends(who: () => readonly [sender: MemoryStream, receiver: MemoryStream]): PipeEnds {
    return {
      drained: () => who()[0].events?.onDrain(),
      received: piece => who()[1].events?.onData(piece),
      finished: how => who()[1].fail(how),
      broke: how => this.cut(how),
      unwanted: () => who()[1].refuse()
    }
  }

  #closed(): void {
    if (this.#over || this.client.state !== 'closed' || this.server.state !== 'closed') return
    this.#over = true
    this.#toServer.shut()
    this.#toClient.shut()
    this.#onOver(this)
  }
}

interface StreamParts {
  readonly outgoing: MemoryPipe
  readonly incoming: MemoryPipe
  readonly close: () => void
}

/** One end of a link, for a client or a server. */
export class MemoryStream implements ServerStream {
  readonly #clock: Clock
  readonly #address: BrokerAddress
  readonly #parts: StreamParts
  #state: 'connecting' | 'open' | 'closed' = 'connecting'
  #events: StreamEvents | null = null

  constructor(clock: Clock, address: BrokerAddress, parts: StreamParts) {
    this.#clock = clock
    this.#address = address
    this.#parts = parts
  }

  get state(): 'connecting' | 'open' | 'closed' {
    return this.#state
  }

  /** Null until attached and after `onClose`. */
  get events(): StreamEvents | null {
    return this.#state === 'closed' ? null : this.#events
  }

  attach(events: StreamEvents): void {
    this.#events = events
  }

  open(): void {
    if (this.#state !== 'connecting') return
    this.#state = 'open'
    this.#parts.outgoing.open()
  }

  write(segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    if (this.#state === 'closed') return false
    return this.#parts.outgoing.write(segments, onFlushed)
  }

  // As over TCP: a plain close sends what the kernel has taken, then the end, and that is a reset where something came that
  // was not read. With a cause it is a reset in any case.
  destroy(cause?: Error): void {
    const inOrder = cause === undefined && !this.#parts.incoming.hasUnread
    this.#close(cause ?? null, inOrder ? 'end' : 'reset')
  }

  pause(): void {
    this.#parts.incoming.pause()
  }

  resume(): void {
    this.#parts.incoming.resume()
  }

  end(): void {
    this.#parts.outgoing.end(() => this.#close(null, 'end'))
  }

  reset(): void {
    this.#close(null, 'reset')
  }

  /** Dies without a word to the peer, which learns of it only when it sends something. */
  vanish(): void {
    this.#close(null, null)
  }

  /** The connection ended from outside. */
  fail(how: PipeEnd): void {
    this.#close(how === 'reset' ? networkError('ECONNRESET', 'read', this.#address) : null, how)
  }

  /** The connection could not be made. */
  failToConnect(cause: Error): void {
    this.#close(cause, null)
  }

  /** Answers what came too late. */
  refuse(): void {
    this.#parts.outgoing.abandon('reset')
  }

  #close(cause: Error | null, how: PipeEnd | null): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    if (how === null) this.#parts.outgoing.drop()
    else this.#parts.outgoing.abandon(how)
    this.#parts.incoming.discard()
    this.#clock.soon(() => {
      this.#events?.onClose(cause)
      this.#parts.close()
    })
  }
}
