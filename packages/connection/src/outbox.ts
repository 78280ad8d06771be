// The requests that were accepted and have not been issued: in order, and only while they may go.
import { InvalidArgumentError, isKafkaError, reasonOf, type Clock, type KafkaError } from '@sluice/core'
import type { Channel } from './channel.ts'
import type { Exchange } from './exchange.ts'
import { versionFor, type VersionTable } from './negotiation.ts'
import type { Throttle } from './throttle.ts'

export class Outbox {
  /** Nothing may go: the connection is about to authenticate again. */
  quiet = false
  readonly #clock: Clock
  readonly #maxInflights: number
  readonly #throttle: Throttle
  #channel: Channel | null = null
  #versions: VersionTable = new Map()
  #waiting: Exchange[] = []

  constructor(clock: Clock, maxInflights: number, throttle: Throttle) {
    this.#clock = clock
    this.#maxInflights = maxInflights
    this.#throttle = throttle
  }

  /** From now on requests go out here. */
  open(channel: Channel, versions: VersionTable): void {
    this.#channel = channel
    this.#versions = versions
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Another request would go out with this turn. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0 && this.#mayIssue(false)
  }

  /** Behind those that wait. hot */
  add(exchange: Exchange): void {
    if (this.#waiting.length === 0 && this.#mayIssue(exchange.unanswered)) this.#issue(exchange)
    else this.#waiting.push(exchange)
  }

  /** Keeps it, although it might go. */
  hold(exchange: Exchange): void {
    this.#waiting.push(exchange)
  }

  /** Issues what may go. hot */
  pump(): void {
    while (this.#waiting.length > 0 && this.#mayIssue(this.#waiting[0]!.unanswered)) this.#issue(this.#waiting.shift()!)
  }

  /** Fails one, in a later turn. */
  reject(exchange: Exchange, error: KafkaError): void {
    this.#clock.soon(() => exchange.abandon(error))
  }

  /** Takes out all that wait. */
  clear(): readonly Exchange[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }

  // hot
  #mayIssue(unanswered: boolean): boolean {
    const channel = this.#channel
    if (channel === null || this.quiet || this.#throttle.active || !channel.writes.accepting) return false
    return unanswered || channel.inFlight.length < this.#maxInflights
  }

  // hot
  #issue(exchange: Exchange): void {
    const channel = this.#channel!
    const idle = !channel.busy
    try {
      channel.issue(exchange, versionFor(exchange.api, this.#versions, exchange.maxVersion))
    } catch (cause) {
      return this.reject(exchange, isKafkaError(cause) ? cause : unwritable(exchange, cause))
    }
    // Alone it goes at once; whatever else this turn brings goes together.
    if (idle && !exchange.unanswered) channel.flush()
    else channel.flushSoon()
  }
}

function unwritable({ api }: Exchange, cause: unknown): InvalidArgumentError {
  const why = reasonOf(cause)
  return new InvalidArgumentError(`The ${api.name} request cannot be written: ${why}`, { cause })
}
