// One stream to a broker: frames go out, answers come back in the same order, and when it closes everybody is told.
import {
  ConnectionError,
  CorruptFrameError,
  TimeoutError,
  guarded,
  reasonOf,
  type BrokerAddress,
  type ByteStream,
  type KafkaError,
  type StreamEvents
} from '@sluice/core'
import {
  apiVersionsApi,
  decodeResponse,
  encodeRequest,
  FrameDecoder,
  readCorrelationId,
  type Frame
} from '@sluice/protocol'
import { asError } from './as-error.ts'
import { brokerName } from './broker-name.ts'
import type { Exchange } from './exchange.ts'
import { exchangeError } from './failures.ts'
import { InFlight } from './in-flight.ts'
import { versionOfAnswer } from './negotiation.ts'
import type { ConnectionParts } from './settings.ts'
import { Watchdog } from './watchdog.ts'
import { WriteQueue } from './write-queue.ts'

export interface ChannelOwner {
  opened(): void
  /** The stream took or let go of something. */
  moved(): void
  /** An answer came in, so long after its request was written. hot */
  answered(tookMs: number): void
  /** Before the callback of the request is called. */
  throttled(throttleMs: number, api: string): void
  /** It is about to close. Null: as asked. */
  closing(cause: KafkaError | null): void
  /** The error to give for a stream that closed by itself. */
  explain(cause: Error | null): KafkaError
  /** Once, last: every request of this channel has been told. Null: closed as asked. */
  closed(error: KafkaError | null): void
}

// Correlation ids are positive 32-bit numbers.
const correlationMask = 0x7fff_ffff
const longestThrottleMs = 2_147_483_647

export class Channel implements StreamEvents {
  readonly address: BrokerAddress
  /** Whoever uses the channel now: first the handshake, then the connection. */
  owner: ChannelOwner
  readonly inFlight: InFlight
  readonly writes: WriteQueue
  readonly #parts: ConnectionParts
  readonly #stream: ByteStream
  readonly #decoder: FrameDecoder
  readonly #watchdog: Watchdog
  #correlationId = 0
  #answers = 0
  #posted = false
  #flushing = false
  #referenced = true
  #cause: KafkaError | null = null
  #culprit: Exchange | null = null
  #destroyed = false
  /** The stream's `destroy` is under way. */
  #destroying = false
  #hasOpened = false
  #hasClosed = false

  constructor(parts: ConnectionParts, address: BrokerAddress, owner: ChannelOwner) {
    this.address = address
    this.owner = owner
    this.#parts = parts
    this.#decoder = new FrameDecoder(parts.settings.maxResponseBytes)
    this.#watchdog = new Watchdog(
      parts.clock,
      () => Math.min(this.inFlight.earliestDueMs(), this.writes.dueMs),
      () => this.#overdue()
    )
    this.inFlight = new InFlight(parts.clock, dueMs => this.#watchdog.arm(dueMs))
    this.#stream = streamOf(parts.transport.connect(address, this))
    this.writes = new WriteQueue(
      this.#stream,
      (exchange, frame) => this.#handedOver(exchange, frame),
      () => this.owner.moved()
    )
  }

  /** Answers that came. */
  get answers(): number {
    return this.#answers
  }

  get destroyed(): boolean {
    return this.#destroyed
  }

  /** Something is on its way, or waits to be. */
  get busy(): boolean {
    return this.inFlight.length > 0 || !this.writes.empty
  }

  /**
   * Encodes a request and puts it behind those before it. It is handed over with the next flush.
   *
   * @throws whatever the API's codec throws; then nothing is issued
   */
  issue(exchange: Exchange, version: number): void {
    const id = this.#correlationId
    this.#correlationId = (id + 1) & correlationMask
    const frame = this.#encode(exchange, version, id)
    exchange.version = version
    exchange.correlationId = id
    if (exchange.unanswered) this.#posted = true
    else this.inFlight.push(exchange)
    this.writes.add(exchange, frame)
  }

  /** What a request is made of may be somebody's code, which sends another meanwhile: that one is encoded elsewhere. */
  #encode({ api, request }: Exchange, version: number, id: number): Frame {
    const { clientId } = this.#parts.settings
    const room = this.writes.lend()
    try {
      return encodeRequest(api, version, id, clientId, request, room ?? undefined)
    } finally {
      if (room !== null) this.writes.takeBack()
    }
  }

  flush(): void {
    this.writes.flush()
  }

  /** Flushes when the current turn of the event loop ends, so that all that was issued in it is one write. */
  flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#parts.clock.soon(() => {
      this.#flushing = false
      if (this.#destroyed) return
      this.flush()
      this.owner.moved()
    })
  }

  /** Whether it keeps the process alive. */
  reference(wanted: boolean): void {
    if (wanted === this.#referenced) return
    this.#referenced = wanted
    if (wanted) this.#stream.ref?.()
    else this.#stream.unref?.()
  }

  /** Null: closes in good order; only when nothing is on its way. */
  destroy(cause: KafkaError | null, culprit: Exchange | null = null): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#cause = cause
    this.#culprit = culprit
    this.#decoder.stop()
    this.#watchdog.stop()
    // What waits is not handed over to a stream that is given up.
    if (cause !== null) this.writes.halt()
    this.owner.closing(cause)
    this.#destroying = true
    try {
      this.#stream.destroy(cause ?? undefined)
    } finally {
      this.#destroying = false
    }
  }

  onOpen(): void {
    if (this.#destroyed || this.#hasOpened) return
    this.#hasOpened = true
    this.owner.opened()
  }

  onData(chunk: Uint8Array): void {
    if (this.#destroyed) return
    this.#watchdog.sawProgress()
    try {
      this.#decoder.push(chunk, this.#onFrame)
    } catch (cause) {
      this.#corrupt(cause)
    }
  }

  onDrain(): void {
    if (this.#destroyed) return
    this.writes.drained()
    this.flush()
    this.owner.moved()
  }

  onClose(cause: Error | null): void {
    if (this.#hasClosed) return
    this.#hasClosed = true
    const error = this.#destroyed ? this.#cause : this.owner.explain(errorOrNull(cause))
    this.#destroyed = true
    this.#decoder.stop()
    this.#watchdog.stop()
    this.writes.halt()
    // A foreign stream may close within its `write` or `destroy`: who called that goes on first.
    if (this.#destroying || this.writes.writing) this.#parts.clock.soon(() => this.#end(error))
    else this.#end(error)
  }

  #end(error: KafkaError | null): void {
    const unsent = this.writes.close()
    // Nothing is on its way when a channel is closed without a cause.
    if (error !== null) this.#failAll(unsent, error)
    this.owner.closed(error)
  }

  #failAll(unsent: readonly Exchange[], error: KafkaError): void {
    const { address } = this
    for (const exchange of this.inFlight.clear()) {
      const failure = exchangeError(exchange, error, address, this.#culprit)
      this.#observeLoss(exchange, failure)
      exchange.fail(failure)
    }
    for (const exchange of unsent) {
      if (exchange.unanswered) exchange.abandon(exchangeError(exchange, error, address, null))
    }
  }

  #handedOver(exchange: Exchange, frame: Frame): void {
    const { observer, clock } = this.#parts
    if (exchange.unanswered) {
      exchange.writtenAtMs = clock.monotonicMs()
      this.#watchdog.arm(exchange.writtenAtMs + 2 * exchange.timeoutMs)
    }
    if (observer.onRequest === undefined) return
    const { api, version } = exchange
    guarded(() => observer.onRequest!({ broker: this.address, api: api.name, version, bytes: frame.bytes }))
  }

  // hot
  readonly #onFrame = (frame: Uint8Array): void => {
    const head = this.inFlight.head
    if (head === undefined) return this.#unasked()
    const id = readCorrelationId(frame)
    if (id !== head.correlationId || !head.handedOver) return this.#mismatch(id, head)
    let response: unknown
    try {
      const version = head.api === apiVersionsApi ? versionOfAnswer(head.version, frame) : head.version
      response = decodeResponse(head.api, version, frame)
    } catch (cause) {
      return this.#corrupt(cause)
    }
    this.inFlight.shift()
    this.#answers++
    const tookMs = this.#parts.clock.monotonicMs() - head.writtenAtMs
    this.#observe(head, response, tookMs)
    head.succeed(response)
    this.owner.answered(tookMs)
  }

  #observe({ api, version }: Exchange, response: unknown, latencyMs: number): void {
    const throttleMs = throttleTimeOf(response)
    const { observer } = this.#parts
    if (observer.onResponse !== undefined) {
      guarded(() => observer.onResponse!({ broker: this.address, api: api.name, latencyMs, throttleMs }))
    }
    // Up to the version before, the broker has waited already (KIP-219).
    if (throttleMs > 0 && version >= api.throttleFrom) this.owner.throttled(throttleMs, api.name)
  }

  /** Nothing was said of a request that was not handed over, so nothing is said of its end. */
  #observeLoss({ api, handedOver, writtenAtMs }: Exchange, error: KafkaError): void {
    const { observer, clock } = this.#parts
    if (!handedOver || observer.onResponse === undefined) return
    const latencyMs = clock.monotonicMs() - writtenAtMs
    guarded(() => observer.onResponse!({ broker: this.address, api: api.name, latencyMs, throttleMs: 0, error }))
  }

  /** Some brokers answer acks 0 although they must not; that does no harm while nothing else is asked. */
  #unasked(): void {
    if (this.#posted) return
    this.destroy(this.#corruption('sent an answer that nothing asked for'))
  }

  #mismatch(id: number, head: Exchange): void {
    const due = `${head.correlationId} (${head.api.name})`
    this.destroy(this.#corruption(`answered request ${id} where the answer to ${due} was due`), head)
  }

  #corrupt(cause: unknown): void {
    const { problem } = this.#decoder
    const broker = this.address
    if (problem !== null && cause instanceof Error) {
      const message = `${brokerName(broker)} cannot be used: ${cause.message}`
      return this.destroy(new ConnectionError(message, { broker, problem, cause }))
    }
    const what = reasonOf(cause)
    this.destroy(this.#corruption(`sent what cannot be read: ${what}`, cause), this.inFlight.head ?? null)
  }

  #corruption(what: string, cause?: unknown): CorruptFrameError {
    return new CorruptFrameError(`${brokerName(this.address)} ${what}`, { cause, retriable: true })
  }

  #overdue(): void {
    const exchange = this.inFlight.overdue(this.#parts.clock.monotonicMs())
    const limitMs = exchange === null ? this.writes.limitMs : this.inFlight.limitMs(exchange)
    const operation = exchange?.api.name ?? 'write'
    const what = exchange === null ? 'took none of what was written' : `did not answer ${operation}`
    const message = `${brokerName(this.address)} ${what} within ${limitMs} ms`
    this.destroy(new TimeoutError(message, { operation, limitMs }), exchange)
  }
}

/** What a stream of somebody else's gave as the cause of its end. */
function errorOrNull(cause: unknown): Error | null {
  return cause === null || cause === undefined ? null : asError(cause)
}

function throttleTimeOf(response: unknown): number {
  if (typeof response !== 'object' || response === null || !('throttleTimeMs' in response)) return 0
  const { throttleTimeMs } = response
  if (typeof throttleTimeMs !== 'number' || !(throttleTimeMs > 0)) return 0
  return Math.min(throttleTimeMs, longestThrottleMs)
}

/** A transport of the user's own may give anything, a promise of a stream among it. */
function streamOf(given: ByteStream): ByteStream {
  const stream: Partial<ByteStream> | null | undefined = given
  if (typeof stream?.write === 'function' && typeof stream.destroy === 'function') return given
  throw new TypeError("the transport's connect must return a stream with write and destroy")
}
