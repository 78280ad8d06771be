// Where transports are tried: a listener, and both ends of connections to it, each remembering what happened to it.
import { systemClock, type BrokerAddress, type ByteStream, type StreamEvents, type Transport } from '@sluice/core'
import type { Listener, Listening, ServerStream } from '../server-stream.ts'
import type { ComplianceCase } from './case.ts'

export interface TransportSetup {
  readonly transport: Transport
  /** Where its connections arrive: `tcpListening`, a `MemoryNetwork`, or one's own. */
  readonly listening: Listening
  /** What to listen on and to connect to. Default 127.0.0.1. */
  readonly host?: string | undefined
  /** Lets a moment pass, where time is a manual clock's. Default: a millisecond of real time. */
  readonly pass?: (() => Promise<void> | void) | undefined
  /** How long an event is waited for, in milliseconds of real time. Default 4000. */
  readonly patienceMs?: number | undefined
}

/** What happened to one end, in order. */
export class Recorder implements StreamEvents {
  opens = 0
  drains = 0
  receivedBytes = 0
  readonly closes: (Error | null)[] = []
  readonly #chunks: Uint8Array[] = []
  /** Called with each event. */
  watch: (event: 'open' | 'data' | 'drain' | 'close') => void = () => undefined

  onOpen(): void {
    this.opens++
    this.watch('open')
  }
  onData(chunk: Uint8Array): void {
    this.receivedBytes += chunk.length
    this.#chunks.push(new Uint8Array(chunk))
    this.watch('data')
  }
  onDrain(): void {
    this.drains++
    this.watch('drain')
  }
  onClose(cause: Error | null): void {
    this.closes.push(cause)
    this.watch('close')
  }
  get received(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }
}

export interface Link {
  readonly client: Recorder
  readonly stream: ByteStream
  readonly server: Recorder
  readonly peer: ServerStream
}

interface Arrival {
  readonly peer: ServerStream
  readonly server: Recorder
}

export const frameBytes = 16_384

export class Stage {
  readonly address: BrokerAddress
  readonly #setup: TransportSetup
  readonly #listener: Listener
  readonly #arrivals: Arrival[]
  readonly #streams: ByteStream[] = []

  private constructor(setup: TransportSetup, listener: Listener, arrivals: Arrival[]) {
    this.#setup = setup
    this.#listener = listener
    this.#arrivals = arrivals
    this.address = Object.freeze({ host: setup.host ?? '127.0.0.1', port: listener.port })
  }

  static async open(setup: TransportSetup): Promise<Stage> {
    const arrivals: Arrival[] = []
    const accept = (peer: ServerStream): StreamEvents => {
      const server = new Recorder()
      arrivals.push({ peer, server })
      return server
    }
    const listener = await new Promise<Listener>((resolve, reject) => {
      setup.listening.listen(setup.host ?? '127.0.0.1', 0, accept, (error, result) => {
        if (error === null) resolve(result)
        else reject(error)
      })
    })
    return new Stage(setup, listener, arrivals)
  }

  connect(client: Recorder, address: BrokerAddress = this.address): ByteStream {
    const stream = this.#setup.transport.connect(address, client)
    this.#streams.push(stream)
    return stream
  }

  /** A connection, open at both ends. */
  async link(): Promise<Link> {
    const client = new Recorder()
    const stream = this.connect(client)
    await this.until(() => client.opens > 0 && this.#arrivals.length > 0, 'the connection is open')
    const { peer, server } = this.#arrivals.shift()!
    return { client, stream, server, peer }
  }

  /** What the transport resolves the host to; nothing if it cannot. */
  async addresses(): Promise<readonly string[]> {
    const { host } = this.address
    const answers: (readonly string[])[] = []
    this.#setup.transport.resolve!(host, (_error, addresses) => answers.push(addresses ?? []))
    await this.until(() => answers.length > 0, `${host} is resolved`)
    return answers[0]!
  }

  /** Waits for something to become true, within `patienceMs`. */
  async until(condition: () => boolean, what: string | (() => string)): Promise<void> {
    const { patienceMs = 4000 } = this.#setup
    const startMs = systemClock.monotonicMs()
    while (!condition()) {
      const isLate = systemClock.monotonicMs() - startMs >= patienceMs
      if (isLate) throw new Error(`It took too long until ${typeof what === 'string' ? what : what()}`)
      // oxlint-disable-next-line no-await-in-loop -- waiting is what this is for
      await this.pass()
    }
  }

  /** Long enough for anything under way to arrive. */
  async settle(): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- waiting is what this is for
    for (let turn = 0; turn < 20; turn++) await this.pass()
  }

  async pass(): Promise<void> {
    if (this.#setup.pass !== undefined) return this.#setup.pass()
    await new Promise<void>(resolve => {
      systemClock.after(1, resolve)
    })
  }

  /** Takes no more connections; the address stays, and nobody listens there. */
  async stopListening(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#listener.close(resolve)
    })
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.destroy()
    for (const { peer } of this.#arrivals) peer.destroy()
    this.#listener.close(() => undefined)
    await this.pass()
  }
}

type Act = (stage: Stage) => Promise<void>

export type TransportCase = ComplianceCase<TransportSetup>['run']

/** A case that has a stage to itself. */
export function onStage(act: Act): TransportCase {
  return async setup => {
    const stage = await Stage.open(setup)
    try {
      await act(stage)
    } finally {
      await stage.close()
    }
  }
}
