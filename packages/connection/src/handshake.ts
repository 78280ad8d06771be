// From nothing to a connection that takes requests: an address, a stream, ApiVersions, SASL; one sequence.
import {
  isKafkaError,
  TimeoutError,
  type BrokerAddress,
  type ConnectionProblem,
  type ConnectionState,
  type KafkaError,
  type Timer
} from '@sluice/core'
import { apiVersionsApi, type ApiVersionsResponse } from '@sluice/protocol'
import { Addresses } from './addresses.ts'
import { asError } from './as-error.ts'
import { askOn } from './ask.ts'
import { authenticate, type Session } from './authenticate.ts'
import { brokerName } from './broker-name.ts'
import { Channel, type ChannelOwner } from './channel.ts'
import { makeExchange } from './exchange.ts'
import { advertisedTodo, connectionLost } from './failures.ts'
import { meaningVersion, type MeantBroker } from './known-cluster.ts'
import { afterAnswer, firstVersionFor, type VersionTable } from './negotiation.ts'
import type { ConnectionParts } from './settings.ts'
import { clientSoftware } from './software.ts'
import type { ConnectionEvent } from './states.ts'
import { Watchdog } from './watchdog.ts'

export interface Prepared {
  readonly channel: Channel
  readonly versions: VersionTable
  /** Null without SASL. */
  readonly session: Session | null
}

export interface HandshakeOwner {
  stateNow(): ConnectionState
  advance(event: ConnectionEvent): void
  saslStage(stage: 'handshake' | 'authentication'): void
  throttled(throttleMs: number, api: string): void
  /** One of these two, once. */
  prepared(result: Prepared): void
  failed(error: KafkaError): void
}

/** What a stream gets to close. */
const closeMs = 1_000
/** What a broker gets to answer behind a stall of our own event loop. */
const allowanceMs = 1_000

export class Handshake implements ChannelOwner {
  readonly #parts: ConnectionParts
  readonly #addresses: Addresses
  readonly #owner: HandshakeOwner
  readonly #watchdog: Watchdog
  #endMs: number
  /** When the address, or the version, in use has had its share of the time. */
  #shareEndMs = Infinity
  #address: BrokerAddress
  #channel: Channel | null = null
  #version = 0
  #answered = false
  #abort = new AbortController()
  #lastError: KafkaError | null = null
  #tried = 0
  #aborted = false
  #over = false
  /** Till when a stream that is given up may close. */
  #grace: Timer | null = null

  constructor(parts: ConnectionParts, broker: BrokerAddress, owner: HandshakeOwner) {
    const { clock, settings } = parts
    this.#parts = parts
    this.#addresses = new Addresses(broker, parts.transport, clock)
    this.#address = broker
    this.#owner = owner
    this.#endMs = clock.monotonicMs() + settings.connectTimeoutMs
    this.#watchdog = new Watchdog(
      clock,
      () => Math.min(this.#shareEndMs, this.#endMs),
      () => this.#timeUp(),
      () => this.#allowForStall()
    )
  }

  get #meant(): MeantBroker {
    return this.#parts.cluster.meantBy(this.#addresses.broker)
  }

  /** Version 0 does not say which broker is meant: whoever else is at the address would be taken for it. */
  get #mayFallBack(): boolean {
    return this.#version >= 3 && this.#version < meaningVersion
  }

  start(): void {
    this.#watchdog.arm(this.#endMs)
    this.#addresses.find((...[error]) => {
      if (this.#over || this.#aborted) return
      if (error === null) this.#openNext()
      else this.#fail(error)
    })
  }

  /** Gives up; `failed` follows, when the stream has closed if there is one. */
  abort(cause: KafkaError): void {
    if (this.#over) return
    this.#aborted = true
    if (this.#channel === null) this.#parts.clock.soon(() => this.#fail(cause))
    else this.#channel.destroy(cause)
  }

  opened(): void {
    this.#owner.advance('opened')
    this.#negotiate()
  }

  moved(): void {}
  answered(): void {}
  closing(): void {}

  throttled(throttleMs: number, api: string): void {
    this.#owner.throttled(throttleMs, api)
  }

  explain(cause: Error | null): KafkaError {
    const state = this.#owner.stateNow()
    return connectionLost(cause, { address: this.#address, state, answered: false, sasl: this.#parts.sasl !== null })
  }

  closed(error: KafkaError | null): void {
    this.#channel = null
    this.#abort.abort(error)
    if (this.#over || error === null) return
    if (this.#aborted || this.#isFinal(error)) return this.#fail(error)
    this.#lastError = tellsMore(this.#lastError, error)
    if (this.#mayBeTooNew(error)) return this.#open(this.#address, 0)
    this.#openNext()
  }

  /** Another address would say the same, or there is no time for one. */
  #isFinal({ code }: KafkaError): boolean {
    if (code === 'KAFKA_AUTHENTICATION' || code === 'KAFKA_UNSUPPORTED_VERSION') return true
    return this.#parts.clock.monotonicMs() >= this.#endMs
  }

  /** Some old brokers and proxies just close, or say nothing, when they see a version that they do not know. */
  #mayBeTooNew(error: KafkaError): boolean {
    if (this.#owner.stateNow() !== 'negotiating' || this.#answered || !this.#mayFallBack) return false
    return problemOf(error) === 'closed' || error.code === 'KAFKA_TIMEOUT'
  }

  #openNext(): void {
    const address = this.#addresses.next()
    if (address === null) return this.#fail(this.#lastError!)
    this.#tried++
    this.#open(address, firstVersionFor(this.#meant))
  }

  #open(address: BrokerAddress, version: number): void {
    this.#address = address
    this.#version = version
    this.#answered = false
    this.#abort = new AbortController()
    if (this.#lastError !== null) this.#owner.advance('reopened')
    this.#giveShare(this.#addresses.left + 1)
    try {
      this.#channel = new Channel(this.#parts, address, this)
    } catch (thrown) {
      // A transport of the user's own that throws instead of closing the stream.
      const error = this.explain(asError(thrown))
      this.#parts.clock.soon(() => this.closed(error))
    }
  }

  #negotiate(): void {
    this.#giveShare(this.#addresses.left + (this.#mayFallBack ? 2 : 1))
    const asked = this.#version
    this.#ask(asked, response => {
      this.#answered = true
      const step = afterAnswer(asked, response, this.#address)
      if (step.kind === 'failed') return this.#channel!.destroy(step.error)
      this.#giveShare(1)
      if (step.kind === 'done') return this.#negotiated(step.versions)
      this.#version = step.version
      this.#negotiate()
    })
  }

  #negotiated(versions: VersionTable): void {
    // What only takes version 0 may pass on what a broker behind it says of itself.
    if (this.#version > 0) this.#parts.cluster.learn(versions)
    void this.#authenticate(versions)
  }

  #ask(version: number, use: (response: ApiVersionsResponse) => void): void {
    const timeoutMs = this.#parts.settings.connectTimeoutMs
    const exchange = makeExchange(
      apiVersionsApi,
      { ...clientSoftware, ...this.#meant },
      // An error needs nothing: `closed` follows.
      (error, response) => {
        if (error === null) use(response)
      },
      timeoutMs
    )
    this.#channel!.issue(exchange, version)
    this.#channel!.flush()
  }

  async #authenticate(versions: VersionTable): Promise<void> {
    const channel = this.#channel!
    const { clock, sasl, settings } = this.#parts
    if (sasl === null) return this.#succeed({ channel, versions, session: null })
    this.#owner.advance('authenticating')
    try {
      const session = await authenticate({
        clock,
        mechanism: sasl,
        address: this.#address,
        signal: this.#abort.signal,
        quiet: () => Promise.resolve(),
        ask: askOn(channel, versions, settings.connectTimeoutMs),
        onHandshake: () => this.#owner.saslStage('handshake')
      })
      if (channel.destroyed || this.#over) return
      this.#owner.saslStage('authentication')
      this.#succeed({ channel, versions, session })
    } catch (thrown) {
      channel.destroy(isKafkaError(thrown) ? thrown : this.explain(asError(thrown)))
    }
  }

  #succeed(result: Prepared): void {
    // Who was told of the answer may have closed it; then `closed` follows.
    if (this.#over || result.channel.destroyed) return
    this.#end()
    this.#owner.prepared(result)
  }

  #fail(error: KafkaError): void {
    if (this.#over) return
    this.#end()
    this.#owner.failed(error)
  }

  #end(): void {
    this.#over = true
    this.#watchdog.stop()
    this.#grace?.cancel()
  }

  /** The time left is shared with what else could be tried, so that one address that hangs leaves time for the others. */
  #giveShare(among: number): void {
    const nowMs = this.#parts.clock.monotonicMs()
    this.#shareEndMs = nowMs + (this.#endMs - nowMs) / among
    this.#watchdog.arm(this.#shareEndMs)
  }

  /** Story: the stream opens while the event loop is blocked, so that nothing is asked before the time is over. */
  #allowForStall(): void {
    const allowedMs = this.#parts.clock.monotonicMs() + allowanceMs
    this.#endMs = Math.max(this.#endMs, allowedMs)
    this.#shareEndMs = Math.max(this.#shareEndMs, allowedMs)
  }

  #timeUp(): void {
    const over = this.#parts.clock.monotonicMs() >= this.#endMs
    this.#shareEndMs = Infinity
    if (!over) this.#watchdog.arm(this.#endMs)
    const error = this.#timeout()
    if (over && this.#channel === null) return this.#fail(error)
    // A stream that does not say that it has closed is not waited for longer.
    if (over) {
      this.#grace = this.#parts.clock.after(closeMs, () => this.#fail(error))
      this.#grace.unref()
    }
    this.#channel?.destroy(error)
  }

  #timeout(): TimeoutError {
    const limitMs = this.#parts.settings.connectTimeoutMs
    const state = this.#owner.stateNow()
    const doing = {
      connecting: this.#tried === 0 ? 'its name was not resolved' : notTaken(this.#address),
      negotiating: 'it did not answer ApiVersions: if its port is that of a TLS listener, set the tls option',
      authenticating: 'SASL authentication did not come to an end',
      ready: '',
      draining: '',
      closed: ''
    }[state]
    const message = `${brokerName(this.#address)} was not ready within ${limitMs} ms (connectTimeout): ${doing}`
    const cause = this.#lastError ?? undefined
    return new TimeoutError(message, { operation: 'connect', limitMs, cause })
  }
}

/** Packets that vanish: a firewall, or an address that means something elsewhere only. */
function notTaken({ nodeId }: BrokerAddress): string {
  const todo = nodeId === undefined ? 'check host and port, and whether a firewall is in between' : advertisedTodo
  return `it did not take the connection: ${todo}`
}

function problemOf(error: KafkaError): ConnectionProblem | undefined {
  return isKafkaError(error, 'KAFKA_CONNECTION') ? error.problem : undefined
}

const vague: ReadonlySet<ConnectionProblem | undefined> = new Set([undefined, 'refused', 'closed'])

/** Of two addresses that failed, the error that says more about what to change; the later one if they say the same. */
function tellsMore(earlier: KafkaError | null, later: KafkaError): KafkaError {
  return earlier !== null && vague.has(problemOf(later)) && !vague.has(problemOf(earlier)) ? earlier : later
}
