// A stage for tests: streams that do what the test says, and the broker's side of the protocol by hand.
import type { BrokerAddress, ByteStream, Callback, StreamEvents, Transport } from '@sluice/core'
import type { Api } from '@sluice/protocol'
import { ManualClock, seededRandom } from '@sluice/testing'
import { ConnectionPool, type ConnectionPoolOptions } from '../src/index.ts'
import { composePool } from '../src/compose.ts'
import { BrokerConnection } from '../src/connection.ts'

/** A request as it was seen on the wire. */
export interface SeenRequest {
  readonly key: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
  /** What follows the header of a version that is not flexible. */
  readonly body: Buffer
  /** All of it, without the length. */
  readonly frame: Buffer
}

/** Time under control, and a poll phase: what the event loop would read from sockets before it runs `soon` tasks. */
export class StallableClock extends ManualClock {
  #poll: (() => void)[] = []
  #stalledMs = 0

  override monotonicMs(): number {
    return super.monotonicMs() + this.#stalledMs
  }

  /** The event loop is blocked for so long: timers that fall due come late. */
  stall(ms: number): void {
    this.#stalledMs += ms
  }

  /** Each `soon` task from now on is preceded by one of these. */
  pollWith(phases: (() => void)[]): void {
    this.#poll = phases
  }

  override soon(task: () => void): void {
    const phase = this.#poll.shift()
    super.soon(() => {
      phase?.()
      task()
    })
  }
}

export class ScriptedStream implements ByteStream {
  readonly address: BrokerAddress
  readonly events: StreamEvents
  /** One entry per write. */
  readonly writes: Buffer[] = []
  /** Everything that was written, as it was given. */
  readonly segments: Uint8Array[] = []
  /** What `write` returns. */
  accepts = true
  /** False: the stream keeps referring to what it was given until `flush`. */
  flushes = true
  /** It has let go of everything when `write` returns, as a socket has whose bytes the system took at once. */
  flushesAtOnce = false
  /** What happens inside of `write`. */
  within: () => void = () => {}
  /** False: `destroy` is followed by nothing until `close`. */
  closes = true
  destroyed = false
  referenced = true
  closed = false
  readonly #clock: ManualClock
  readonly #unflushed: (() => void)[] = []
  #taken = 0

  constructor(address: BrokerAddress, events: StreamEvents, clock: ManualClock) {
    this.address = address
    this.events = events
    this.#clock = clock
  }

  write(segments: readonly Uint8Array[], onFlushed: () => void): boolean {
    this.writes.push(Buffer.concat(segments))
    this.segments.push(...segments)
    this.#unflushed.push(onFlushed)
    this.within()
    if (this.flushesAtOnce) this.flush()
    else if (this.flushes) this.#clock.soon(() => this.flush())
    return this.accepts
  }

  destroy(cause?: Error): void {
    if (this.destroyed) return
    this.destroyed = true
    if (this.closes) this.#clock.soon(() => this.close(cause ?? null))
  }

  ref(): void {
    this.referenced = true
  }

  unref(): void {
    this.referenced = false
  }

  flush(): void {
    if (this.closed) return
    for (const onFlushed of this.#unflushed.splice(0)) onFlushed()
  }

  open(): void {
    this.events.onOpen()
    this.#clock.runSoon()
  }

  drain(): void {
    this.accepts = true
    this.events.onDrain()
    this.#clock.runSoon()
  }

  receive(...chunks: Uint8Array[]): void {
    for (const chunk of chunks) this.events.onData(chunk)
    this.#clock.runSoon()
  }

  close(cause: Error | null = null): void {
    if (this.closed) return
    this.closed = true
    this.destroyed = true
    this.events.onClose(cause)
  }

  /** The other side closes, or the network breaks. */
  break(code?: string): void {
    this.close(code === undefined ? null : Object.assign(new Error(code), { code }))
    this.#clock.runSoon()
  }

  /** Requests that came since the last call. */
  take(): SeenRequest[] {
    const bytes = Buffer.concat(this.writes).subarray(this.#taken)
    const requests: SeenRequest[] = []
    let at = 0
    while (at + 4 <= bytes.length) {
      const end = at + 4 + bytes.readInt32BE(at)
      requests.push(readRequest(bytes.subarray(at + 4, end)))
      at = end
    }
    this.#taken += at
    return requests
  }
}

function readRequest(frame: Buffer): SeenRequest {
  const nameBytes = Math.max(0, frame.readInt16BE(8))
  return {
    key: frame.readInt16BE(0),
    version: frame.readInt16BE(2),
    correlationId: frame.readInt32BE(4),
    clientId: frame.toString('utf8', 10, 10 + nameBytes),
    body: frame.subarray(10 + nameBytes),
    frame
  }
}

/** An answer as it goes over the wire. */
export function answer(correlationId: number, ...parts: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(parts.map(part => Buffer.from(part)))
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 4, 0)
  head.writeInt32BE(correlationId, 4)
  return Buffer.concat([head, body])
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

export function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
}

export type Versions = Readonly<Record<number, readonly [min: number, max: number]>>

export const pingKey = 900
export const allVersions: Versions = { [pingKey]: [0, 3], 17: [0, 1], 18: [0, 4], 36: [0, 1] }

export function versionsV0(errorCode: number, versions: Versions): Buffer {
  const entries = Object.entries(versions)
  const rows = entries.map(([key, [min, max]]) => Buffer.concat([int16(Number(key)), int16(min), int16(max)]))
  return Buffer.concat([int16(errorCode), int32(rows.length), ...rows])
}

export function versionsV3(versions: Versions, throttleMs = 0, errorCode = 0): Buffer {
  const entries = Object.entries(versions)
  const rows = entries.map(([key, [min, max]]) =>
    Buffer.concat([int16(Number(key)), int16(min), int16(max), Buffer.of(0)])
  )
  return Buffer.concat([int16(errorCode), Buffer.of(rows.length + 1), ...rows, int32(throttleMs), Buffer.of(0)])
}

export interface Pong {
  readonly throttleTimeMs: number
  readonly text: string
}

/** An API of the tests' own: a text goes out, a text comes back. From version 2 on the client must obey throttling. */
export const pingApi: Api<string | readonly Uint8Array[], Pong> = {
  key: pingKey,
  name: 'Ping',
  versions: { min: 0, max: 3 },
  flexibleFrom: 32_767,
  throttleFrom: 2,
  write(writer, request) {
    if (request === 'unwritable') throw new TypeError('this cannot be written')
    if (typeof request === 'string') writer.string(request, false)
    else writer.records(request, false)
  },
  read: reader => ({ throttleTimeMs: reader.int32(), text: reader.string(false) })
}

export function pong(request: SeenRequest, reply = 'pong', throttleMs = 0): Buffer {
  return answer(request.correlationId, int32(throttleMs), text(reply))
}

/** The text of a ping. */
export function pinged(request: SeenRequest): string {
  return request.body.toString('utf8', 2)
}

/** Records what a callback was told, in the order of telling. */
export class Outcomes {
  readonly all: string[] = []
  readonly errors: import('@sluice/core').KafkaError[] = []

  of<T>(name: string): Callback<T> {
    return (...[error, result]) => {
      if (error === null) {
        this.all.push(`${name}: ${describe(result)}`)
        return
      }
      this.errors.push(error)
      const handedOver = 'handedOver' in error ? (error.handedOver ? ' sent' : ' not sent') : ''
      this.all.push(`${name}: ${error.code}${handedOver}`)
    }
  }

  note(what: string): () => void {
    return () => this.all.push(what)
  }

  take(): string[] {
    return this.all.splice(0)
  }
}

function describe(result: unknown): string {
  if (typeof result === 'object' && result !== null && 'text' in result) return String(result.text)
  return result === undefined ? 'done' : 'ok'
}

export class Stage {
  readonly clock: StallableClock = new StallableClock()
  readonly streams: ScriptedStream[] = []
  readonly transport: Transport
  readonly #names: Record<string, readonly string[] | Error> = {}

  constructor(names?: Readonly<Record<string, readonly string[] | Error>>) {
    const connect: Transport['connect'] = (address, events) => {
      const stream = new ScriptedStream(address, events, this.clock)
      this.streams.push(stream)
      return stream
    }
    this.#names = { ...names }
    this.transport = names === undefined ? { connect } : { connect, resolve: (...given) => this.#resolve(...given) }
  }

  /** Changes what a name means. */
  name(host: string, addresses: readonly string[] | Error): void {
    this.#names[host] = addresses
  }

  #resolve(host: string, callback: Callback<readonly string[]>): void {
    const found = this.#names[host] ?? [host]
    this.clock.soon(() => {
      if (!(found instanceof Error)) return callback(null, found)
      callback(found as import('@sluice/core').KafkaError, undefined)
    })
  }

  get stream(): ScriptedStream {
    return this.streams.at(-1)!
  }

  options(options: ConnectionPoolOptions = {}): ConnectionPoolOptions {
    const { clock, transport } = this
    return { clock, transport, random: seededRandom(1), requestTimeout: 1000, connectTimeout: 1000, ...options }
  }

  pool(options: ConnectionPoolOptions = {}): ConnectionPool {
    return new ConnectionPool(this.options(options))
  }

  connection(options: ConnectionPoolOptions = {}, watch?: (made: BrokerConnection) => void): BrokerConnection {
    const { connection } = composePool(this.options(options))
    const made = new BrokerConnection(connection, broker)
    watch?.(made)
    this.clock.runSoon()
    return made
  }

  /** A connection that is ready. */
  ready(options: ConnectionPoolOptions = {}): BrokerConnection {
    const connection = this.connection(options)
    this.negotiate()
    return connection
  }

  /** Plays the broker's part until the newest connection is ready. */
  negotiate(versions: Versions = allVersions): void {
    this.stream.open()
    const [asked] = this.stream.take()
    this.stream.receive(answer(asked!.correlationId, versionsV3(versions)))
  }

  /** Lets promises settle, which a manual clock does not wait for. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) {
      // oxlint-disable-next-line no-await-in-loop -- one microtask after another
      await Promise.resolve()
      this.clock.runSoon()
    }
  }
}

export const broker: BrokerAddress = { host: 'kafka-1', port: 9092, nodeId: 1 }
