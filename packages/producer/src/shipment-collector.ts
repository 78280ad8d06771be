// Which batches go into the next request to a leader: in turn, packed, and under their sequences.
import { isKafkaError, type KafkaError } from '@sluice/core'
import type { Partition } from './accumulator.ts'
import type { Batch } from './batch.ts'
import { Shipment } from './produce-exchange.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import { candidate, restsUntilMs, stage, type Departure } from './queue-departure.ts'
import { spentError } from './queue-state.ts'
import { Round } from './round.ts'

export interface ShipmentCollectorParts {
  readonly identity: ProducerIdentity
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
  /** The batch cannot be sent, whatever the leader would say. */
  readonly failed: (partition: Partition, batch: Batch, error: KafkaError) => void
  /** Nobody works on the batch's bytes any more. */
  readonly letGo: (partition: Partition, batch: Batch) => void
  readonly onDispatched: (partition: Partition, batch: Batch) => void
}

export interface ShipmentCollectorSettings {
  readonly maxRequestBytes: number
  readonly lingerMs: number
  readonly requestTimeoutMs: number
}

/** What the leader is known not to take. */
interface Leader {
  readonly nodeId: number
  refusesCodec(id: number): boolean
}

export class ShipmentCollector {
  readonly #leader: Leader
  readonly #parts: ShipmentCollectorParts
  readonly #settings: ShipmentCollectorSettings
  /** Partitions that may have something to send; the first has waited longest. */
  #round = new Round()

  constructor(leader: Leader, parts: ShipmentCollectorParts, settings: ShipmentCollectorSettings) {
    this.#leader = leader
    this.#parts = parts
    this.#settings = settings
  }

  /** Partitions that are listed. */
  get length(): number {
    return this.#round.length
  }

  enlist(partition: Partition): void {
    partition.listed = true
    this.#round.add(partition)
  }

  /** Partitions that another broker leads now need not wait until this one takes something. */
  releaseMoved(): void {
    const stay = new Round()
    for (let next = this.#round.take(); next !== null; next = this.#round.take()) {
      if (this.#parts.leaderOf(next) === this.#leader.nodeId) stay.add(next)
      else next.listed = false
    }
    this.#round = stay
  }

  /** Takes all off the list. */
  unlist(): Partition[] {
    const all: Partition[] = []
    for (let next = this.#round.take(); next !== null; next = this.#round.take()) {
      next.listed = false
      all.push(next)
    }
    return all
  }

  /** The next request: at most one batch of each partition, equal in acks, until the request is full. */
  collect(departure: Departure): Shipment[] {
    let shipments = none
    const all = this.#round
    const unfit = new Round()
    const sent = new Round()
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
      const shipment = new Shipment(partition, batch)
      // What grows takes room for 17 at once, and many requests have but one.
      if (shipments.length === 0) shipments = [shipment]
      else shipments.push(shipment)
      if (hasMore(partition)) sent.add(partition)
      else partition.listed = false
    }
    // Those that found no room come first in the next request, those that sent come last.
    unfit.join(all)
    unfit.join(sent)
    this.#round = unfit
    return shipments
  }

  /** The packed batch that the partition would send; null if it has none now, and then it is off the list. */
  #next(partition: Partition, departure: Departure): Batch | null {
    if (this.#parts.leaderOf(partition) !== this.#leader.nodeId) {
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
    const { createdMs, deadlineMs } = batch
    // Who gives a call less time than batches linger: half of it is for the way.
    const latestMs = deadlineMs - Math.min(this.#settings.requestTimeoutMs, (deadlineMs - createdMs) / 2)
    const dueMs = Math.min(createdMs + this.#settings.lingerMs, latestMs)
    if (dueMs <= nowMs) return true
    this.#parts.alarmAt(dueMs)
    return false
  }

  /**
   * While the codec works on one batch elsewhere, it may as well begin with those behind it. One that it packs here keeps the
   * first from being sent, which may be ready by then.
   */
  #packAhead(partition: Partition): void {
    const { batches, staged } = partition.state
    for (const batch of batches.slice(staged + 1, staged + packedAhead)) {
      if (batch.phase === 'sealed' && this.#isPacked(partition, batch)) return
    }
  }

  #isPacked(partition: Partition, batch: Batch): boolean {
    if (batch.phase === 'packed') return true
    if (batch.phase === 'open') this.#parts.seal(partition, batch)
    if (batch.phase !== 'sealed') return false
    if (batch.profile.codec !== null && this.#leader.refusesCodec(batch.profile.codec.id)) return batch.packRaw()
    try {
      const isPacked = batch.pack(error => {
        if (error !== null) this.#parts.failed(partition, batch, error)
        this.#parts.letGo(partition, batch)
        this.#parts.wake(partition)
      })
      if (!batch.done) return isPacked
    } catch (error) {
      if (!isKafkaError(error)) throw error
      this.#parts.failed(partition, batch, error)
    }
    // It failed here, or the codec ended it by an abort or a close.
    this.#parts.letGo(partition, batch)
    return false
  }

  #stage(partition: Partition, batch: Batch, departure: Departure): boolean {
    if (!stage(partition.state, batch, departure)) {
      partition.listed = false
      const spent = spentError(partition.state, batch.profile.identity)
      if (spent === null) this.#parts.identity.want(partition.state.staleIdentityVersion)
      else this.#parts.failed(partition, batch, spent)
      return false
    }
    batch.stamp()
    batch.hold()
    batch.brokerId = this.#leader.nodeId
    batch.leaderEpoch = partition.leaderEpoch
    this.#parts.onDispatched(partition, batch)
    return true
  }
}

const none: Shipment[] = []
/** Batches of a partition that a codec may work on at once. */
const packedAhead = 5

/** Whether the partition has batches behind those that are staged. */
function hasMore({ state }: Partition): boolean {
  return state.staged < state.batches.length
}

function matches(one: Batch, other: Batch): boolean {
  return one.profile.acks === other.profile.acks && one.profile.timeoutMs === other.profile.timeoutMs
}
