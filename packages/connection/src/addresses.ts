// The addresses behind a broker's name, one after another, asked for again when all have been used.
import { ConnectionError, type BrokerAddress, type Callback, type Clock, type Transport } from '@sluice/core'

/** Outlives the connections to a broker, so that an address that hangs does not keep the next attempt from the others. */
export class Addresses {
  readonly broker: BrokerAddress
  readonly #transport: Transport
  readonly #clock: Clock
  #left: string[] = []
  #resolved = false

  constructor(broker: BrokerAddress, transport: Transport, clock: Clock) {
    this.broker = broker
    this.#transport = transport
    this.#clock = clock
  }

  /** Not yet tried, the one in use not counted. */
  get left(): number {
    return this.#left.length
  }

  /** An attempt begins: with what the last one left over, or with all addresses anew. In a later turn. */
  begin(callback: Callback<void>): void {
    const { broker } = this
    this.#resolved = this.#left.length > 0
    if (this.#resolved || this.#transport.resolve === undefined || broker.ip !== undefined) {
      return this.#clock.soon(() => callback(null, undefined))
    }
    this.#resolve(callback)
  }

  /** The next address to try in this attempt; null when it has tried all. */
  next(): BrokerAddress | null {
    if (!this.#resolved) {
      this.#resolved = true
      return this.broker
    }
    const ip = this.#left.shift()
    return ip === undefined ? null : { ...this.broker, ip }
  }

  /** One address works: when that ends, the name may mean something else. */
  forget(): void {
    this.#left = []
  }

  #resolve(callback: Callback<void>): void {
    const { host } = this.broker
    try {
      this.#transport.resolve!(host, (error, found) => {
        if (error !== null) return callback(error, undefined)
        if (found.length === 0) return callback(this.#unresolvable(null), undefined)
        this.#left = [...new Set(found)]
        this.#resolved = true
        callback(null, undefined)
      })
    } catch (thrown) {
      this.#clock.soon(() => callback(this.#unresolvable(thrown), undefined))
    }
  }

  #unresolvable(cause: unknown): ConnectionError {
    const broker = this.broker
    return new ConnectionError(`${broker.host} has no address`, { broker, problem: 'unresolvable', cause })
  }
}
