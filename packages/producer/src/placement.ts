// A message into a batch: its partition, chosen once, memory for it, and its record.
import {
  InvalidArgumentError,
  KafkaError,
  RecordTooLargeError,
  SerializationError,
  type MessageToProduce,
  type TopicPartitioner
} from '@sluice/core'
import { tellAppended, type Accumulator, type Partition, type Topic } from './accumulator.ts'
import type { Batch } from './batch.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { partitionOfKey } from './partitioners/index.ts'
import { describe, type RecordEncoder } from './record-encoder.ts'
import type { SendOperation } from './send-operation.ts'

export interface PlacementParts {
  readonly encoder: RecordEncoder
  readonly accumulator: Accumulator
  readonly budget: MemoryBudget
  /** A sealed batch may leave before its linger is over. */
  readonly onSealed: (partition: Partition) => void
}

export interface PlacementSettings {
  /** The largest batch that a single record may need, uncompressed, bytes. */
  readonly maxRecordBatchBytes: number
}

interface Choice {
  readonly operation: SendOperation
  readonly index: number
  readonly partition: Partition
  readonly key: Uint8Array | string | null
  readonly by: TopicPartitioner | null
}

export class Placement {
  /** The timestamp of messages that name none, milliseconds since 1970. */
  epochMs = 0
  readonly #parts: PlacementParts
  readonly #settings: PlacementSettings
  /** What records that found no memory had chosen already: a partitioner is asked once per message. */
  #choices: Choice[] = []
  /** Who chose the partition of the record under way; null where nobody was asked. */
  #chooser: TopicPartitioner | null = null

  constructor(parts: PlacementParts, settings: PlacementSettings) {
    this.#parts = parts
    this.#settings = settings
  }

  /** @returns false when it must wait for memory */
  // hot: bench
  place(topic: Topic, operation: SendOperation, index: number, message: MessageToProduce): boolean {
    const { accumulator, budget } = this.#parts
    let partition: Partition
    let key: Uint8Array | string | null
    try {
      const choice = this.#choices.length > 0 ? this.#takeChoice(operation, index) : undefined
      if (choice !== undefined) {
        partition = choice.partition
        key = choice.key
        this.#chooser = choice.by
      } else {
        key = this.#parts.encoder.key(message, topic.contexts)
        partition = this.#choose(topic, operation, message, key)
      }
      const { stopped } = partition.state
      if (stopped !== null) throw stopped
    } catch (cause) {
      this.fail(operation, index, topic.name, null, cause)
      return true
    }
    if (!budget.hasRoom(accumulator.neededBytes(partition))) {
      this.#choices.push({ operation, index, partition, key, by: this.#chooser })
      return false
    }
    try {
      this.#append(topic, partition, operation, index, message, key)
    } catch (cause) {
      this.fail(operation, index, topic.name, partition.index, cause)
    }
    return true
  }

  #takeChoice(operation: SendOperation, index: number): Choice | undefined {
    const choice = this.#choices.find(each => each.operation === operation && each.index === index)
    this.#choices = this.#choices.filter(each => each !== choice && !each.operation.settled)
    return choice
  }

  #choose(
    topic: Topic,
    operation: SendOperation,
    message: MessageToProduce,
    key: Uint8Array | string | null
  ): Partition {
    const count = topic.partitionCount
    const wanted = message.partition
    this.#chooser = null
    if (wanted !== undefined) {
      if (Number.isInteger(wanted) && wanted >= 0 && wanted < count) return topic.partitions[wanted]!
      throw new InvalidArgumentError(
        `partition ${describe(wanted)} is not one of ${topic.name}, which has ${count}: 0 to ${count - 1}`
      )
    }
    const ownPartitioner = operation.settings.partitionerFor
    if (key !== null && topic.placesKeys && ownPartitioner === undefined)
      return topic.partitions[partitionOfKey(key, count)]!
    topic.choosing(message, key)
    const partitioner = ownPartitioner === undefined ? topic.partitioner : ownPartitioner(topic.name)
    this.#chooser = partitioner
    const chosen = partitioner.partition(message, topic)
    if (!Number.isInteger(chosen) || chosen < 0) {
      throw new SerializationError(
        `The partitioner of ${topic.name} chose ${describe(chosen)}, not a non-negative integer`
      )
    }
    return topic.partitions[chosen < count ? chosen : chosen % count]!
  }

  // hot: bench
  #append(
    topic: Topic,
    partition: Partition,
    operation: SendOperation,
    index: number,
    message: MessageToProduce,
    key: Uint8Array | string | null
  ): void {
    const { accumulator } = this.#parts
    const chooser = this.#chooser
    const timestamp = message.timestamp === undefined ? this.epochMs : timestampOf(message.timestamp)
    const batch = accumulator.batchFor(partition, operation)
    const { writer } = batch
    let size: number
    try {
      writer.beginRecord(timestamp)
      writer.part(key)
      this.#parts.encoder.write(writer, message, topic.contexts)
      size = writer.endRecord()
    } catch (cause) {
      writer.rewindRecord()
      if (writer.recordCount === 0) accumulator.seal(partition)
      throw cause
    }
    if (writer.byteLength > accumulator.sealBytes(topic))
      this.#overflow(topic, partition, batch, operation, index, size)
    else if (batch.add(operation, index)) operation.writesTo(topic.name, partition.index)
    if (operation.settings.records) operation.noteTimestamp(index, timestamp)
    if (chooser !== null) tellAppended(chooser, partition, size)
  }

  /** The record made its batch larger than a batch shall be: it begins the next one. */
  #overflow(
    topic: Topic,
    partition: Partition,
    batch: Batch,
    operation: SendOperation,
    index: number,
    size: number
  ): void {
    const { accumulator, onSealed } = this.#parts
    let own = batch
    if (batch.writer.recordCount > 1) {
      accumulator.seal(partition)
      own = this.#moveToNext(partition, batch, operation)
      onSealed(partition)
    }
    const limitBytes = this.#settings.maxRecordBatchBytes
    if (own.writer.byteLength > limitBytes) {
      accumulator.dropOpen(partition)
      throw new RecordTooLargeError(
        `Record of ${size.toLocaleString('en')} bytes for ${topic.name}-${partition.index} is larger than maxRequestSize (${limitBytes.toLocaleString('en')})`
      )
    }
    if (own.add(operation, index)) operation.writesTo(topic.name, partition.index)
    if (own.writer.byteLength <= accumulator.sealBytes(topic)) return
    accumulator.seal(partition)
    onSealed(partition)
  }

  #moveToNext(partition: Partition, full: Batch, operation: SendOperation): Batch {
    const next = this.#parts.accumulator.openBatch(partition, operation)
    full.moveLastRecordTo(next)
    return next
  }

  /** The message fails, whatever was thrown. */
  fail(operation: SendOperation, index: number, topic: string, partition: number | null, cause: unknown): void {
    operation.failed(index, topic, partition, recordError(cause, index, topic))
  }
}

function timestampOf(given: bigint | number): number {
  // What is neither would become some number too: null would be 1970.
  const timestamp = typeof given === 'number' || typeof given === 'bigint' ? Number(given) : Number.NaN
  if (Number.isSafeInteger(timestamp) && timestamp >= 0) return timestamp
  throw new SerializationError(
    `timestamp ${describe(given)} is not a whole number of milliseconds since 1970, 0 to 2^53 - 1`,
    {
      field: 'timestamp'
    }
  )
}

/** Whatever was thrown for one message, as the error of its record. */
function recordError(cause: unknown, index: number, topic: string): KafkaError {
  const outcome = 'not-persisted'
  if (cause instanceof SerializationError) {
    const { field } = cause
    return new SerializationError(cause.message, { cause: cause.cause, index, field, outcome })
  }
  if (cause instanceof KafkaError) return cause.withOutcome(outcome)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new SerializationError(`The partitioner of ${topic} failed: ${reason}`, {
    cause,
    index,
    field: 'partition',
    outcome
  })
}
