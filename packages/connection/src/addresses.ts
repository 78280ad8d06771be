// The addresses behind a broker's name, one after another.
import {
  ConnectionError,
  foreignText,
  isKafkaError,
  reasonOf,
  type BrokerAddress,
  type Callback,
  type Clock,
  type Outcome,
  type Transport
} from '@sluice/core'
import { described } from './options.ts'

/** Made for each attempt to connect, so that a name is asked for again when all of its addresses have been tried. */
export class Addresses {
  readonly broker: BrokerAddress
  readonly #transport: Transport
  readonly #clock: Clock
  #found: BrokerAddress[] = []

  constructor(broker: BrokerAddress, transport: Transport, clock: Clock) {
    this.broker = broker
    this.#transport = transport
    this.#clock = clock
  }

  /** Not yet tried, the one in use not counted. */
  get left(): number {
    return this.#found.length
  }

  /** Calls back in a later turn, when `next` may be called. */
  find(callback: Callback<void>): void {
    const { broker } = this
    const { host, port, nodeId } = broker
    if (this.#transport.resolve === undefined || broker.ip !== undefined) {
      this.#found = [broker]
      return this.#clock.soon(() => callback(null, undefined))
    }
    this.#resolve(host, (problem, ips) => {
      if (problem !== null) return callback(problem, undefined)
      this.#found = [...new Set(ips)].map(ip => ({ host, port, nodeId, ip }))
      callback(null, undefined)
    })
  }

  /** The transport may be the user's own: whatever it does, `tell` is called at most once, in a later turn. */
  #resolve(host: string, tell: Callback<readonly string[]>): void {
    let isOver = false
    let hasReturned = false
    const settle = (error: unknown, ips?: unknown): void => {
      if (isOver) return
      isOver = true
      const answer = (): void => tell(...this.#outcome(error, ips))
      if (hasReturned) answer()
      else this.#clock.soon(answer)
    }
    try {
      const given: unknown = this.#transport.resolve!(host, settle)
      const returned = (value: unknown): void => void (Array.isArray(value) && settle(new TypeError(notCalledBack)))
      if (given instanceof Promise) given.then(returned, settle)
      else returned(given)
    } catch (thrown) {
      settle(thrown)
    }
    hasReturned = true
  }

  /** In place of no error, others than ours may say undefined. */
  #outcome(error: unknown, ips: unknown): Outcome<readonly string[]> {
    if (isKafkaError(error)) return [error, undefined]
    // A transport of the user's own may fail with whatever its resolver gave.
    if (error !== null && error !== undefined) return [this.#unresolvable(reasonOf(error), error), undefined]
    const problem = problemOf(ips)
    return problem === null ? [null, ips as readonly string[]] : [this.#unresolvable(problem), undefined]
  }

  /** Null when all have been tried. */
  next(): BrokerAddress | null {
    return this.#found.shift() ?? null
  }

  #unresolvable(why: string, cause?: unknown): ConnectionError {
    const { broker } = this
    const message = `${foreignText(broker.host)} cannot be resolved: ${why}`
    return new ConnectionError(message, { broker, problem: 'unresolvable', cause })
  }
}

const notCalledBack = 'resolve of the transport must call back with its list of addresses, and returned it'

/** What is wrong with what was given as the addresses of a name; null if nothing is. */
function problemOf(ips: unknown): string | null {
  const expected = 'resolve of the transport must give a list of addresses (strings), and gave'
  if (!Array.isArray(ips)) return `${expected} ${described(ips)}`
  if (ips.length === 0) return 'the name has no address'
  const wrong = ips.findIndex(ip => typeof ip !== 'string' || ip === '')
  return wrong < 0 ? null : `${expected} ${described(ips[wrong])} at [${wrong}]`
}
