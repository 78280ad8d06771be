// A client of a Kafka cluster: what it can be asked, and what it tells. No logic of its own.
import { EventEmitter } from 'node:events'
import type { Connection, ConnectionPool } from '@sluice/connection'
import { ClosedError, type Callback } from '@sluice/core'
import { closeParts } from './close.ts'
import { clusterMetadata, type ClusterMetadata } from './cluster-metadata.ts'
import { composeBase, type BaseParts } from './compose.ts'
import { dual, type UserCallback } from './dual.ts'
import { ClientEvents, type BaseEvents } from './events.ts'
import type { BaseOptions } from './options.ts'
import {
  askApis,
  askMetadata,
  askToConnect,
  askToConnectTo,
  type ApiVersion,
  type MetadataOptions
} from './questions.ts'

/**
 * Every asynchronous method has two forms: with a callback as last argument it calls that `(error | null, result?)`,
 * without one it returns a promise. Outcomes, bad arguments included, arrive once and never before the call has returned.
 */
export class Base<
  Events extends BaseEvents & Record<keyof Events, unknown[]> = BaseEvents
> extends EventEmitter<Events> {
  readonly #parts: BaseParts
  readonly #events: ClientEvents
  #closing: Callback<void>[] | null = null
  #closed = false

  /** @throws InvalidArgumentError */
  constructor(options: BaseOptions, parts: BaseParts = composeBase(options)) {
    super()
    // Many may wait for the same event.
    this.setMaxListeners(0)
    this.#parts = parts
    // A class above may add events, never change these.
    const emitter = this as EventEmitter as EventEmitter<BaseEvents>
    this.#events = new ClientEvents(emitter, parts)
  }

  get clientId(): string {
    return this.#parts.settings.clientId
  }

  /** True from the call of `close` on. */
  get closed(): boolean {
    return this.#closing !== null
  }

  get context(): unknown {
    return this.#parts.settings.context
  }

  get connections(): ConnectionPool {
    return this.#parts.connections
  }

  /** What is known of the cluster now: its brokers, and the topics in use. Undefined before the first answer. */
  get currentMetadata(): ClusterMetadata | undefined {
    const { metadata, clock } = this.#parts
    return metadata.snapshot.lastUpdateMs === -Infinity ? undefined : clusterMetadata(metadata.snapshot, clock)
  }

  /** Not closed. */
  isActive(): boolean {
    return !this.closed
  }

  /** Not closed, and at least one connection is ready. */
  isConnected(): boolean {
    if (this.closed) return false
    for (const { state } of this.#parts.connections.connections()) if (state === 'ready') return true
    return false
  }

  /**
   * Finds the cluster, authenticates, and fails fast if it cannot. Optional: everything else does so when needed. Each address
   * is tried once, within `connectTimeout` + `requestTimeout`; a client that knows the cluster succeeds at once. Fails with
   * AuthenticationError if an address refused the credentials, else with why the last one could not be used.
   */
  connect(): Promise<void>
  connect(callback: UserCallback<void>): void
  connect(callback?: UserCallback<void>): Promise<void> | void {
    return dual(callback, done => this.#whileOpen(done, parts => askToConnect(parts, done)))
  }

  /**
   * From what is known, if it is younger than `metadataMaxAge` and neither `forceUpdate` nor all topics are wanted; else from
   * the cluster, with `retries`, within `connectTimeout` + `requestTimeout`. Fails as a whole, with the first topic's error:
   * UnknownTopicError when brokers have agreed for 5 s that it does not exist (for 30 s if it did), BrokerError such as
   * TOPIC_AUTHORIZATION_FAILED, InvalidArgumentError for an impossible name; with AuthenticationError if every address
   * refused; with TimeoutError.
   */
  metadata(options: MetadataOptions): Promise<ClusterMetadata>
  metadata(callback: UserCallback<ClusterMetadata>): void
  metadata(options: MetadataOptions, callback: UserCallback<ClusterMetadata>): void
  metadata(
    options: MetadataOptions | UserCallback<ClusterMetadata>,
    callback?: UserCallback<ClusterMetadata>
  ): Promise<ClusterMetadata> | void {
    if (typeof options === 'function') return this.metadata({}, options)
    return dual(callback, done => this.#whileOpen(done, parts => askMetadata(parts, options, done)))
  }

  /**
   * Connections for producing, ready, one for each broker by its node id; they are the pool's, which closes them when nothing
   * uses them. Fails as a whole, with the first connection's error; with InvalidArgumentError for a node that is not in the
   * cluster. Finding the cluster takes `connectTimeout` + `requestTimeout` at most, connecting `connectTimeout`.
   *
   * @param nodeIds null or absent: every broker of the cluster
   */
  connectToBrokers(nodeIds?: readonly number[] | null): Promise<Map<number, Connection>>
  connectToBrokers(callback: UserCallback<Map<number, Connection>>): void
  connectToBrokers(nodeIds: readonly number[] | null, callback: UserCallback<Map<number, Connection>>): void
  connectToBrokers(
    nodeIds?: readonly number[] | null | UserCallback<Map<number, Connection>>,
    callback?: UserCallback<Map<number, Connection>>
  ): Promise<Map<number, Connection>> | void {
    if (typeof nodeIds === 'function') return this.connectToBrokers(null, nodeIds)
    return dual(callback, done => this.#whileOpen(done, parts => askToConnectTo(parts, nodeIds ?? null, done)))
  }

  /**
   * The APIs and versions that a broker of the cluster offers, whichever answers: in the middle of an upgrade another may offer
   * others. With `retries`, within `connectTimeout` + `requestTimeout`; then TimeoutError.
   */
  listApis(): Promise<readonly ApiVersion[]>
  listApis(callback: UserCallback<readonly ApiVersion[]>): void
  listApis(callback?: UserCallback<readonly ApiVersion[]>): Promise<readonly ApiVersion[]> | void {
    return dual(callback, done => this.#whileOpen(done, parts => askApis(parts, done)))
  }

  /** A pool that was given as `connections` stays open. A second call joins the first. */
  close(): Promise<void>
  close(callback: UserCallback<void>): void
  close(callback?: UserCallback<void>): Promise<void> | void {
    return dual(callback, done => this.#close(done))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #whileOpen<T>(done: Callback<T>, ask: (parts: BaseParts) => void): void {
    if (this.closed) done(new ClosedError('The client is closed'), undefined)
    else ask(this.#parts)
  }

  #close(done: Callback<void>): void {
    if (this.#closed) return done(null, undefined)
    if (this.#closing !== null) return void this.#closing.push(done)
    this.#closing = [done]
    closeParts(this.#parts, (...outcome) => {
      this.#closed = true
      this.#events.end()
      for (const joined of this.#closing!) joined(...outcome)
    })
  }
}
