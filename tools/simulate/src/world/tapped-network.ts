// The network in memory with an ear at the brokers' end, and a hand that turns bits on the way.
import {
  MemoryNetwork,
  type AcceptStream,
  type Listener,
  type MemoryNetworkOptions,
  type ServerStream
} from '@sluice/testing'

export interface ServerEar {
  /** Bytes as they left the client, before anything is changed. */
  arrived(connection: number, bytes: Uint8Array): void
}

interface Flip {
  left: number
  times: number
}

export class TappedNetwork extends MemoryNetwork {
  readonly #ear: ServerEar
  readonly #ids = new WeakMap<object, number>()
  readonly #flips = new Map<string, Flip>()
  #flipped = 0

  constructor(options: MemoryNetworkOptions, ear: ServerEar) {
    super(options)
    this.#ear = ear
    this.onLink(link => void this.#ids.set(link.server, link.id))
  }

  /** Bits that were turned. */
  get flipped(): number {
    return this.#flipped
  }

  /** Turns one bit of what comes to this host, so many bytes from now, and so often; each time after as many bytes. */
  flip(host: string, after: number, times: number): void {
    this.#flips.set(host, { left: after, times })
  }

  mend(): void {
    this.#flips.clear()
  }

  override listenNow(host: string, port: number, accept: AcceptStream): Listener {
    return super.listenNow(host, port, stream => this.#listened(host, stream, accept))
  }

  #listened(host: string, stream: ServerStream, accept: AcceptStream): ReturnType<AcceptStream> {
    const connection = this.#ids.get(stream)!
    const events = accept(stream)
    return {
      onOpen: () => events.onOpen(),
      onDrain: () => events.onDrain(),
      onClose: cause => events.onClose(cause),
      onData: chunk => {
        this.#ear.arrived(connection, chunk)
        this.#damage(host, chunk)
        events.onData(chunk)
      }
    }
  }

  #damage(host: string, chunk: Uint8Array): void {
    const flip = this.#flips.get(host)
    if (flip === undefined || flip.times === 0) return
    if (flip.left >= chunk.length) {
      flip.left -= chunk.length
      return
    }
    chunk[flip.left]! ^= 0x04
    this.#flipped++
    flip.times--
  }
}
