// What a partition's queue has decided, carried out: callers are told, outcomes counted, observers informed.
import type { Clock, KafkaError, Observer, RecordOutcome } from '@sluice/core'
import type { Partition } from './accumulator.ts'
import { deliveryReport, type Batch } from './batch.ts'
import type { ProducerCounters } from './counters.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { QueueEffect } from './queue-events.ts'
import { recordErrors } from './record-errors.ts'
import type { Remaker } from './remaker.ts'
import type { RecordBlame } from './verdict.ts'

export interface DataLoss {
  readonly topic: string
  readonly partition: number
  readonly error: KafkaError
  /** The node that answered so; null if none did. */
  readonly brokerId: number | null
  /** Of the last acknowledged record; -1n if it is not known. */
  readonly lastAckedOffset: bigint
  /** Where the log begins now; -1n if the broker does not say. */
  readonly logStartOffset: bigint
  /** Of the leader that acknowledged last, and of the one that is known now; -1 if it is not known. */
  readonly leaderEpochBefore: number
  readonly leaderEpochAfter: number
  /** Whether the producer went on, by `dataLossPolicy`. */
  readonly continued: boolean
}

export interface OutcomesParts {
  readonly clock: Clock
  readonly observer: Observer
  readonly identity: ProducerIdentity
  readonly counters: ProducerCounters
  readonly remaker: Remaker
  readonly onDataLoss: (loss: DataLoss) => void
}

export class Outcomes {
  readonly #parts: OutcomesParts

  constructor(parts: OutcomesParts) {
    this.#parts = parts
  }

  carryOut(partition: Partition, effect: QueueEffect<Batch>): void {
    const { batch } = 'batch' in effect ? effect : { batch: null }
    switch (effect.type) {
      case 'acked':
        this.#acked(partition, effect.batch, effect.baseOffset, effect.appendTimeMs)
        break
      case 'failed':
        this.#failed(partition, effect.batch, effect.cause, effect.outcome, effect.blame)
        break
      case 'remake':
        this.#parts.remaker.remake(partition, effect)
        return
      case 'retrying':
        this.#retrying(partition, effect.batch, effect.cause, effect.delayMs)
        return
      case 'identity-wanted':
        this.#parts.identity.want(effect.newerThan)
        return
      case 'data-lost':
        this.#parts.onDataLoss(dataLoss(partition, effect))
        return
      case 'forgotten':
        break
    }
    if (batch !== null) batch.releaseIfDone()
  }

  #acked(partition: Partition, batch: Batch, baseOffset: bigint, appendTimeMs: bigint): void {
    batch.done = true
    partition.ackedLeaderEpoch = batch.leaderEpoch
    this.#parts.counters.delivered += batch.recordCount
    this.#observeOutcome(partition, batch, 'acked', undefined)
    batch.deliver(partition.topic.name, partition.index, baseOffset, appendTimeMs)
  }

  #failed(
    partition: Partition,
    batch: Batch,
    cause: KafkaError,
    outcome: RecordOutcome,
    blame: readonly RecordBlame[]
  ): void {
    batch.done = true
    const { counters, clock } = this.#parts
    if (outcome === 'unknown') counters.unknown += batch.recordCount
    else counters.failed += batch.recordCount
    const error = cause.withOutcome(outcome, deliveryReport(batch, clock.monotonicMs()))
    this.#observeOutcome(partition, batch, outcome, error)
    const { topic, index } = partition
    const { shared, blamed } = recordErrors(error, blame, batch.recordCount)
    batch.fail(topic.name, index, shared, blamed)
  }

  #observeOutcome(
    partition: Partition,
    batch: Batch,
    outcome: RecordOutcome | 'acked',
    error: KafkaError | undefined
  ): void {
    const { observer, clock } = this.#parts
    observer.onOutcome?.({
      topic: partition.topic.name,
      partition: partition.index,
      records: batch.recordCount,
      outcome,
      attempts: batch.attempts,
      elapsedMs: clock.monotonicMs() - batch.createdMs,
      error
    })
  }

  #retrying(partition: Partition, batch: Batch, error: KafkaError, delayMs: number): void {
    this.#parts.counters.retries++
    const { observer } = this.#parts
    observer.onRetry?.({
      topic: partition.topic.name,
      partition: partition.index,
      attempt: batch.attempts,
      delayMs,
      error
    })
  }
}

function dataLoss(partition: Partition, effect: Extract<QueueEffect<Batch>, { type: 'data-lost' }>): DataLoss {
  return {
    topic: partition.topic.name,
    partition: partition.index,
    error: effect.cause,
    brokerId: effect.batch.brokerId,
    lastAckedOffset: effect.ackedOffset,
    logStartOffset: effect.logStartOffset,
    leaderEpochBefore: partition.ackedLeaderEpoch,
    leaderEpochAfter: partition.leaderEpoch,
    continued: effect.continued
  }
}
