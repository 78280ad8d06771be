// All produce requests to one broker: pump() is the only place where one is born.
import { CorruptFrameError, type Callback, type KafkaError } from '@sluice/core'
import { errorCodes, produceApi, type ProduceResponse } from '@sluice/protocol'
import type { Connection } from '@sluice/base'
import type { Partition } from './accumulator.ts'
import { judgeBatch } from './batch-verdict.ts'
import type { Batch } from './batch.ts'
import { LeaderLink, type LeaderLinkParts } from './leader-link.ts'
import {
  firstVersionByTopicId,
  haveTopicIds,
  leaderHints,
  matchAnswers,
  produceRequest,
  type Shipment
} from './produce-exchange.ts'
import type { Departure } from './queue-departure.ts'
import type { QueueRules } from './queue-events.ts'
import { blame, modeOf } from './queue-state.ts'
import { ShipmentCollector, type ShipmentCollectorParts, type ShipmentCollectorSettings } from './shipment-collector.ts'
import { acknowledged, judgeLostRequest, type Verdict, type VerdictRules } from './verdict.ts'

export interface BrokerSenderSettings extends ShipmentCollectorSettings {
  readonly requestTimeoutMs: number
  readonly retryUncertain: boolean | undefined
  readonly rules: QueueRules
}

/** What a broker sender needs of its surroundings. */
export interface BrokerSenderParts extends LeaderLinkParts, ShipmentCollectorParts {
  readonly answered: (partition: Partition, batch: Batch, verdict: Verdict, nodeId: number) => void
  readonly onRequest: () => void
}

export class BrokerSender {
  readonly nodeId: number
  readonly #parts: BrokerSenderParts
  readonly #settings: BrokerSenderSettings
  readonly #link: LeaderLink
  readonly #collector: ShipmentCollector

  constructor(nodeId: number, parts: BrokerSenderParts, settings: BrokerSenderSettings, nextRoute: () => number) {
    this.nodeId = nodeId
    this.#parts = parts
    this.#settings = settings
    const owner = {
      moved: () => this.pump(),
      unknown: () => this.#release(),
      unreachable: (error: KafkaError) => this.#blame(error)
    }
    this.#link = new LeaderLink(nodeId, parts, owner, nextRoute)
    this.#collector = new ShipmentCollector(this.#link, parts, settings)
  }

  /** The partition may have something to send. */
  enlist(partition: Partition): void {
    this.#collector.enlist(partition)
  }

  /** Partitions that another broker leads now need not wait until this one takes something. */
  releaseMoved(): void {
    this.#collector.releaseMoved()
  }

  /** Nothing is sent, and nothing heard, any more. */
  stop(): void {
    this.#link.stop()
  }

  get owesSuccessor(): boolean {
    return this.#link.owesSuccessor
  }

  /** Whether its connection takes nothing now. */
  isBusy(): boolean {
    return this.#link.isBusy()
  }

  /** Sends what may go now. Woken by events only. */
  pump(): void {
    if (this.#collector.length === 0 && !this.#link.owesSuccessor) return
    const connection = this.#link.lasting()
    if (connection === null) return
    while (connection.writable && this.#collector.length > 0) {
      const departure = this.#departure()
      const shipments = this.#collector.collect(departure)
      if (shipments.length === 0) return
      this.#dispatch(connection, shipments, departure.nowMs)
    }
  }

  #departure(): Departure {
    const { clock, identity } = this.#parts
    return {
      nowMs: clock.monotonicMs(),
      route: this.#link.route,
      identity: identity.held,
      plainFallback: identity.plainFallback
    }
  }

  /** What is listed goes elsewhere if the leader changes; else it is tried here again. */
  #blame(error: KafkaError): void {
    for (const partition of this.#collector.unlist()) {
      for (const batch of partition.state.batches) blame(batch, error)
    }
  }

  /** Everything listed is looked at anew. */
  #release(): void {
    for (const partition of this.#collector.unlist()) this.#parts.wake(partition)
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
    connection.send(
      produceApi,
      request,
      (error, response) => {
        if (error === null) this.#onResponse(connection, shipments, response, byTopicId)
        else this.#onLost(connection, shipments, error)
        this.pump()
      },
      byName ? withNames : withIds
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
    connection.post(produceApi, request, onHandedOver, onReleased, haveTopicIds(shipments) ? withIds : withNames)
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
    // Before any verdict, which asks who leads now; and all at once, for a broker that goes may have led thousands.
    const hints = leaderHints(shipments, response, this.nodeId)
    if (hints !== null) this.#parts.metadata.applyLeaderHints(hints)
    for (const { partition, batch, answer } of shipments) {
      batch.letGo()
      const isAcknowledged = answer !== null && answer.errorCode === 0
      const verdict = isAcknowledged ? acknowledged(answer) : judgeBatch(partition, batch, answer, this.#rules(batch))
      this.#link.heed(connection, batch, verdict)
      if (answer?.errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER) this.#link.doubt(connection, batch)
      this.#parts.answered(partition, batch, verdict, this.nodeId)
    }
  }

  /** The bytes are free: a connection reports only when its stream has let go of them. */
  #onLost(connection: Connection, shipments: readonly Shipment[], error: KafkaError): void {
    for (const { partition, batch } of shipments) {
      if (batch.profile.acks !== 0) batch.letGo()
      const verdict = judgeLostRequest(error, this.#rules(batch))
      this.#link.heed(connection, batch, verdict)
      this.#parts.answered(partition, batch, verdict, this.nodeId)
    }
  }

  #letGo(partition: Partition, batch: Batch): void {
    batch.letGo()
    this.#parts.letGo(partition, batch)
  }

  #rules(batch: Batch): VerdictRules {
    const { acks, repeatOnStaleMetadata } = batch.profile
    const { retryUncertain, rules } = this.#settings
    const mode = modeOf(batch.profile, this.#parts.identity.plainFallback)
    return { mode, acks, trustBaseOffset: rules.trustBaseOffset, retryUncertain, repeatOnStaleMetadata }
  }
}

// The deadlines of its records keep the process alive for a request.
const withIds = { background: true }
const withNames = { background: true, maxVersion: firstVersionByTopicId - 1 }

const handedOver: Verdict = { kind: 'acked', baseOffset: -1n, appendTimeMs: -1n }
