// The network in memory with an ear at the brokers' end.
import {
  MemoryNetwork,
  type AcceptStream,
  type Listener,
  type MemoryNetworkOptions,
  type ServerStream
} from '@sluice/testing'

export interface ServerEar {
  arrived(connection: number, bytes: Uint8Array): void
}

export class TappedNetwork extends MemoryNetwork {
  readonly #ear: ServerEar
  readonly #ids = new WeakMap<object, number>()

  constructor(options: MemoryNetworkOptions, ear: ServerEar) {
    super(options)
    this.#ear = ear
    this.onLink(link => void this.#ids.set(link.server, link.id))
  }

  override listenNow(host: string, port: number, accept: AcceptStream): Listener {
    return super.listenNow(host, port, stream => this.#listened(stream, accept))
  }

  #listened(stream: ServerStream, accept: AcceptStream): ReturnType<AcceptStream> {
    const connection = this.#ids.get(stream)!
    const events = accept(stream)
    return {
      onOpen: () => events.onOpen(),
      onDrain: () => events.onDrain(),
      onClose: cause => events.onClose(cause),
      onData: chunk => {
        this.#ear.arrived(connection, chunk)
        events.onData(chunk)
      }
    }
  }
}
