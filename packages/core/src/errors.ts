// Every error that Sluice can give: one class per code, fields typed.
import type { ProduceResult } from './result.ts'
import type { BrokerAddress } from './transport.ts'

export type KafkaErrorCode =
  | 'KAFKA_INVALID_ARGUMENT'
  | 'KAFKA_CLOSED'
  | 'KAFKA_TIMEOUT'
  | 'KAFKA_CONNECTION'
  | 'KAFKA_AUTHENTICATION'
  | 'KAFKA_UNSUPPORTED_VERSION'
  | 'KAFKA_CORRUPT_FRAME'
  | 'KAFKA_BROKER'
  | 'KAFKA_SERIALIZATION'
  | 'KAFKA_COMPRESSION'
  | 'KAFKA_RECORD_TOO_LARGE'
  | 'KAFKA_BUFFER_FULL'
  | 'KAFKA_UNKNOWN_TOPIC'
  | 'KAFKA_FENCED'
  | 'KAFKA_ABORTED'
  | 'KAFKA_PRODUCE_FAILED'

/** What became of a record that failed: `not-persisted` is safe to send again, `unknown` may be in the log. */
export type RecordOutcome = 'not-persisted' | 'unknown'

export interface KafkaErrorOptions {
  readonly cause?: unknown
  readonly retriable?: boolean | undefined
  readonly outcome?: RecordOutcome | undefined
  readonly delivery?: DeliveryReport | undefined
}

/** How far a record came before it failed. `elapsedMs`: since its batch was begun, or since the call if it was in none. */
export interface DeliveryReport {
  readonly attempts: number
  readonly elapsedMs: number
  readonly firstError: KafkaError | null
  readonly lastError: KafkaError | null
  readonly brokerId: number | null
}

export abstract class KafkaError extends Error {
  abstract readonly code: KafkaErrorCode
  /** Whether the same call may succeed later without a change. */
  readonly retriable: boolean
  /** Set on every error of a record or of a refused `send`. */
  readonly outcome: RecordOutcome | undefined
  /** Set on every error of a record: those in `failures`, not on the ProduceError around them. */
  readonly delivery: DeliveryReport | undefined

  constructor(message: string, options: KafkaErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.retriable = options.retriable ?? false
    this.outcome = options.outcome
    this.delivery = options.delivery
  }

  /** The same error as the end of a record: one cause may end many, each with its own outcome and history. */
  withOutcome(outcome: RecordOutcome, delivery: DeliveryReport | undefined = this.delivery): this {
    // Not assigned: who threw it may have frozen it.
    const changed = { outcome: property(outcome), delivery: property(delivery) }
    return Object.create(Object.getPrototypeOf(this), { ...Object.getOwnPropertyDescriptors(this), ...changed })
  }
}

const property = (value: unknown): PropertyDescriptor => ({
  value,
  writable: true,
  enumerable: true,
  configurable: true
})

/** An option, argument or message field that cannot be right. */
export class InvalidArgumentError extends KafkaError {
  readonly code = 'KAFKA_INVALID_ARGUMENT'
}

/** The client, pool or connection is closed. */
export class ClosedError extends KafkaError {
  readonly code = 'KAFKA_CLOSED'
}

export class TimeoutError extends KafkaError {
  readonly code = 'KAFKA_TIMEOUT'
  /** What took too long, such as `delivery` or `Metadata`. */
  readonly operation: string
  readonly limitMs: number

  constructor(message: string, options: KafkaErrorOptions & { readonly operation: string; readonly limitMs: number }) {
    super(message, { retriable: true, ...options })
    this.operation = options.operation
    this.limitMs = options.limitMs
  }
}

/** Why a connection could not be made or kept, where it can be told. */
export type ConnectionProblem =
  | 'refused'
  | 'unresolvable'
  | 'plaintext-to-tls'
  | 'tls-to-plaintext'
  | 'http'
  | 'certificate'
  | 'wrong-cluster'
  | 'closed'

export class ConnectionError extends KafkaError {
  readonly code = 'KAFKA_CONNECTION'
  readonly broker: BrokerAddress | undefined
  readonly problem: ConnectionProblem | undefined
  /** False: no byte of the request was handed to the socket, so the broker cannot have acted on it. */
  readonly handedOver: boolean

  constructor(
    message: string,
    options: KafkaErrorOptions & {
      readonly broker?: BrokerAddress | undefined
      readonly problem?: ConnectionProblem | undefined
      readonly handedOver?: boolean | undefined
    } = {}
  ) {
    super(message, { retriable: true, ...options })
    this.broker = options.broker
    this.problem = options.problem
    this.handedOver = options.handedOver ?? false
  }
}

export class AuthenticationError extends KafkaError {
  readonly code = 'KAFKA_AUTHENTICATION'
  readonly broker: BrokerAddress | undefined

  constructor(message: string, options: KafkaErrorOptions & { readonly broker?: BrokerAddress | undefined } = {}) {
    super(message, options)
    this.broker = options.broker
  }
}

/** Broker and client share no version of an API, or the broker is too old for what was asked. */
export class UnsupportedVersionError extends KafkaError {
  readonly code = 'KAFKA_UNSUPPORTED_VERSION'
}

/** Bytes from a broker that are not what the protocol says, or bytes for one that were damaged in this process's memory. */
export class CorruptFrameError extends KafkaError {
  readonly code = 'KAFKA_CORRUPT_FRAME'
}

/** An error code in a broker's answer. */
export class BrokerError extends KafkaError {
  readonly code = 'KAFKA_BROKER'
  /** As on the wire, such as 6. */
  readonly errorCode: number
  /** As in Kafka's table, such as `NOT_LEADER_OR_FOLLOWER`. */
  readonly errorName: string
  readonly topic: string | undefined
  readonly partition: number | undefined

  constructor(
    message: string,
    options: KafkaErrorOptions & {
      readonly errorCode: number
      readonly errorName: string
      readonly topic?: string | undefined
      readonly partition?: number | undefined
    }
  ) {
    super(message, options)
    this.errorCode = options.errorCode
    this.errorName = options.errorName
    this.topic = options.topic
    this.partition = options.partition
  }
}

/** A serializer, partitioner or interceptor failed, or a message cannot be put on the wire. */
export class SerializationError extends KafkaError {
  readonly code = 'KAFKA_SERIALIZATION'
  /** The message's place in the call. */
  readonly index: number | undefined
  /** The part of the message, such as `value` or `headers[2]`. */
  readonly field: string | undefined

  constructor(
    message: string,
    options: KafkaErrorOptions & { readonly index?: number | undefined; readonly field?: string | undefined } = {}
  ) {
    super(message, options)
    this.index = options.index
    this.field = options.field
  }
}

/** A codec failed, is missing, or would have produced too much. */
export class CompressionError extends KafkaError {
  readonly code = 'KAFKA_COMPRESSION'
}

/** A record whose batch alone is larger than `maxRequestSize`. Of one larger than the topic takes the broker says MESSAGE_TOO_LARGE. */
export class RecordTooLargeError extends KafkaError {
  readonly code = 'KAFKA_RECORD_TOO_LARGE'
}

/** No memory for the message within its time, or too many waiting. */
export class BufferFullError extends KafkaError {
  readonly code = 'KAFKA_BUFFER_FULL'
  constructor(message: string, options: KafkaErrorOptions = {}) {
    super(message, { retriable: true, ...options })
  }
}

/** No broker knows the topic, and has not for a while. */
export class UnknownTopicError extends KafkaError {
  readonly code = 'KAFKA_UNKNOWN_TOPIC'
}

/**
 * A partition takes no more of this: another producer writes under its identity, the given identity cannot go on there, or
 * `dataLossPolicy` or `topicRecreatedPolicy` stopped it until `reset`.
 */
export class FencedError extends KafkaError {
  readonly code = 'KAFKA_FENCED'
}

/** The call's `AbortSignal` was aborted. */
export class AbortedError extends KafkaError {
  readonly code = 'KAFKA_ABORTED'
}

export interface ProduceFailure {
  /** The message's place in the call. */
  readonly index: number
  readonly topic: string
  /** Null when the message never got a partition. */
  readonly partition: number | null
  readonly outcome: RecordOutcome
  readonly error: KafkaError
}

/** Some messages of a `send` failed; each failure's own error has its `delivery`. */
export class ProduceError extends KafkaError {
  readonly code = 'KAFKA_PRODUCE_FAILED'
  /** In the order of the messages. */
  readonly failures: readonly ProduceFailure[]
  /** The result of those that did not fail. */
  readonly produced: ProduceResult
  declare readonly outcome: RecordOutcome

  constructor(
    message: string,
    options: KafkaErrorOptions & { readonly failures: readonly ProduceFailure[]; readonly produced: ProduceResult }
  ) {
    super(message, options)
    this.failures = options.failures
    this.produced = options.produced
  }
}

export interface KafkaErrorByCode {
  KAFKA_INVALID_ARGUMENT: InvalidArgumentError
  KAFKA_CLOSED: ClosedError
  KAFKA_TIMEOUT: TimeoutError
  KAFKA_CONNECTION: ConnectionError
  KAFKA_AUTHENTICATION: AuthenticationError
  KAFKA_UNSUPPORTED_VERSION: UnsupportedVersionError
  KAFKA_CORRUPT_FRAME: CorruptFrameError
  KAFKA_BROKER: BrokerError
  KAFKA_SERIALIZATION: SerializationError
  KAFKA_COMPRESSION: CompressionError
  KAFKA_RECORD_TOO_LARGE: RecordTooLargeError
  KAFKA_BUFFER_FULL: BufferFullError
  KAFKA_UNKNOWN_TOPIC: UnknownTopicError
  KAFKA_FENCED: FencedError
  KAFKA_ABORTED: AbortedError
  KAFKA_PRODUCE_FAILED: ProduceError
}

/** Anything but unknown: of a result or an error, what is not the error is the result. Of what was caught, `code` tells the class. */
type Known = object | string | number | boolean | bigint | symbol | null | undefined

const codePattern = /^KAFKA_[A-Z_]+$/

export function isKafkaError(value: Known): value is KafkaError
export function isKafkaError(value: unknown): value is KafkaErrorByCode[KafkaErrorCode]
export function isKafkaError<Code extends KafkaErrorCode>(value: unknown, code: Code): value is KafkaErrorByCode[Code]
/** Looks at what it has, not at the class, so that two copies of this package in one process agree. */
export function isKafkaError(value: unknown, code?: KafkaErrorCode): boolean {
  if (!(value instanceof Error) || !('code' in value) || typeof value.code !== 'string') return false
  // Story: a registry's client had a code like ours. What it threw was taken for ours, and a call never ended.
  if (!('retriable' in value) || !('withOutcome' in value) || typeof value.withOutcome !== 'function') return false
  return code === undefined ? codePattern.test(value.code) : value.code === code
}
