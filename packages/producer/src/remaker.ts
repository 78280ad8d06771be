// Gives a refused batch's records another form: halves of one that was too large, or uncompressed for a broker without the codec.
import { isKafkaError, reasonOf, type Clock, type KafkaError } from '@sluice/core'
import type { BatchMemory } from '@sluice/protocol'
import type { Partition, Topic } from './accumulator.ts'
import type { Batch } from './batch.ts'
import type { QueueEffect, QueueEvent } from './queue-events.ts'
import { halves, rawRecords, uncompressed } from './rebatch.ts'

export interface RemakerParts {
  readonly clock: Clock
  readonly memory: BatchMemory
  readonly apply: (partition: Partition, event: QueueEvent<Batch>) => void
}

export type RemakeOrder = Extract<QueueEffect<Batch>, { type: 'remake' }>

const smallestLearntBatchBytes = 1_024

export class Remaker {
  readonly #parts: RemakerParts

  constructor(parts: RemakerParts) {
    this.#parts = parts
  }

  remake(partition: Partition, order: RemakeOrder): void {
    const { batch, cause } = order
    // A callback of another batch may have ended this one.
    if (batch.done) return batch.releaseIfDone()
    if (order.how === 'split') learnSize(partition.topic, batch)
    const records = unpack(batch)
    if (records instanceof Promise) {
      // Nothing of the partition leaves while the codec works: its first batch is not packed.
      batch.phase = 'compressing'
      records.then(
        bytes => this.#replace(partition, order, bytes),
        (error: unknown) => this.#unpackFailed(partition, batch, isKafkaError(error) ? error : cause)
      )
      return
    }
    this.#replace(partition, order, records)
  }

  #replace(partition: Partition, { batch, how, cause }: RemakeOrder, records: Uint8Array): void {
    if (batch.done) {
      batch.release()
      return
    }
    const { memory, clock, apply } = this.#parts
    let by: Batch[]
    try {
      by = how === 'split' ? halves(batch, records, memory) : [uncompressed(batch, records, memory)]
    } catch {
      this.#unpackFailed(partition, batch, cause)
      return
    }
    for (const part of by) {
      part.seal()
      part.brokerId = batch.brokerId
    }
    batch.release()
    apply(partition, { type: 'replaced', batch, by, nowMs: clock.monotonicMs() })
  }

  #unpackFailed(partition: Partition, batch: Batch, cause: KafkaError): void {
    batch.phase = 'packed'
    if (batch.done) return batch.releaseIfDone()
    this.#parts.apply(partition, { type: 'dropped', batch, cause, nowMs: this.#parts.clock.monotonicMs() })
  }
}

/** The topic's next batches are sealed before they grow as large as this one, which was too large. */
function learnSize(topic: Topic, batch: Batch): void {
  const learntBytes = Math.max(smallestLearntBatchBytes, Math.floor(batch.rawBytes / 2))
  topic.mostBatchBytes = Math.min(topic.mostBatchBytes, learntBytes)
}

function unpack(batch: Batch): ReturnType<typeof rawRecords> {
  try {
    return rawRecords(batch)
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(reasonOf(error)))
  }
}
