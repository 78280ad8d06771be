// The topics that were written to, and which of them messages must wait for: for metadata, or for a serializer to prepare.
import {
  InvalidArgumentError,
  isKafkaError,
  KafkaError,
  SerializationError,
  reasonOf,
  type MessageToProduce,
  type SerializeContext,
  type Serializer,
  type TopicPartitioner
} from '@sluice/core'
import type { Metadata, TopicInfo, TopicKeeper } from '@sluice/base/parts'
import { Topic } from './accumulator.ts'
import { describe, type RecordSerializers } from './record-encoder.ts'
import type { SendOperation } from './send-operation.ts'

export interface TopicGateParts {
  readonly metadata: Metadata
  readonly serializers: RecordSerializers
  /** Null: the default. */
  readonly partitionerFor: ((topic: string) => TopicPartitioner) | null
  readonly fallbackFor: (topic: string) => TopicPartitioner
  /** The topic cannot be written to: all that waits for it fails. */
  readonly onRefused: (topic: Topic, error: KafkaError) => void
  /** It is not the topic that it was. */
  readonly onRecreated: (topic: Topic) => void
}

const parts = ['key', 'value', 'headerKey', 'headerValue'] as const

export class TopicGate implements TopicKeeper {
  readonly #parts: TopicGateParts
  readonly #topics = new Map<string, Topic>()
  readonly #preparing = new Set<Topic>()
  #last: Topic | null = null
  #onPasses: (topic: Topic) => void = () => {}

  constructor(gateParts: TopicGateParts) {
    this.#parts = gateParts
  }

  /** Told when the messages that wait for a topic may go on. */
  onPasses(listener: (topic: Topic) => void): void {
    this.#onPasses = listener
  }

  topics(): Iterable<Topic> {
    return this.#topics.values()
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  lastUsedMs(name: string): number {
    const topic = this.#topics.get(name)
    if (topic === undefined) return Number.NEGATIVE_INFINITY
    return topic.isIdle ? topic.usedMs : Number.POSITIVE_INFINITY
  }

  /** Its partitions stay, and with them their sequences: whatever metadata says next, it is the same topic or another. */
  forgotten(name: string): void {
    const topic = this.#topics.get(name)
    if (topic !== undefined) topic.info = null
  }

  /** What brokers last said of it, or why none answers. */
  whyUnknown(topic: string): KafkaError | null {
    return this.#parts.metadata.whyUnknown(topic)
  }

  /** @throws InvalidArgumentError if there is no message, or no topic in it */
  // hot: bench
  topicOf(message: MessageToProduce): Topic {
    if (typeof message !== 'object' || message === null) {
      throw new InvalidArgumentError(`A message is ${describe(message)}, not an object with topic and value`)
    }
    const name = message.topic
    const last = this.#last
    if (last !== null && last.name === name) return last
    const topic = this.#topics.get(name) ?? this.#make(name)
    this.#last = topic
    return topic
  }

  #make(name: unknown): Topic {
    if (typeof name !== 'string' || name.length === 0) {
      throw new InvalidArgumentError(`topic of a message is ${describe(name)}, not the name of a topic`)
    }
    const { partitionerFor, fallbackFor } = this.#parts
    const topic = new Topic(name, partitionerFor === null ? null : partitionerFor(name), fallbackFor(name))
    topic.prepared = !parts.some(part => this.#parts.serializers[part].prepare !== undefined)
    const info = this.#parts.metadata.snapshot.topics.get(name)
    if (info !== undefined) topic.update(info)
    this.#topics.set(name, topic)
    return topic
  }

  /** Something waits for this topic now: see to it that it can go on. */
  open(topic: Topic, operation: SendOperation): void {
    if (topic.info === null || topic.denied) this.#learn(topic, operation)
    else this.#prepare(topic)
  }

  #learn(topic: Topic, operation: SendOperation): void {
    const { autocreate } = operation.settings
    if (topic.waiting !== null && (topic.waiting.autocreate || !autocreate)) return
    topic.waiting?.cancel()
    // Each waiting call has a limit of its own; the question itself goes on while any of them waits.
    const options = { autocreate, deadlineMs: Number.POSITIVE_INFINITY }
    const wait = this.#parts.metadata.topic(topic.name, options, (error, info) => {
      topic.waiting = null
      if (error === null) this.#learnt(topic, info)
      else this.#parts.onRefused(topic, error)
    })
    topic.waiting = { autocreate, cancel: () => wait.cancel() }
  }

  #learnt(topic: Topic, info: TopicInfo): void {
    topic.denied = false
    if (topic.update(info)) this.#parts.onRecreated(topic)
    this.#prepare(topic)
  }

  #prepare(topic: Topic): void {
    if (topic.prepared) {
      this.#onPasses(topic)
      return
    }
    if (this.#preparing.has(topic)) return
    this.#preparing.add(topic)
    Promise.all(parts.map(async part => prepareOne(this.#parts.serializers[part], topic.contexts[part]))).then(
      () => {
        this.#preparing.delete(topic)
        topic.prepared = true
        // It may be gone, and asked for anew.
        if (topic.info !== null) this.#onPasses(topic)
      },
      (error: unknown) => {
        this.#preparing.delete(topic)
        this.#parts.onRefused(topic, isKafkaError(error) ? error : prepareFailed(error, topic.name))
      }
    )
  }

  /** Nobody waits any more. */
  close(): void {
    for (const topic of this.#topics.values()) {
      topic.waiting?.cancel()
      topic.waiting = null
    }
  }
}

async function prepareOne(serializer: Serializer<unknown>, context: SerializeContext): Promise<void> {
  await serializer.prepare?.(context)
}

function prepareFailed(cause: unknown, topic: string): SerializationError {
  const reason = reasonOf(cause)
  return new SerializationError(`A serializer could not prepare for ${topic}: ${reason}`, {
    cause,
    outcome: 'not-persisted'
  })
}
