// Authenticates again on the same connection before its session ends (KIP-368).
import { AuthenticationError, isKafkaError, TimeoutError, type KafkaError, type Timer } from '@sluice/core'
import { askOn } from './ask.ts'
import { authenticate, type Session } from './authenticate.ts'
import { brokerName } from './broker-name.ts'
import type { Channel } from './channel.ts'
import type { VersionTable } from './negotiation.ts'
import type { ConnectionParts } from './settings.ts'

export interface ReauthenticationOwner {
  /** No new requests from now on; `callback` when no answer is outstanding. */
  becomeQuiet(callback: () => void): void
  reauthenticated(session: Session): void
  /** `intact`: nothing was sent yet, the session lives on until it ends. */
  reauthenticationFailed(error: KafkaError, intact: boolean): void
}

// When in its lifetime a session is renewed: early enough to do it, late enough not to do it too often.
const earliest = 0.85
const latest = 0.95
// But never before this share of it, whatever requests and credentials take.
const soonest = 0.5
// Brokers refuse to begin again sooner.
const leastMs = 1000

export class Reauthentication {
  readonly #parts: ConnectionParts
  readonly #channel: Channel
  readonly #versions: VersionTable
  readonly #owner: ReauthenticationOwner
  /** Null when there is nothing to renew, or it is being renewed. */
  #session: Session | null = null
  #share = latest
  /** The longest that an answer took in this session. */
  #slowestMs = 0
  #timer: Timer | null = null
  #abort: AbortController | null = null

  constructor(parts: ConnectionParts, channel: Channel, versions: VersionTable, owner: ReauthenticationOwner) {
    this.#parts = parts
    this.#channel = channel
    this.#versions = versions
    this.#owner = owner
  }

  schedule(session: Session): void {
    if (session.lifetimeMs <= 0) return
    this.#session = session
    this.#share = earliest + (latest - earliest) * this.#parts.random()
    this.#slowestMs = 0
    this.#await(session)
  }

  /** hot */
  sawAnswer(tookMs: number): void {
    if (this.#session === null || tookMs <= this.#slowestMs) return
    this.#slowestMs = tookMs
    this.#await(this.#session)
  }

  stop(reason: KafkaError | null): void {
    this.#session = null
    this.#timer?.cancel()
    this.#abort?.abort(reason)
    this.#abort = null
  }

  /**
   * Story: the window is full, and the broker needs 1 s for it. If the renewal began 0.5 s before the end, the broker would
   * read the last of these requests after the end, and close the connection. So: the slowest answer is waited for, and the
   * credentials are, before the share of time that is left for what nobody foresaw.
   */
  #await({ beganMs, lifetimeMs, credentialsMs }: Session): void {
    const wishedMs = lifetimeMs * this.#share - this.#slowestMs - credentialsMs
    const dueMs = beganMs + Math.max(wishedMs, lifetimeMs * soonest, Math.min(leastMs, lifetimeMs * earliest))
    this.#after(Math.max(0, dueMs - this.#parts.clock.monotonicMs()), () => this.#begin())
  }

  #after(delayMs: number, task: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(delayMs, task)
    this.#timer.unref()
  }

  #begin(): void {
    const abort = new AbortController()
    this.#session = null
    this.#abort = abort
    let intact = true
    this.#limit(abort)
    authenticate({
      clock: this.#parts.clock,
      mechanism: this.#parts.sasl!,
      address: this.#channel.address,
      signal: abort.signal,
      quiet: () =>
        new Promise(resolve => {
          this.#timer?.cancel()
          this.#owner.becomeQuiet(() => {
            intact = false
            this.#limit(abort)
            resolve()
          })
        }),
      ask: askOn(this.#channel, this.#versions, this.#parts.settings.connectTimeoutMs),
      onHandshake: () => {}
    }).then(
      session => this.#end(abort, () => this.#owner.reauthenticated(session)),
      (thrown: unknown) => this.#end(abort, () => this.#owner.reauthenticationFailed(this.#error(thrown), intact))
    )
  }

  #end(abort: AbortController, tell: () => void): void {
    if (this.#abort !== abort) return
    this.#abort = null
    this.#timer?.cancel()
    tell()
  }

  #limit(abort: AbortController): void {
    const limitMs = this.#parts.settings.connectTimeoutMs
    this.#after(limitMs, () => {
      const message = `${brokerName(this.#channel.address)}: authenticating again did not come to an end within ${limitMs} ms`
      abort.abort(new TimeoutError(message, { operation: 'authenticate', limitMs }))
    })
  }

  #error(thrown: unknown): KafkaError {
    if (isKafkaError(thrown)) return thrown
    const broker = this.#channel.address
    return new AuthenticationError(`${brokerName(broker)}: authenticating again failed`, { broker, cause: thrown })
  }
}
