// The addresses behind a broker's name, one after another.
import {
  ConnectionError,
  foreignText,
  isKafkaError,
  reasonOf,
  type BrokerAddress,
  type Callback,
  type Clock,
  type Transport
} from '@sluice/core'

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
    try {
      this.#transport.resolve(host, (error, ips) => {
        // A transport of the user's own may fail with whatever its resolver gave.
        if (error !== null) return callback(isKafkaError(error) ? error : this.#unresolvable(error), undefined)
        if (ips.length === 0) return callback(this.#unresolvable(undefined), undefined)
        this.#found = [...new Set(ips)].map(ip => ({ host, port, nodeId, ip }))
        callback(null, undefined)
      })
    } catch (thrown) {
      this.#clock.soon(() => callback(this.#unresolvable(thrown), undefined))
    }
  }

  /** Null when all have been tried. */
  next(): BrokerAddress | null {
    return this.#found.shift() ?? null
  }

  #unresolvable(cause: unknown): ConnectionError {
    const broker = this.broker
    const why = cause === undefined ? 'the name has no address' : reasonOf(cause)
    return new ConnectionError(`${foreignText(broker.host)} cannot be resolved: ${why}`, {
      broker,
      problem: 'unresolvable',
      cause
    })
  }
}
