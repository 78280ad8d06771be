// Authenticates again on the same connection before its session ends (KIP-368).
import { AuthenticationError, isKafkaError, TimeoutError, type KafkaError, type Timer } from '@sluice/core'
import { askOn } from './ask.ts'
import { authenticate } from './authenticate.ts'
import { brokerName } from './broker-name.ts'
import type { Channel } from './channel.ts'
import type { VersionTable } from './negotiation.ts'
import type { ConnectionParts } from './settings.ts'

export interface ReauthenticationOwner {
  /** No new requests from now on; `callback` when no answer is outstanding. */
  becomeQuiet(callback: () => void): void
  reauthenticated(sessionLifetimeMs: number): void
  /** `intact`: nothing was sent yet, the session lives on until it ends. */
  reauthenticationFailed(error: KafkaError, intact: boolean): void
}

// When in its lifetime a session is renewed: early enough to do it, late enough not to do it too often.
const earliest = 0.85
const latest = 0.95

export class Reauthentication {
  readonly #parts: ConnectionParts
  readonly #channel: Channel
  readonly #versions: VersionTable
  readonly #owner: ReauthenticationOwner
  #timer: Timer | null = null
  #abort: AbortController | null = null

  constructor(parts: ConnectionParts, channel: Channel, versions: VersionTable, owner: ReauthenticationOwner) {
    this.#parts = parts
    this.#channel = channel
    this.#versions = versions
    this.#owner = owner
  }

  /** @param lifetimeMs 0: never */
  schedule(lifetimeMs: number): void {
    if (lifetimeMs <= 0) return
    const share = earliest + (latest - earliest) * this.#parts.random()
    this.#after(lifetimeMs * share, () => this.#begin())
  }

  stop(reason: KafkaError | null): void {
    this.#timer?.cancel()
    this.#abort?.abort(reason)
    this.#abort = null
  }

  #after(delayMs: number, task: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(delayMs, task)
    this.#timer.unref()
  }

  #begin(): void {
    const abort = new AbortController()
    this.#abort = abort
    let intact = true
    this.#limit(abort)
    authenticate({
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
      lifetimeMs => this.#end(abort, () => this.#owner.reauthenticated(lifetimeMs)),
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
