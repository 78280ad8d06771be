// One connection to one broker: its state, the requests that wait, drain and close.
import { EventEmitter } from 'node:events'
import {
  ClosedError,
  ConnectionError,
  guarded,
  tellAll,
  type BrokerAddress,
  type Callback,
  type ConnectionState,
  type KafkaError
} from '@sluice/core'
import type { Api } from '@sluice/protocol'
import type { Session } from './authenticate.ts'
import { brokerName } from './broker-name.ts'
import type { Channel, ChannelOwner } from './channel.ts'
import type { Connection, ConnectionEvents, SendOptions } from './contract.ts'
import { makeExchange, type Exchange } from './exchange.ts'
import { connectionLost, exchangeError, type Circumstances } from './failures.ts'
import { DrainSignal } from './drain-signal.ts'
import { Handshake, type HandshakeOwner, type Prepared } from './handshake.ts'
import { versionFor, type VersionTable } from './negotiation.ts'
import { Outbox } from './outbox.ts'
import { Reauthentication } from './reauthentication.ts'
import type { ConnectionParts } from './settings.ts'
import { nextState, type ConnectionEvent } from './states.ts'
import { Throttle } from './throttle.ts'

export class BrokerConnection extends EventEmitter<ConnectionEvents> implements Connection {
  readonly #parts: ConnectionParts
  readonly #broker: BrokerAddress
  readonly #bornMs: number
  readonly #handshake: Handshake
  readonly #throttle: Throttle
  readonly #outbox: Outbox
  readonly #drain: DrainSignal
  #state: ConnectionState = 'connecting'
  #channel: Channel | null = null
  #versions: VersionTable = new Map()
  #reauthentication: Reauthentication | null = null
  /** Answers that negotiation and authentication took. */
  #answersBefore = 0
  #onQuiet: (() => void) | null = null
  #busyBefore = true
  /** Requests whose senders count on this connection to keep the process alive. */
  #awaited = 0
  #lastUsedMs: number
  /** Why it ends, once that is known; and whether somebody asked for it. */
  #ending: KafkaError | null = null
  #asked = false
  #ended = false
  #closers: Callback<void>[] = []

  constructor(parts: ConnectionParts, broker: BrokerAddress) {
    super()
    // As many clients as share a pool may listen.
    this.setMaxListeners(0)
    this.#parts = parts
    this.#broker = broker
    this.#bornMs = parts.clock.monotonicMs()
    this.#lastUsedMs = this.#bornMs
    const { clock, settings } = parts
    this.#throttle = new Throttle(clock, () => this.#throttleOver())
    this.#outbox = new Outbox(clock, settings.maxInflights, this.#throttle)
    this.#drain = new DrainSignal(
      clock,
      () => this.writable,
      () => this.#tell('drain')
    )
    this.#handshake = new Handshake(parts, broker, this.#asHandshakeOwner())
    this.#handshake.start()
  }

  get address(): BrokerAddress {
    return this.#broker
  }
  get state(): ConnectionState {
    return this.#state
  }
  get inFlight(): number {
    return this.#channel?.inFlight.length ?? 0
  }
  get context(): unknown {
    return this.#parts.settings.context
  }
  get writable(): boolean {
    return this.#state === 'ready' && this.#outbox.hasRoom
  }
  /** Since it was ready for the first time. */
  get wasReady(): boolean {
    return this.#channel !== null
  }
  /** Whether it ever answered a request of its users. */
  get answered(): boolean {
    return (this.#channel?.answers ?? 0) > this.#answersBefore
  }

  /** Monotonic; since when nothing is in flight or waits; null while something is. */
  get idleSinceMs(): number | null {
    // Inside the callback of the last answer it was busy just now.
    return this.#busyBefore || this.#isBusy() ? null : this.#lastUsedMs
  }

  /** Unused for so long it may be half-open: what is written to it may vanish, and nobody would tell. */
  get stale(): boolean {
    if (this.#state !== 'ready') return false
    const { idleSinceMs } = this
    return idleSinceMs !== null && this.#parts.clock.monotonicMs() - idleSinceMs >= this.#parts.settings.idleTimeoutMs
  }

  /** Requests wait for the end of a silence, and nothing is on its way. */
  get silenced(): boolean {
    return this.#channel !== null && !this.#channel.busy && this.#outbox.waiting > 0
  }

  versionOf(api: Api<never, unknown>): number | null {
    try {
      return versionFor(api, this.#versions, api.versions.max)
    } catch {
      return null
    }
  }

  send<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    callback: Callback<Response>,
    options?: SendOptions
  ): boolean {
    return this.#accept(makeExchange(api, request, callback, this.#parts.settings.requestTimeoutMs, options))
  }

  post<Request>(
    api: Api<Request, unknown>,
    request: Request,
    callback: Callback<void>,
    onReleased?: () => void,
    options?: SendOptions
  ): boolean {
    const timeoutMs = this.#parts.settings.requestTimeoutMs
    return this.#accept(makeExchange(api, request, callback, timeoutMs, options, { onReleased: onReleased ?? null }))
  }

  close(callback: Callback<void>): void {
    if (this.#ended) return this.#parts.clock.soon(() => callback(null, undefined))
    this.#closers.push(callback)
    if (this.#state === 'closed') return
    this.#asked = true
    // The rest in a later turn: the callback must not be called before this call has returned.
    if (this.#channel === null) return this.#end(new ClosedError(`The connection to ${this.#name()} was closed`))
    this.#advance('closing')
    this.#parts.clock.soon(() => this.#moved())
  }

  destroy(cause: KafkaError): void {
    if (this.#state !== 'closed') this.#end(cause)
  }

  #end(cause: KafkaError): void {
    this.#ending ??= cause
    this.#advance('closed')
    if (this.#channel === null) this.#handshake.abort(cause)
    else this.#channel.destroy(cause)
  }

  // hot
  #accept(exchange: Exchange): boolean {
    if (!exchange.background) {
      this.#awaited++
      exchange.onEnd = this.#onAwaitedEnd
    }
    if (this.#state === 'closed' || this.#state === 'draining') return this.#refuse(exchange)
    if (this.stale) {
      this.#retire()
      this.#outbox.hold(exchange)
    } else this.#outbox.add(exchange)
    this.#settle()
    if (this.writable) return true
    this.#drain.owe()
    return false
  }

  #refuse(exchange: Exchange): boolean {
    const ending = this.#ending ?? new ClosedError(`The connection to ${this.#name()} is closing`)
    this.#outbox.reject(exchange, exchangeError(exchange, ending, this.#broker, null))
    return false
  }

  /** An answer came, or the stream took something: what waits may go, and what waited for the end may come. hot */
  #moved(): void {
    if (this.#ended || this.#channel === null || this.#channel.destroyed) return
    this.#outbox.pump()
    if (this.#onQuiet !== null) this.#lookWhetherQuiet()
    if (this.#state === 'draining' && !this.#isBusy()) this.#channel.destroy(this.#ending)
    this.#settle()
  }

  /** Brings what follows from the state up to date: the reference that keeps the process alive, and `drain`. hot */
  #settle(): void {
    const busy = this.#isBusy()
    if (!busy && this.#busyBefore) this.#lastUsedMs = this.#parts.clock.monotonicMs()
    this.#busyBefore = busy
    this.#refer(busy)
    if (this.#state !== 'ready') return
    if (this.writable) this.#drain.settle()
    else this.#drain.owe()
  }

  /** What is in the background, its senders keep the process alive for. hot */
  #refer(busy: boolean): void {
    this.#channel?.reference(busy && (this.#awaited > 0 || this.#closers.length > 0))
  }

  readonly #onAwaitedEnd = (): void => {
    this.#awaited--
    this.#refer(this.#isBusy())
  }

  #isBusy(): boolean {
    if (this.#channel === null) return true
    return this.#channel.busy || this.#outbox.waiting > 0
  }

  #retire(): void {
    const message = `The connection to ${this.#name()} was unused for too long to be trusted (idleTimeout)`
    this.#end(new ConnectionError(message, { broker: this.#broker, problem: 'closed' }))
  }

  #prepared({ channel, versions, session }: Prepared): void {
    this.#channel = channel
    this.#versions = versions
    this.#answersBefore = channel.answers
    this.#outbox.open(channel, versions)
    channel.owner = this.#asChannelOwner()
    this.#advance('prepared')
    this.#reauthentication = this.#makeReauthentication(channel, versions)
    if (session !== null) this.#reauthentication.schedule(session)
    this.#moved()
    this.#tell('ready')
  }

  #throttled(throttleMs: number, api: string): void {
    const addedMs = this.#throttle.add(throttleMs)
    this.#channel?.inFlight.extend(addedMs)
    this.#channel?.writes.hold(true)
    this.#tell('throttle', throttleMs, api)
  }

  #throttleOver(): void {
    if (this.#channel === null || this.#channel.destroyed) return
    this.#channel.writes.hold(false)
    this.#channel.flush()
    this.#moved()
  }

  #lookWhetherQuiet(): void {
    const channel = this.#channel!
    if (channel.inFlight.length > 0 || channel.writes.waiting > 0 || this.#throttle.active) return
    const proceed = this.#onQuiet!
    this.#onQuiet = null
    this.#advance('authenticating')
    proceed()
  }

  #reauthenticated(session: Session): void {
    this.#outbox.quiet = false
    this.#advance('prepared')
    this.#reauthentication?.schedule(session)
    this.#tell('sasl', 'authentication:extended', this.#parts.sasl!.name)
    this.#moved()
  }

  #reauthenticationFailed(error: KafkaError, intact: boolean): void {
    this.#ending ??= error
    if (!intact) return this.#channel!.destroy(error)
    // The session lives on for a while: what was accepted can still be finished.
    this.#outbox.quiet = false
    this.#onQuiet = null
    this.#advance('closing')
    this.#moved()
  }

  #closed(error: KafkaError | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#ending ??= error
    this.#advance('closed')
    this.#throttle.stop()
    this.#reauthentication?.stop(error)
    const reason = error ?? new ClosedError(`The connection to ${this.#name()} was closed`)
    for (const exchange of this.#outbox.clear()) {
      exchange.abandon(exchangeError(exchange, reason, this.#broker, null))
    }
    const asFor = this.#asked && error?.code === 'KAFKA_CLOSED'
    this.#tell('close', asFor ? null : error)
    for (const closer of this.#closers) guarded(() => closer(null, undefined))
  }

  #advance(event: ConnectionEvent): void {
    const state = nextState(this.#state, event)
    if (state === null || state === this.#state) return
    this.#state = state
    const { observer, clock } = this.#parts
    if (observer.onConnection === undefined) return
    const elapsedMs = clock.monotonicMs() - this.#bornMs
    const error = state === 'closed' ? (this.#ending ?? undefined) : undefined
    guarded(() => observer.onConnection!({ broker: this.#broker, state, elapsedMs, error }))
  }

  #asHandshakeOwner(): HandshakeOwner {
    return {
      stateNow: () => this.#state,
      advance: event => {
        // Another stream, perhaps to another broker: what one wants does not hold for the next.
        if (event === 'reopened') this.#throttle.stop()
        this.#advance(event)
      },
      saslStage: stage => this.#tell('sasl', stage, this.#parts.sasl!.name),
      throttled: (throttleMs, api) => this.#throttled(throttleMs, api),
      prepared: result => this.#prepared(result),
      failed: error => this.#closed(error)
    }
  }

  #asChannelOwner(): ChannelOwner {
    return {
      opened: () => {},
      moved: () => this.#moved(),
      answered: tookMs => {
        this.#reauthentication?.sawAnswer(tookMs)
        this.#moved()
      },
      throttled: (throttleMs, api) => this.#throttled(throttleMs, api),
      closing: cause => {
        this.#ending ??= cause
        this.#advance('closed')
      },
      explain: cause => connectionLost(cause, this.#circumstances()),
      closed: error => this.#closed(error)
    }
  }

  #makeReauthentication(channel: Channel, versions: VersionTable): Reauthentication {
    return new Reauthentication(this.#parts, channel, versions, {
      becomeQuiet: callback => {
        this.#outbox.quiet = true
        this.#drain.owe()
        this.#onQuiet = callback
        this.#moved()
      },
      reauthenticated: session => this.#reauthenticated(session),
      reauthenticationFailed: (error, intact) => this.#reauthenticationFailed(error, intact)
    })
  }

  #circumstances(): Circumstances {
    return { address: this.#broker, state: this.#state, answered: this.answered, sasl: this.#parts.sasl !== null }
  }

  #tell<Name extends keyof ConnectionEvents>(name: Name, ...event: ConnectionEvents[Name]): void {
    tellAll(this, name, event)
  }

  #name(): string {
    return brokerName(this.#broker)
  }
}
