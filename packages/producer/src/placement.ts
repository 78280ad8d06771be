// A message into a batch: its partition, chosen once, memory for it, and its record.
import {
  InvalidArgumentError,
  KafkaError,
  RecordTooLargeError,
  SerializationError,
  reasonOf,
  type MessageToProduce,
  type TopicPartitioner
} from '@sluice/core'
import { tellAppended, type Accumulator, type Partition, type Topic } from './accumulator.ts'
import type { Batch } from './batch.ts'
import { partitionOfKey } from './partitioners/index.ts'
import { describe, type RecordEncoder } from './record-encoder.ts'
import { refusalOf } from './queue-state.ts'
import type { SendOperation } from './send-operation.ts'

export interface PlacementParts {
  readonly encoder: RecordEncoder
  readonly accumulator: Accumulator
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
  readonly fellBack: boolean
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

  /** @returns false when the message must wait for memory */
  // hot: bench
  place(topic: Topic, operation: SendOperation, index: number): boolean {
    const { accumulator, encoder } = this.#parts
    let partition: Partition | null = null
    try {
      const message = operation.messages[index]!
      const choice = this.#choices.length === 0 ? undefined : this.#takeChoice(operation, index)
      const key = choice === undefined ? encoder.key(message, topic.contexts) : choice.key
      const chosen = choice === undefined ? this.#choose(topic, operation, message, key) : choice.partition
      if (choice !== undefined) {
        this.#chooser = choice.by
        topic.fellBack = choice.fellBack
      }
      const refusal = refusalOf(chosen.state, operation.settings.profile)
      if (refusal !== null) throw refusal
      if (!accumulator.hasRoom(chosen)) {
        // The bytes may be the serializer's own, and its next key's.
        const kept = choice === undefined && key instanceof Uint8Array && key.byteLength > 0 ? Buffer.from(key) : key
        this.#choices.push({
          operation,
          index,
          partition: chosen,
          key: kept,
          by: this.#chooser,
          fellBack: topic.fellBack
        })
        return false
      }
      partition = chosen
      this.#append(partition, operation, index, key)
    } catch (cause) {
      this.fail(operation, index, topic.name, partition === null ? null : partition.index, cause)
    }
    return true
  }

  #takeChoice(operation: SendOperation, index: number): Choice | undefined {
    const choice = this.#choices.find(each => each.operation === operation && each.index === index)
    this.#choices = this.#choices.filter(each => each !== choice && !each.operation.settled)
    return choice
  }

  // hot: bench
  #choose(
    topic: Topic,
    operation: SendOperation,
    message: MessageToProduce,
    key: Uint8Array | string | null
  ): Partition {
    const own = operation.settings.partitionerFor
    this.#chooser = null
    if (message.partition !== undefined) return namedPartition(topic, message.partition)
    if (key !== null && topic.placesKeys && own === undefined)
      return topic.partitions[partitionOfKey(key, topic.partitionCount)]!
    this.#chooser = own === undefined ? topic.partitioner : own(topic.name)
    topic.choosing(message, key)
    try {
      return askedPartition(topic, this.#chooser, message)
    } finally {
      topic.chosen()
    }
  }

  // hot: bench
  #append(partition: Partition, operation: SendOperation, index: number, key: Uint8Array | string | null): void {
    const { accumulator, encoder } = this.#parts
    const message = operation.messages[index]!
    const timestamp = message.timestamp === undefined ? this.epochMs : timestampOf(message.timestamp)
    const batch = accumulator.batchFor(partition, operation)
    const { writer } = batch
    let size: number
    try {
      writer.beginRecord(timestamp)
      writer.part(key)
      encoder.write(writer, message, partition.topic.contexts)
      size = writer.endRecord()
    } catch (cause) {
      writer.rewindRecord()
      if (writer.recordCount === 0) accumulator.seal(partition)
      throw cause
    }
    if (writer.byteLength > accumulator.sealBytes(partition.topic)) this.#overflow(partition, operation, index, size)
    else note(batch, partition, operation, index)
    if (operation.settings.records) operation.noteTimestamp(index, timestamp)
    if (this.#chooser !== null) this.#tellChosen(this.#chooser, partition, size)
  }

  /** Who chose, and whom that one left it to. */
  // hot: bench
  #tellChosen(chooser: TopicPartitioner, partition: Partition, size: number): void {
    const { standard, fellBack } = partition.topic
    tellAppended(chooser, partition, size)
    if (fellBack && standard !== chooser) tellAppended(standard, partition, size)
  }

  /** The record made its batch larger than a batch shall be: it begins the next one. */
  #overflow(partition: Partition, operation: SendOperation, index: number, size: number): void {
    const { accumulator, onSealed } = this.#parts
    const full = partition.open!
    let own = full
    if (full.writer.recordCount > 1) {
      accumulator.seal(partition)
      own = this.#moved(full, partition, operation)
      onSealed(partition)
    }
    const limitBytes = this.#settings.maxRecordBatchBytes
    if (own.writer.byteLength > limitBytes) {
      accumulator.dropOpen(partition)
      throw tooLarge(partition, size, limitBytes)
    }
    note(own, partition, operation, index)
    if (own.writer.byteLength <= accumulator.sealBytes(partition.topic)) return
    accumulator.seal(partition)
    onSealed(partition)
  }

  /** @throws whatever the memory throws; then the record is nowhere */
  #moved(full: Batch, partition: Partition, operation: SendOperation): Batch {
    const { accumulator } = this.#parts
    try {
      const own = accumulator.openBatch(partition, operation)
      full.moveLastRecordTo(own)
      return own
    } catch (cause) {
      full.dropLastRecord()
      accumulator.dropOpen(partition)
      throw cause
    }
  }

  /** The message fails, whatever was thrown. */
  fail(operation: SendOperation, index: number, topic: string, partition: number | null, cause: unknown): void {
    operation.failed(index, topic, partition, recordError(cause, index, topic))
  }
}

/** The partition that the message names. */
function namedPartition(topic: Topic, wanted: number): Partition {
  const count = topic.partitionCount
  if (Number.isInteger(wanted) && wanted >= 0 && wanted < count) return topic.partitions[wanted]!
  throw new InvalidArgumentError(
    `partition ${describe(wanted)} is not one of ${topic.name}, which has ${count}: 0 to ${count - 1}`
  )
}

function askedPartition(topic: Topic, partitioner: TopicPartitioner, message: MessageToProduce): Partition {
  const count = topic.partitionCount
  const chosen = choiceOf(topic, partitioner, message)
  if (Number.isInteger(chosen) && chosen >= 0) return topic.partitions[chosen < count ? chosen : chosen % count]!
  throw new SerializationError(`The partitioner of ${topic.name} chose ${describe(chosen)}, not a non-negative integer`)
}

/** What is no error of ours is told as one of the partitioner. */
function choiceOf(topic: Topic, partitioner: TopicPartitioner, message: MessageToProduce): number {
  try {
    return partitioner.partition(message, topic)
  } catch (cause) {
    if (cause instanceof KafkaError) throw cause
    const text = `The partitioner of ${topic.name} failed: ${reasonOf(cause)}`
    throw new SerializationError(text, { cause, field: 'partition' })
  }
}

/** Whom to tell about the record that was just appended. */
// hot: bench
function note(batch: Batch, partition: Partition, operation: SendOperation, index: number): void {
  if (batch.owners.add(operation, index)) operation.writesTo(partition.topic.name, partition.index)
}

function tooLarge(partition: Partition, size: number, limitBytes: number): RecordTooLargeError {
  const [bytes, limit] = [size.toLocaleString('en'), limitBytes.toLocaleString('en')]
  return new RecordTooLargeError(
    `Record of ${bytes} bytes for ${partition.topic.name}-${partition.index} is larger than maxRequestSize (${limit})`
  )
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
  const which = topic === '' ? 'A message' : `A message for ${topic}`
  const text = `${which} cannot be read: ${reasonOf(cause)}`
  return new SerializationError(text, { cause, index, outcome })
}
