// Gets batches to the leaders of their partitions, and outcomes back: one broker sender per leader, moved when leaders move.
import type { Clock, KafkaError, Observer } from '@sluice/core'
import { brokerError, errorCodes, type BatchMemory } from '@sluice/protocol'
import type { Metadata, RetryDelay, Snapshot } from '@sluice/base/parts'
import type { Accumulator, Partition, Topic } from './accumulator.ts'
import type { Alarm } from './alarm.ts'
import type { Batch } from './batch.ts'
import { BrokerSender, type BrokerSenderParts, type BrokerSenderSettings } from './broker-sender.ts'
import { Consequences, isLedAnew } from './consequences.ts'
import type { ProducerCounters } from './counters.ts'
import { Outcomes, type DataLoss } from './outcomes.ts'
import { reduce } from './partition-queue.ts'
import type { QueueEvent } from './queue-events.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import { blame, modeOf } from './queue-state.ts'
import { Remaker } from './remaker.ts'
import type { Verdict } from './verdict.ts'

export interface SenderParts {
  readonly clock: Clock
  readonly observer: Observer
  readonly metadata: Metadata
  readonly connections: BrokerSenderParts['connections']
  readonly identity: ProducerIdentity
  readonly accumulator: Accumulator
  readonly memory: BatchMemory
  readonly alarm: Alarm
  readonly counters: ProducerCounters
  readonly retryDelay: RetryDelay
  /** Somebody waits for memory. */
  readonly hasWaiting: () => boolean
  readonly onDataLoss: (loss: DataLoss) => void
  /** There is no such topic any more: what waits for it fails. */
  readonly onGone: (topic: Topic, error: KafkaError) => void
  /** A connection in place of one that was called busy takes requests. */
  readonly onSuccessor: BrokerSenderParts['onSuccessor']
}

export class Sender {
  readonly #parts: SenderParts
  readonly #settings: BrokerSenderSettings
  readonly #brokers = new Map<number, BrokerSender>()
  readonly #brokerParts: BrokerSenderParts
  readonly #outcomes: Outcomes
  readonly #consequences: Consequences
  #routes = 0
  #scheduled = 0
  #schedules = 0
  #hurries = 0
  #stopped = false

  constructor(parts: SenderParts, settings: BrokerSenderSettings) {
    this.#parts = parts
    this.#settings = settings
    const { clock, connections, metadata, identity, accumulator, alarm, counters, retryDelay } = parts
    const { memory } = parts
    const apply = (partition: Partition, event: QueueEvent<Batch>): void => this.apply(partition, event)
    const leaderOf = (partition: Partition): number => this.leaderOf(partition)
    const remaker = new Remaker({ clock, memory, apply })
    this.#outcomes = new Outcomes({ ...parts, remaker })
    this.#consequences = new Consequences({ clock, metadata, identity, retryDelay, leaderOf, apply })
    this.#brokerParts = {
      clock,
      connections,
      metadata,
      identity,
      retryDelay,
      leaderOf,
      wake: partition => this.wake(partition),
      hurries: () => this.#hurries > 0 || parts.hasWaiting(),
      alarmAt: atMs => alarm.by(atMs),
      seal: partition => accumulator.seal(partition),
      failed: (partition, batch, cause) =>
        apply(partition, { type: 'dropped', batch, cause, nowMs: clock.monotonicMs() }),
      answered: (partition, batch, verdict, nodeId) => this.#answered(partition, batch, verdict, nodeId),
      letGo: (_partition, batch) => batch.releaseIfDone(),
      onDispatched: (partition, batch) => this.#dispatched(partition, batch),
      onSuccessor: parts.onSuccessor,
      onRequest: () => {
        counters.requests++
      }
    }
  }

  // ---- waking ----

  /** What is sent when this turn ends, by a number that no other turn has; 0: nothing. */
  get scheduled(): number {
    return this.#scheduled
  }

  leaderOf(partition: Partition): number {
    const leader = partition.topic.info?.partitions[partition.index]?.leader ?? -1
    return this.#parts.metadata.snapshot.brokers.has(leader) ? leader : -1
  }

  /** The partition may have something to send: looked at when this turn ends. */
  wake(partition: Partition): void {
    if (this.#stopped || partition.listed || !hasWork(partition)) return
    const leader = this.leaderOf(partition)
    if (leader < 0) {
      // No leader now: the next snapshot wakes it.
      this.#parts.metadata.refresh()
      return
    }
    this.#broker(leader).enlist(partition)
    this.#schedule()
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#stopped = true
    for (const broker of this.#brokers.values()) broker.stop()
  }

  wakeAll(): void {
    for (const partition of this.#parts.accumulator.active()) this.wake(partition)
  }

  /** While anybody hurries, nothing lingers. Returns the end of it. */
  hurry(): () => void {
    this.#hurries++
    this.wakeAll()
    return () => {
      this.#hurries--
    }
  }

  /** The nodes whose connection takes nothing now; each is told of when it does again. */
  readonly unwritableNodes = (): number[] => {
    const busy: number[] = []
    for (const broker of this.#brokers.values()) if (broker.isBusy()) busy.push(broker.nodeId)
    return busy
  }

  #broker(nodeId: number): BrokerSender {
    let broker = this.#brokers.get(nodeId)
    if (broker === undefined) {
      broker = new BrokerSender(nodeId, this.#brokerParts, this.#settings, () => ++this.#routes)
      this.#brokers.set(nodeId, broker)
    }
    return broker
  }

  #schedule(): void {
    if (this.#scheduled > 0) return
    this.#scheduled = ++this.#schedules
    this.#parts.clock.soon(this.#pumpAll)
  }

  readonly #pumpAll = (): void => {
    this.#scheduled = 0
    for (const broker of this.#brokers.values()) broker.pump()
  }

  // ---- what the cluster says ----

  onSnapshot(snapshot: Snapshot, topics: Iterable<Topic>): void {
    for (const topic of topics) this.#noticeTopic(topic, snapshot)
    for (const broker of this.#brokers.values()) {
      broker.releaseMoved()
      if (broker.owesSuccessor) this.#schedule()
    }
    this.#endDelays()
    this.wakeAll()
  }

  /** A delay is for asking the same leader again: another one, or the same elected anew, is asked at once (KIP-951). */
  #endDelays(): void {
    const nowMs = this.#parts.clock.monotonicMs()
    for (const partition of this.#parts.accumulator.active()) {
      const { batches, retryAtMs } = partition.state
      if (retryAtMs <= nowMs) continue
      const tried = batches.find(batch => !batch.givenUp)
      if (tried !== undefined && isLedAnew(partition, tried)) this.apply(partition, { type: 'led', nowMs })
    }
  }

  #noticeTopic(topic: Topic, snapshot: Snapshot): void {
    const known = topic.info
    if (known === null) return
    const info = snapshot.topics.get(topic.name)
    if (info === undefined) {
      const gone = this.#parts.metadata.missing(topic.name)
      if (gone === null) return
      topic.info = null
      for (const partition of topic.partitions) this.#abandon(partition, gone)
      this.#parts.onGone(topic, gone)
      return
    }
    if (info === known) return
    if (topic.update(info)) this.onRecreated(topic)
  }

  /** The topic was deleted and created again. */
  onRecreated(topic: Topic): void {
    const nowMs = this.#parts.clock.monotonicMs()
    for (const partition of topic.partitions) this.apply(partition, { type: 'recreated', topic: topic.name, nowMs })
  }

  /** InitProducerId was refused: what cannot go without an identity fails, nothing of it was sent. */
  failUnsequenced(error: KafkaError): void {
    for (const partition of this.#parts.accumulator.active()) {
      if (partition.state.inFlight > 0) continue
      for (const batch of [...partition.state.batches]) {
        const nowMs = this.#parts.clock.monotonicMs()
        if (this.#waitsForIdentity(partition, batch))
          this.apply(partition, { type: 'dropped', batch, cause: error, nowMs })
      }
    }
  }

  #waitsForIdentity(partition: Partition, batch: Batch): boolean {
    const { held, plainFallback } = this.#parts.identity
    if (batch.sequence >= 0 || batch.profile.identity !== null) return false
    if (modeOf(batch.profile, plainFallback) !== 'idempotent') return false
    return held === null || held.version <= partition.state.staleIdentityVersion
  }

  // ---- time ----

  /** @returns when the next deadline is, monotonic milliseconds */
  expire(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY
    for (const partition of this.#parts.accumulator.active()) {
      const { batches } = partition.state
      const late = batches.filter(batch => !batch.givenUp && batch.deadlineMs <= nowMs)
      for (const batch of late) if (batch.attempts === 0 && batch.lastError === null) this.#explain(partition, batch)
      if (late.length > 0) this.apply(partition, { type: 'clock', nowMs })
      for (const batch of batches) if (!batch.givenUp) nextMs = Math.min(nextMs, batch.deadlineMs)
      this.wake(partition)
    }
    for (const broker of this.#brokers.values()) if (broker.owesSuccessor) this.#schedule()
    return nextMs
  }

  /** What kept a batch from leaving: it had no answer that would tell. */
  #explain(partition: Partition, batch: Batch): void {
    const why = this.#whatKeeps(partition, batch)
    if (why !== null) blame(batch, why)
  }

  #whatKeeps(partition: Partition, batch: Batch): KafkaError | null {
    const { topic, index } = partition
    const info = topic.info?.partitions[index]
    const place = { topic: topic.name, partition: index }
    if (info !== undefined && info.leader < 0) return brokerError(errorCodes.LEADER_NOT_AVAILABLE, place)
    return this.#waitsForIdentity(partition, batch) ? this.#parts.identity.trouble : null
  }

  // ---- answers ----

  #dispatched(partition: Partition, batch: Batch): void {
    if (batch.attempts > 1) return
    this.#parts.observer.onBatch?.({
      topic: partition.topic.name,
      partition: partition.index,
      records: batch.recordCount,
      bytes: batch.rawBytes,
      wireBytes: batch.wireBytes,
      codec: batch.compressed ? batch.profile.codec!.name : 'none',
      queuedMs: this.#parts.clock.monotonicMs() - batch.createdMs
    })
  }

  #answered(partition: Partition, batch: Batch, verdict: Verdict, nodeId: number): void {
    const nowMs = this.#parts.clock.monotonicMs()
    const delayMs = verdict.kind === 'acked' ? 0 : this.#consequences.delayAfter(partition, batch, verdict, nodeId)
    const { identity } = batch
    this.apply(partition, { type: 'answered', batch, verdict, nowMs, delayMs })
    batch.releaseIfDone()
    if (verdict.kind === 'failed') this.#consequences.spread(partition, batch, identity, verdict)
  }

  /** Tells the queue, and does what it says. */
  apply(partition: Partition, event: QueueEvent<Batch>): void {
    const effects = reduce(partition.state, event, this.#settings.rules)
    const { open, state } = partition
    // Before anybody is told: who sends again in a callback must not write into a batch that has failed.
    if (open !== null && state.batches.at(-1) !== open) this.#parts.accumulator.closeOpen(partition)
    for (const effect of effects) this.#outcomes.carryOut(partition, effect)
    this.wake(partition)
  }

  #abandon(partition: Partition, cause: KafkaError): void {
    this.apply(partition, { type: 'abandoned', cause, nowMs: this.#parts.clock.monotonicMs() })
  }

  /** Everything ends, in flight or not. */
  abandonAll(cause: KafkaError): void {
    for (const partition of this.#parts.accumulator.active()) this.#abandon(partition, cause)
  }
}

/** Given-up batches alone are no work: the partition rests until another comes. */
function hasWork(partition: Partition): boolean {
  const { batches } = partition.state
  return batches.length > 0 && (!batches[0]!.givenUp || batches.some(batch => !batch.givenUp))
}
