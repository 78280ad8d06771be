// Connections to the brokers of one cluster: two lanes per broker, idle reaping, one close for all.
import { EventEmitter } from 'node:events'
import {
  ClosedError,
  ConnectionError,
  guarded,
  tellAll,
  type BrokerAddress,
  type Callback,
  type Clock,
  type KafkaError,
  type Observer,
  type Random,
  type Timer
} from '@sluice/core'
import { brokerName } from './broker-name.ts'
import { composePool, type PoolParts } from './compose.ts'
import type { BrokerConnection } from './connection.ts'
import type { Connection } from './contract.ts'
import { BrokerLane, type LaneOwner } from './lane.ts'
import type { BrokerEvent, PoolEvents } from './pool-events.ts'
import type { ConnectionPoolOptions, HostAndPort } from './pool-options.ts'
import type { ConnectionSettings } from './settings.ts'

/** Requests of one lane never wait behind those of the other. */
export type LaneName = 'produce' | 'control'

/** What a pool was made with, in the units of the inside. */
export type PoolSettings = Pick<
  ConnectionSettings,
  'clientId' | 'requestTimeoutMs' | 'connectTimeoutMs' | 'maxInflights'
>

export class ConnectionPool extends EventEmitter<PoolEvents> {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly #parts: PoolParts
  readonly #lanes = new Map<string, BrokerLane>()
  /** Every connection that is not closed, also those that no lane has any more. */
  readonly #live = new Set<BrokerConnection>()
  #brokers: ReadonlyMap<number, HostAndPort> = new Map()
  #reaper: Timer | null = null
  #closed = false
  #closeBound: Timer | null = null
  #closers: Callback<void>[] = []

  /** @throws InvalidArgumentError */
  constructor(options: ConnectionPoolOptions = {}) {
    super()
    // As many clients as share the pool may listen.
    this.setMaxListeners(0)
    this.#parts = composePool(options)
    this.clock = this.#parts.connection.clock
    this.random = this.#parts.connection.random
    this.observer = this.#parts.connection.observer
  }

  /** What its clients must know of it. */
  get settings(): PoolSettings {
    return this.#parts.connection.settings
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The cluster that its connections lead to; null until the first client has found out. */
  get clusterId(): string | null {
    return this.#parts.connection.cluster.id
  }

  /** A ready connection, made if need be; waits through reconnect backoff. Fails with the reason when the attempt fails. */
  acquire(address: BrokerAddress, lane: LaneName, callback: Callback<Connection>): void {
    if (this.#closed) return this.clock.soon(() => callback(closedError(), undefined))
    this.#laneTo(this.#whereabouts(address), lane).acquire(callback)
  }

  /** The connection of this node and lane if one exists, in any state but closed. */
  peek(nodeId: number, lane: LaneName): Connection | undefined {
    return this.#lanes.get(`${nodeId} ${lane}`)?.connection ?? undefined
  }

  /**
   * Brokers as metadata names them; connections of nodes that are gone or moved are closed when they are done.
   *
   * @param clusterId null: not known
   * @throws ConnectionError when it is another one than before; then nothing is changed
   */
  updateBrokers(brokers: ReadonlyMap<number, HostAndPort>, clusterId: string | null = null): void {
    this.#parts.connection.cluster.tell(clusterId)
    this.#brokers = new Map(brokers)
    // Who waited for one that is gone is told at once, and may ask again.
    for (const [key, lane] of [...this.#lanes]) {
      const { nodeId, host, port } = lane.address
      if (nodeId === undefined || this.#lanes.get(key) !== lane) continue
      // Or tells more of brokers: what is known last holds.
      const now = this.#brokers.get(nodeId)
      if (now === undefined) this.#dismiss(key, lane)
      else if (now.host !== host || now.port !== port) lane.moveTo({ host: now.host, port: now.port, nodeId })
    }
  }

  /** Every connection that is not closed. */
  connections(): Iterable<Connection> {
    return [...this.#live]
  }

  /** Waits for what is in flight, as long as one request may take, then closes what is left. A second call joins the first. */
  close(): Promise<void>
  close(callback: Callback<void>): void
  close(callback?: Callback<void>): Promise<void> | void {
    if (callback !== undefined) return this.#close(callback)
    return new Promise(resolve => this.#close(() => resolve()))
  }

  #close(callback: Callback<void>): void {
    this.#closers.push(callback)
    if (this.#closed) return this.clock.soon(() => this.#closeIfDone())
    this.#closed = true
    this.#reaper?.cancel()
    const { requestTimeoutMs } = this.#parts.connection.settings
    this.#closeBound = this.clock.after(requestTimeoutMs, () => this.#destroyAll())
    this.#closeBound.unref()
    this.clock.soon(() => {
      for (const lane of this.#lanes.values()) lane.leave(closedError())
      this.#lanes.clear()
      this.#closeIfDone()
    })
  }

  #closeIfDone(): void {
    if (this.#live.size > 0 || this.#lanes.size > 0) return
    this.#closeBound?.cancel()
    const closers = this.#closers
    this.#closers = []
    for (const closer of closers) guarded(() => closer(null, undefined))
  }

  #destroyAll(): void {
    for (const connection of this.#live) connection.destroy(closedError())
  }

  /** A node is where metadata says, whatever the caller remembers. */
  #whereabouts(address: BrokerAddress): BrokerAddress {
    const { host, port, nodeId } = address
    if (nodeId === undefined) return { host, port }
    const known = this.#brokers.get(nodeId)
    return { host: known?.host ?? host, port: known?.port ?? port, nodeId }
  }

  #laneTo(address: BrokerAddress, name: LaneName): BrokerLane {
    const { host, port, nodeId } = address
    const key = nodeId === undefined ? `${host}:${port} ${name}` : `${nodeId} ${name}`
    const known = this.#lanes.get(key)
    if (known !== undefined) {
      if (known.address.host !== host || known.address.port !== port) known.moveTo(address)
      return known
    }
    this.#forget()
    const lane = new BrokerLane(this.#parts, address, this.#asLaneOwner())
    this.#lanes.set(key, lane)
    return lane
  }

  /** Story: a function gives the bootstrap addresses of today's containers. Those of yesterday's would stay for ever. */
  #forget(): void {
    for (const [key, lane] of this.#lanes) if (lane.forgettable) this.#lanes.delete(key)
  }

  #dismiss(key: string, lane: BrokerLane): void {
    this.#lanes.delete(key)
    const broker = lane.address
    lane.leave(new ConnectionError(`${brokerName(broker)} is no longer part of the cluster`, { broker }))
  }

  #asLaneOwner(): LaneOwner {
    return {
      made: connection => this.#made(connection),
      ready: connection => {
        this.#reapIn(this.#parts.connection.settings.idleTimeoutMs)
        this.#tell('connect', eventOf(connection))
      },
      gone: (connection, wasReady, error) => this.#gone(connection, wasReady, error)
    }
  }

  #made(connection: BrokerConnection): void {
    this.#live.add(connection)
    connection.on('drain', () => this.#tell('drain', eventOf(connection)))
    connection.on('throttle', (throttleMs, api) => this.#tell('throttle', { ...eventOf(connection), throttleMs, api }))
    connection.on('sasl', (stage, mechanism) => this.#tell(`sasl:${stage}`, { ...eventOf(connection), mechanism }))
  }

  #gone(connection: BrokerConnection, wasReady: boolean, error: KafkaError | null): void {
    this.#live.delete(connection)
    const event = eventOf(connection)
    if (wasReady) this.#tell('disconnect', error === null ? event : { ...event, error })
    else if (error !== null) this.#tell('failed', { ...event, error })
    if (this.#closed) this.#closeIfDone()
  }

  #tell<Name extends keyof PoolEvents>(name: Name, ...event: PoolEvents[Name]): void {
    tellAll(this, name, event)
  }

  #reapIn(delayMs: number): void {
    if (this.#reaper !== null || this.#closed) return
    this.#reaper = this.clock.after(delayMs, () => {
      this.#reaper = null
      this.#reap()
    })
    this.#reaper.unref()
  }

  /** One timer for all: it looks when the one that is idle longest may be due. */
  #reap(): void {
    const { idleTimeoutMs } = this.#parts.connection.settings
    const nowMs = this.clock.monotonicMs()
    let nextMs = Infinity
    for (const connection of this.#live) {
      const dueMs = (connection.idleSinceMs ?? nowMs) + idleTimeoutMs
      if (dueMs <= nowMs) connection.close(() => {})
      else nextMs = Math.min(nextMs, dueMs)
    }
    if (nextMs < Infinity) this.#reapIn(nextMs - nowMs)
  }
}

function eventOf(connection: Connection): BrokerEvent {
  const { host, port, nodeId } = connection.address
  return { broker: { host, port, nodeId: nodeId ?? null }, connection }
}

function closedError(): ClosedError {
  return new ClosedError('The connection pool is closed')
}
