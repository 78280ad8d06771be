// What of a producer's records may be in the log twice: attempts that were repeated although they may have been written.
import { isKafkaError, type Observer, type OutcomeObservation, type RetryObservation } from '@sluice/core'
import type { LaneMap } from './lanes.ts'

/** By lane. Without sequences, the log may hold no more repetitions than these. */
export interface DoubtCounts {
  /** Attempts that were repeated and may have been written. */
  readonly attempts: readonly number[]
  /** Records of batches that were repeated, for whatever reason, times the repetitions. */
  readonly records: readonly number[]
}

export class Doubts {
  readonly retries: Map<string, number> = new Map()
  readonly #lanes: LaneMap
  readonly #attempts: number[]
  readonly #records: number[]

  constructor(lanes: LaneMap) {
    this.#lanes = lanes
    this.#attempts = lanes.lanes.map(() => 0)
    this.#records = lanes.lanes.map(() => 0)
  }

  get counts(): DoubtCounts {
    return { attempts: this.#attempts, records: this.#records }
  }

  /** @param producers whose observer it is; a pool's is told of all that share it */
  observer(producers: readonly number[]): Observer {
    return {
      onRetry: event => this.#retried(event, producers),
      onOutcome: event => this.#settled(event, producers)
    }
  }

  #retried(event: RetryObservation, producers: readonly number[]): void {
    const what = 'errorName' in event.error ? String(event.error.errorName) : event.error.code
    this.retries.set(what, (this.retries.get(what) ?? 0) + 1)
    if (!mayHaveBeenWritten(event)) return
    for (const producer of producers) this.#attempts[this.#laneOf(producer, event)]!++
  }

  #settled(event: OutcomeObservation, producers: readonly number[]): void {
    if (event.attempts < 2) return
    for (const producer of producers) {
      this.#records[this.#laneOf(producer, event)]! += (event.attempts - 1) * event.records
    }
  }

  #laneOf(producer: number, { topic, partition }: { readonly topic: string; readonly partition: number }): number {
    return this.#lanes.idOf(producer, this.#lanes.topicIndex(topic), partition)
  }
}

/** Answers after which a batch may be in the log all the same. The offsets that would tell more are not in the observation. */
const maybeWritten: ReadonlySet<number> = new Set([-1, 3, 6, 7, 20, 56])

/** Whether the attempt that is being repeated may have been written. */
function mayHaveBeenWritten({ error }: RetryObservation): boolean {
  if (isKafkaError(error, 'KAFKA_CONNECTION')) return error.handedOver
  if (isKafkaError(error, 'KAFKA_BROKER')) return maybeWritten.has(error.errorCode)
  return true
}
