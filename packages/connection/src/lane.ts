// One lane to one broker: at most one connection, those who wait for it, and when it may be tried again.
import {
  ConnectionError,
  guarded,
  isKafkaError,
  reasonOf,
  type BrokerAddress,
  type Callback,
  type KafkaError,
  type Timer
} from '@sluice/core'
import { backoffMs } from './backoff.ts'
import { brokerName } from './broker-name.ts'
import { BrokerConnection } from './connection.ts'
import type { PoolParts } from './compose.ts'
import type { Connection } from './contract.ts'

export interface LaneOwner {
  made(connection: BrokerConnection): void
  ready(connection: BrokerConnection): void
  /** `error` null: closed as asked. */
  gone(connection: BrokerConnection, wasReady: boolean, error: KafkaError | null): void
}

const reconnect = { initialMs: 50, maxMs: 1000 }

export class BrokerLane {
  readonly #parts: PoolParts
  readonly #owner: LaneOwner
  #address: BrokerAddress
  #connection: BrokerConnection | null = null
  #waiters: Callback<Connection>[] = []
  #failures = 0
  #notBeforeMs = -Infinity
  #timer: Timer | null = null
  #left = false

  constructor(parts: PoolParts, address: BrokerAddress, owner: LaneOwner) {
    this.#parts = parts
    this.#address = address
    this.#owner = owner
  }

  get address(): BrokerAddress {
    return this.#address
  }

  /** In any state but closed. */
  get connection(): BrokerConnection | null {
    const connection = this.#connection
    return connection === null || connection.state === 'closed' ? null : connection
  }

  /** Nobody uses it or waits, and how often it failed says nothing any more. */
  get forgettable(): boolean {
    if (this.#connection !== null || this.#waiters.length > 0) return false
    const { clock, settings } = this.#parts.connection
    return clock.monotonicMs() - this.#notBeforeMs >= settings.idleTimeoutMs
  }

  acquire(callback: Callback<Connection>): void {
    const connection = this.#connection
    if (connection !== null && this.#isUsable(connection)) {
      return this.#parts.connection.clock.soon(() => callback(null, connection))
    }
    this.#waiters.push(callback)
    this.#tryNow()
  }

  /** The broker is to be found elsewhere now. What the old connection has begun it ends. */
  moveTo(address: BrokerAddress): void {
    this.#address = address
    this.#failures = 0
    this.#notBeforeMs = -Infinity
    this.#timer?.cancel()
    this.#timer = null
    this.#letGo()
    this.#tryNow()
  }

  /** The broker is gone, or the pool closes. */
  leave(reason: KafkaError): void {
    this.#left = true
    this.#timer?.cancel()
    // What was not sent would keep it open for as long as the broker wants silence.
    if (this.#connection?.silenced === true) this.#connection.destroy(reason)
    this.#letGo()
    this.#failWaiters(reason)
  }

  #isUsable(connection: BrokerConnection): boolean {
    if (!connection.wasReady || connection.state === 'closed') return false
    if (connection.state !== 'draining' && !connection.stale) return true
    this.#letGo()
    return false
  }

  /** Somebody else's from now on, or nobody's: it closes when it is done. */
  #letGo(): void {
    const connection = this.#connection
    this.#connection = null
    connection?.close(() => {})
  }

  #tryNow(): void {
    if (this.#left || this.#connection !== null || this.#timer !== null || this.#waiters.length === 0) return
    const { clock } = this.#parts.connection
    const delayMs = this.#notBeforeMs - clock.monotonicMs()
    if (delayMs <= 0) return this.#connect()
    this.#timer = clock.after(delayMs, () => {
      this.#timer = null
      this.#tryNow()
    })
  }

  #connect(): void {
    let connection: BrokerConnection
    try {
      connection = new BrokerConnection(this.#parts.connection, this.#target())
    } catch (thrown) {
      return this.#parts.connection.clock.soon(() => this.#failed(this.#cannotMap(thrown)))
    }
    this.#connection = connection
    this.#owner.made(connection)
    connection.once('ready', () => this.#ready(connection))
    connection.once('close', error => this.#closed(connection, error))
  }

  #target(): BrokerAddress {
    const { host, port, nodeId } = this.#address
    // Bootstrap addresses are the user's own words already.
    if (nodeId === undefined) return this.#address
    const mapped: Partial<BrokerAddress> | null | undefined = this.#parts.mapAddress({ host, port })
    if (typeof mapped?.host !== 'string' || mapped.host === '' || !Number.isInteger(mapped.port))
      throw new TypeError('it must return { host, port }: a name and a number')
    return { host: mapped.host, port: mapped.port!, nodeId }
  }

  #ready(connection: BrokerConnection): void {
    this.#owner.ready(connection)
    for (const waiter of this.#takeWaiters()) guarded(() => waiter(null, connection))
  }

  #closed(connection: BrokerConnection, error: KafkaError | null): void {
    const { wasReady, answered } = connection
    const current = connection === this.#connection
    if (current) {
      this.#connection = null
      // A connection that answered something proves that the way is good; one that broke before that does not.
      if (answered) this.#failures = 0
      if (error !== null) this.#backOff()
    }
    this.#owner.gone(connection, wasReady, error)
    if (!current) return
    if (!wasReady && error !== null) this.#failWaiters(error)
    this.#tryNow()
  }

  #failed(error: KafkaError): void {
    this.#backOff()
    this.#failWaiters(error)
  }

  #backOff(): void {
    const { clock, random } = this.#parts.connection
    this.#failures++
    this.#notBeforeMs = clock.monotonicMs() + backoffMs(reconnect, this.#failures, random)
  }

  #failWaiters(error: KafkaError): void {
    for (const waiter of this.#takeWaiters()) guarded(() => waiter(error, undefined))
  }

  #takeWaiters(): readonly Callback<Connection>[] {
    const waiters = this.#waiters
    this.#waiters = []
    return waiters
  }

  #cannotMap(thrown: unknown): KafkaError {
    if (isKafkaError(thrown)) return thrown
    const why = reasonOf(thrown)
    const broker = this.#address
    return new ConnectionError(`mapAddress failed for ${brokerName(broker)}: ${why}`, { broker, cause: thrown })
  }
}
