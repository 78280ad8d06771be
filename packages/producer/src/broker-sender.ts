// All produce requests to one broker: pump() is the only place where one is born.
import { CorruptFrameError, isKafkaError, type Callback, type Clock, type KafkaError } from '@sluice/core'
import { produceApi, type ProduceResponse } from '@sluice/protocol'
import type { Connection, ConnectionPool } from '@sluice/base'
import type { Metadata, RetryDelay } from '@sluice/base/parts'
import type { Partition } from './accumulator.ts'
import { judgeBatch } from './batch-verdict.ts'
import type { Batch } from './batch.ts'
import { candidate, restsUntilMs, stage, type Departure } from './queue-departure.ts'
import {
  firstVersionByTopicId,
  haveTopicIds,
  leaderNews,
  matchAnswers,
  produceRequest,
  Shipment,
  type LeaderNews
} from './produce-exchange.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import { modeOf } from './queue-state.ts'
import { Round } from './round.ts'
import { acknowledged, judgeLostRequest, type Verdict, type VerdictRules } from './verdict.ts'

export interface BrokerSenderSettings {
  readonly maxRequestBytes: number
  readonly requestTimeoutMs: number
  readonly lingerMs: number
  readonly trustBaseOffset: boolean
  readonly retryUncertain: boolean | undefined
}

/** What a broker sender needs of its surroundings. */
export interface BrokerSenderParts {
  readonly clock: Clock
  readonly connections: ConnectionPool
  readonly metadata: Metadata
  readonly identity: ProducerIdentity
  readonly retryDelay: RetryDelay
  /** The node that leads the partition; -1 for none. */
  readonly leaderOf: (partition: Partition) => number
  /** The partition belongs to another broker now, or has work again. */
  readonly wake: (partition: Partition) => void
  /** Batches of this partition may not linger: somebody flushes, closes, or waits for memory. */
  readonly hurries: () => boolean
  /** Look again at this time, monotonic. */
  readonly alarmAt: (atMs: number) => void
  /** The open batch, if it is this one, takes no more. */
  readonly seal: (partition: Partition, batch: Batch) => void
  /** The codec failed. */
  readonly packFailed: (partition: Partition, batch: Batch, error: KafkaError) => void
  readonly answered: (partition: Partition, batch: Batch, verdict: Verdict, nodeId: number) => void
  /** The connection has let go of the batch's bytes. */
  readonly letGo: (partition: Partition, batch: Batch) => void
  readonly onLeaderNews: (partition: Partition, news: LeaderNews, deniedBy: number) => void
  readonly onDispatched: (partition: Partition, batch: Batch) => void
  readonly onRequest: () => void
  /** A connection in place of one that was called busy takes requests. */
  readonly onSuccessor: (connection: Connection) => void
}

export class BrokerSender {
  readonly nodeId: number
  readonly #parts: BrokerSenderParts
  readonly #settings: BrokerSenderSettings
  /** Partitions that may have something to send; the first has waited longest. */
  #round = new Round()
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
  readonly #nextRoute: () => number

  constructor(nodeId: number, parts: BrokerSenderParts, settings: BrokerSenderSettings, nextRoute: () => number) {
    this.nodeId = nodeId
    this.#parts = parts
    this.#settings = settings
    this.#nextRoute = nextRoute
  }

  enlist(partition: Partition): void {
    partition.listed = true
    this.#round.add(partition)
  }

  /** Sends what may go now. Woken by events only. */
  pump(): void {
    if (this.#round.length === 0 && !this.owesSuccessor) return
    const connection = this.#lastingConnection()
    if (connection === null) return
    while (connection.writable && this.#round.length > 0) {
      const departure = this.#departure()
      const shipments = this.#collect(departure)
      if (shipments.length === 0) return
      this.#dispatch(connection, shipments, departure.nowMs)
    }
  }

  #lastingConnection(): Connection | null {
    const known = this.#connection
    // One that authenticates again takes nothing for a while, and says when it does (`drain`).
    if (known?.state === 'ready' || known?.state === 'authenticating') return known
    if (!this.#connecting) this.#connect()
    return null
  }

  #connect(): void {
    const broker = this.#parts.metadata.snapshot.brokers.get(this.nodeId)
    if (broker === undefined) {
      this.#release()
      return
    }
    this.#connecting = true
    const address = { host: broker.host, port: broker.port, nodeId: this.nodeId }
    this.#parts.connections.acquire(address, 'produce', (error, connection) => {
      this.#connecting = false
      if (error === null) this.#adopt(connection)
      else this.#unreachable(error)
    })
  }

  #adopt(connection: Connection): void {
    if (this.#stopped) return
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
    this.pump()
  }

  #detach(): void {
    this.#connection?.off('drain', this.#onDrain)
    this.#connection?.off('close', this.#onClose)
    this.#connection = null
  }

  readonly #onDrain = (): void => {
    this.#owesDrain = false
    this.pump()
  }

  /** What is listed did not leave with it, and needs another. */
  readonly #onClose = (): void => {
    this.#detach()
    if (!this.#stopped) this.pump()
  }

  /** Nothing is sent, and nothing heard, any more. */
  stop(): void {
    this.#stopped = true
    this.#detach()
  }

  /** Somebody was told that its connection was busy, and waits; and there is none now. */
  get owesSuccessor(): boolean {
    return this.#owesDrain && this.#connection === null && !this.#stopped
  }

  /** Partitions that another broker leads now need not wait until this one takes something. */
  releaseMoved(): void {
    const stay = new Round()
    for (let next = this.#round.take(); next !== null; next = this.#round.take()) {
      if (this.#parts.leaderOf(next) === this.nodeId) stay.add(next)
      else next.listed = false
    }
    this.#round = stay
  }

  /** Whether its connection takes nothing now. Who is told so is owed the news of its end. */
  isBusy(): boolean {
    const isBusy = this.#connection !== null && !this.#connection.writable
    if (isBusy) this.#owesDrain = true
    return isBusy
  }

  /** What is listed goes elsewhere if the leader changes; else it is tried here again, not at once. */
  #unreachable(error: KafkaError): void {
    const { metadata, retryDelay, clock, alarmAt } = this.#parts
    const delayMs = retryDelay({ operation: 'connect', attempt: ++this.#failedConnects, error })
    for (const partition of this.#unlist()) {
      for (const batch of partition.state.batches) {
        batch.firstError ??= error
        batch.lastError = error
      }
    }
    metadata.refresh()
    alarmAt(clock.monotonicMs() + delayMs)
  }

  /** Everything listed is looked at anew. */
  #release(): void {
    for (const partition of this.#unlist()) this.#parts.wake(partition)
  }

  #unlist(): Partition[] {
    const all: Partition[] = []
    for (let next = this.#round.take(); next !== null; next = this.#round.take()) {
      next.listed = false
      all.push(next)
    }
    return all
  }

  /** At most one batch of each partition, equal in acks, until the request is full. */
  #collect(departure: Departure): Shipment[] {
    const shipments: Shipment[] = []
    const all = this.#round
    const [unfit, sent] = [new Round(), new Round()]
    let bytes = 0
    // What users' code that runs meanwhile sends is listed behind these.
    for (let left = all.length; left > 0; left--) {
      const partition = all.take()!
      const batch = this.#next(partition, departure)
      if (batch === null) continue
      const fits =
        shipments.length === 0 ||
        (bytes + batch.wireBytes <= this.#settings.maxRequestBytes && matches(shipments[0]!.batch, batch))
      if (!fits) {
        unfit.add(partition)
        continue
      }
      if (!this.#stage(partition, batch, departure)) continue
      bytes += batch.wireBytes
      shipments.push(new Shipment(partition, batch))
      if (hasMore(partition)) sent.add(partition)
      else partition.listed = false
    }
    // Those that found no room come first in the next request, those that sent come last.
    unfit.join(all)
    unfit.join(sent)
    this.#round = unfit
    return shipments
  }

  #departure(): Departure {
    const { clock, identity } = this.#parts
    return {
      nowMs: clock.monotonicMs(),
      route: this.#route,
      identity: identity.held,
      plainFallback: identity.plainFallback
    }
  }

  /** The packed batch that the partition would send; null if it has none now, and then it is off the list. */
  #next(partition: Partition, departure: Departure): Batch | null {
    if (this.#parts.leaderOf(partition) !== this.nodeId) {
      partition.listed = false
      this.#parts.wake(partition)
      return null
    }
    const batch = candidate(partition.state, departure)
    if (batch !== null && this.#isDue(batch, departure.nowMs) && this.#isPacked(partition, batch)) return batch
    if (batch?.phase === 'compressing') this.#packAhead(partition)
    partition.listed = false
    // Its codec failed: those behind it may go.
    if (batch?.done === true) this.#parts.wake(partition)
    const restsUntil = restsUntilMs(partition.state)
    if (batch === null && restsUntil > departure.nowMs) this.#parts.alarmAt(restsUntil)
    return null
  }

  #isDue(batch: Batch, nowMs: number): boolean {
    if (batch.phase !== 'open' || this.#settings.lingerMs === 0 || this.#parts.hurries()) return true
    const dueMs = batch.createdMs + this.#settings.lingerMs
    if (dueMs <= nowMs) return true
    this.#parts.alarmAt(dueMs)
    return false
  }

  /** While the codec works on one batch elsewhere, it may as well begin with those behind it. */
  #packAhead(partition: Partition): void {
    const { batches, staged } = partition.state
    for (const batch of batches.slice(staged + 1, staged + packedAhead)) {
      if (batch.phase === 'sealed') this.#isPacked(partition, batch)
    }
  }

  #isPacked(partition: Partition, batch: Batch): boolean {
    if (batch.phase === 'packed') return true
    if (batch.phase === 'open') this.#parts.seal(partition, batch)
    if (batch.phase !== 'sealed') return false
    if (batch.profile.codec !== null && this.#refusedCodecs.has(batch.profile.codec.id)) return batch.packRaw()
    try {
      const isPacked = batch.pack(error => {
        if (error !== null) this.#parts.packFailed(partition, batch, error)
        this.#parts.letGo(partition, batch)
        this.#parts.wake(partition)
      })
      if (!batch.done) return isPacked
    } catch (error) {
      if (!isKafkaError(error)) throw error
      this.#parts.packFailed(partition, batch, error)
    }
    // It failed here, or the codec ended it by an abort or a close.
    this.#parts.letGo(partition, batch)
    return false
  }

  #stage(partition: Partition, batch: Batch, departure: Departure): boolean {
    if (!stage(partition.state, batch, departure)) {
      partition.listed = false
      this.#parts.identity.want(partition.state.staleIdentityVersion)
      return false
    }
    batch.stamp()
    batch.hold()
    batch.brokerId = this.nodeId
    batch.leaderEpoch = partition.leaderEpoch
    this.#parts.onDispatched(partition, batch)
    return true
  }

  // ---- the exchange ----

  #dispatch(connection: Connection, shipments: readonly Shipment[], nowMs: number): void {
    const first = shipments[0]!.batch
    const { acks } = first.profile
    const request = produceRequest(shipments, acks, this.#wireTimeoutMs(shipments, nowMs))
    const byName = !haveTopicIds(shipments)
    this.#parts.onRequest()
    if (acks === 0) {
      this.#post(connection, shipments, request)
      return
    }
    const version = connection.versionOf(produceApi)
    const byTopicId = !byName && version !== null && version >= firstVersionByTopicId
    const options = byName ? { maxVersion: firstVersionByTopicId - 1 } : undefined
    connection.send(
      produceApi,
      request,
      (error, response) => {
        if (error === null) this.#onResponse(connection, shipments, response, byTopicId)
        else this.#onLost(connection, shipments, error)
        this.pump()
      },
      options
    )
  }

  #post(connection: Connection, shipments: readonly Shipment[], request: ReturnType<typeof produceRequest>): void {
    const onHandedOver: Callback<void> = (...[error]) => {
      if (error !== null) this.#onLost(connection, shipments, error)
      else for (const { partition, batch } of shipments) this.#parts.answered(partition, batch, handedOver, this.nodeId)
    }
    const onReleased = (): void => {
      for (const { partition, batch } of shipments) this.#letGo(partition, batch)
    }
    const options = haveTopicIds(shipments) ? undefined : { maxVersion: firstVersionByTopicId - 1 }
    connection.post(produceApi, request, onHandedOver, onReleased, options)
  }

  #wireTimeoutMs(shipments: readonly Shipment[], nowMs: number): number {
    let longestLeftMs = 0
    for (const { batch } of shipments) longestLeftMs = Math.max(longestLeftMs, batch.deadlineMs - nowMs)
    const { timeoutMs } = shipments[0]!.batch.profile
    return Math.floor(Math.max(1_000, Math.min(timeoutMs, this.#settings.requestTimeoutMs - 1_000, longestLeftMs)))
  }

  #onResponse(
    connection: Connection,
    shipments: readonly Shipment[],
    response: ProduceResponse,
    byTopicId: boolean
  ): void {
    if (!matchAnswers(shipments, response, byTopicId)) {
      const cause = new CorruptFrameError(
        `Broker ${this.nodeId} answered a Produce request for partitions that were not in it`
      )
      connection.destroy(cause)
      this.#onLost(connection, shipments, cause)
      return
    }
    for (const { partition, batch, topicId, answer } of shipments) {
      batch.letGo()
      const news = answer === null ? null : leaderNews(answer, response)
      // Of another topic of the same name, which may be gone, epochs say nothing.
      if (news !== null && topicId === partition.topic.info?.id) this.#parts.onLeaderNews(partition, news, this.nodeId)
      const isAcknowledged = answer !== null && answer.errorCode === 0
      const verdict = isAcknowledged ? acknowledged(answer) : judgeBatch(partition, batch, answer, this.#rules(batch))
      this.#heed(connection, batch, verdict)
      if (answer?.errorCode === notLeader) this.#doubt(connection, batch)
      this.#parts.answered(partition, batch, verdict, this.nodeId)
    }
  }

  /**
   * A batch is denied again by the node that metadata still names: another may be at its address, and only brokers from 4.4 on
   * say so (KIP-1242). A new connection asks anew where the name leads.
   */
  #doubt(connection: Connection, batch: Batch): void {
    if (connection !== this.#connection) return
    if (this.#denied.has(batch)) connection.close(() => {})
    else this.#denied.add(batch)
  }

  /** What an answer says of the broker itself: other batches need not learn it again. */
  #heed(connection: Connection, batch: Batch, verdict: Verdict): void {
    if (verdict.kind === 'retry' && verdict.renegotiate) connection.close(() => {})
    if (verdict.kind === 'remake' && verdict.how === 'uncompressed' && batch.compressed)
      this.#refusedCodecs.add(batch.profile.codec!.id)
  }

  /** The bytes are free: a connection reports only when its stream has let go of them. */
  #onLost(connection: Connection, shipments: readonly Shipment[], error: KafkaError): void {
    for (const { partition, batch } of shipments) {
      if (batch.profile.acks !== 0) batch.letGo()
      const verdict = judgeLostRequest(error, this.#rules(batch))
      this.#heed(connection, batch, verdict)
      this.#parts.answered(partition, batch, verdict, this.nodeId)
    }
  }

  #letGo(partition: Partition, batch: Batch): void {
    batch.letGo()
    this.#parts.letGo(partition, batch)
  }

  #rules(batch: Batch): VerdictRules {
    const { acks, repeatOnStaleMetadata } = batch.profile
    const { trustBaseOffset, retryUncertain } = this.#settings
    const mode = modeOf(batch.profile, this.#parts.identity.plainFallback)
    return { mode, acks, trustBaseOffset, retryUncertain, repeatOnStaleMetadata }
  }
}

const notLeader = 6
/** Batches of a partition that a codec may work on at once. */
const packedAhead = 5
const handedOver: Verdict = { kind: 'acked', baseOffset: -1n, appendTimeMs: -1n }

/** Whether the partition has batches behind those that are staged. */
function hasMore({ state }: Partition): boolean {
  return state.staged < state.batches.length
}

function matches(one: Batch, other: Batch): boolean {
  return one.profile.acks === other.profile.acks && one.profile.timeoutMs === other.profile.timeoutMs
}
