// The connection to the leader of partitions: asked for when it is needed; and what its broker has said of itself.
import type { Clock, KafkaError } from '@sluice/core'
import type { Connection, ConnectionPool } from '@sluice/base'
import type { Metadata, RetryDelay } from '@sluice/base/parts'
import type { Batch } from './batch.ts'
import type { Verdict } from './verdict.ts'

export interface LeaderLinkParts {
  readonly clock: Clock
  readonly connections: ConnectionPool
  readonly metadata: Metadata
  readonly retryDelay: RetryDelay
  /** Look again at this time, monotonic. */
  readonly alarmAt: (atMs: number) => void
  /** A connection in place of one that was called busy takes requests. */
  readonly onSuccessor: (connection: Connection) => void
}

export interface LeaderLinkOwner {
  /** It takes requests, or has closed: what did not leave with it needs another. */
  moved(): void
  /** The broker is not in the metadata any more. */
  unknown(): void
  /** Is told before metadata are asked for. */
  unreachable(error: KafkaError): void
}

export class LeaderLink {
  readonly nodeId: number
  readonly #parts: LeaderLinkParts
  readonly #owner: LeaderLinkOwner
  readonly #nextRoute: () => number
  #connecting = false
  #failedConnects = 0
  #connection: Connection | null = null
  #route = 0
  #owesDrain = false
  /** Ids of codecs that the broker does not have; of another connection it is not known. */
  readonly #refusedCodecs = new Set<number>()
  /** Batches that the connection's other end said it does not lead. */
  #denied = new WeakSet<Batch>()
  #stopped = false

  constructor(nodeId: number, parts: LeaderLinkParts, owner: LeaderLinkOwner, nextRoute: () => number) {
    this.nodeId = nodeId
    this.#parts = parts
    this.#owner = owner
    this.#nextRoute = nextRoute
  }

  /** Which connection it is, by a number that no other has; 0 before the first. */
  get route(): number {
    return this.#route
  }

  /** One that takes requests, now or in a moment; null: it has been asked for. */
  lasting(): Connection | null {
    const known = this.#connection
    // One that authenticates again takes nothing for a while, and says when it does (`drain`).
    if (known?.state === 'ready' || known?.state === 'authenticating') return known
    if (!this.#connecting) this.#connect()
    return null
  }

  #connect(): void {
    const broker = this.#parts.metadata.snapshot.brokers.get(this.nodeId)
    if (broker === undefined) return this.#owner.unknown()
    this.#connecting = true
    const address = { host: broker.host, port: broker.port, nodeId: this.nodeId }
    this.#parts.connections.acquire(address, 'produce', (error, connection) => {
      this.#connecting = false
      if (this.#stopped) return
      if (error === null) this.#adopt(connection)
      else this.#unreachable(error)
    })
  }

  #adopt(connection: Connection): void {
    this.#detach()
    this.#failedConnects = 0
    this.#connection = connection
    this.#route = this.#nextRoute()
    this.#refusedCodecs.clear()
    this.#denied = new WeakSet()
    connection.on('drain', this.#onDrain)
    connection.on('close', this.#onClose)
    if (this.#owesDrain && connection.writable) {
      this.#owesDrain = false
      this.#parts.onSuccessor(connection)
    }
    this.#owner.moved()
  }

  /** The same leader is tried again, not at once. */
  #unreachable(error: KafkaError): void {
    const { metadata, retryDelay, clock, alarmAt } = this.#parts
    const delayMs = retryDelay({ operation: 'connect', attempt: ++this.#failedConnects, error })
    this.#owner.unreachable(error)
    metadata.refresh()
    alarmAt(clock.monotonicMs() + delayMs)
  }

  #detach(): void {
    this.#connection?.off('drain', this.#onDrain)
    this.#connection?.off('close', this.#onClose)
    this.#connection = null
  }

  readonly #onDrain = (): void => {
    this.#owesDrain = false
    this.#owner.moved()
  }

  readonly #onClose = (): void => {
    this.#detach()
    if (!this.#stopped) this.#owner.moved()
  }

  /** Nothing is heard of it any more. */
  stop(): void {
    this.#stopped = true
    this.#detach()
  }

  /** Somebody was told that it was busy, and waits; and there is none now. */
  get owesSuccessor(): boolean {
    return this.#owesDrain && this.#connection === null && !this.#stopped
  }

  /** Whether it takes nothing now. Who is told so is owed the news of its end. */
  isBusy(): boolean {
    const isBusy = this.#connection !== null && !this.#connection.writable
    if (isBusy) this.#owesDrain = true
    return isBusy
  }

  // ---- what its broker said of itself ----

  refusesCodec(id: number): boolean {
    return this.#refusedCodecs.has(id)
  }

  /**
   * A batch is denied again by the node that metadata still names: another may be at its address, and only brokers from 4.4 on
   * say so (KIP-1242). A new connection asks anew where the name leads.
   */
  doubt(connection: Connection, batch: Batch): void {
    if (connection !== this.#connection) return
    if (this.#denied.has(batch)) connection.close(() => {})
    else this.#denied.add(batch)
  }

  /** What an answer says of the broker itself: other batches need not learn it again. */
  heed(connection: Connection, batch: Batch, verdict: Verdict): void {
    if (verdict.kind === 'retry' && verdict.renegotiate) connection.close(() => {})
    if (verdict.kind === 'remake' && verdict.how === 'uncompressed' && batch.compressed)
      this.#refusedCodecs.add(batch.profile.codec!.id)
  }
}
