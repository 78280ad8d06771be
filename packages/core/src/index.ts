// Contracts, errors, enumerations and clock: everything that a plugin is written against.
export type { Callback, MaybePromise, Outcome } from './callback.ts'
export { systemClock, type Clock, type Timer } from './clock.ts'
export type { CompressionCodec, CompressionCodecId } from './compression.ts'
export { CompressionAlgorithms, ProduceAcks, type CompressionAlgorithm } from './enumerations.ts'
export {
  AbortedError,
  AuthenticationError,
  BrokerError,
  BufferFullError,
  ClosedError,
  CompressionError,
  ConnectionError,
  CorruptFrameError,
  FencedError,
  InvalidArgumentError,
  isKafkaError,
  KafkaError,
  ProduceError,
  RecordTooLargeError,
  SerializationError,
  TimeoutError,
  UnknownTopicError,
  UnsupportedVersionError,
  type ConnectionProblem,
  type DeliveryReport,
  type KafkaErrorByCode,
  type KafkaErrorCode,
  type KafkaErrorOptions,
  type ProduceFailure,
  type RecordOutcome
} from './errors.ts'
export { foreignText } from './foreign-text.ts'
export type { MessageHeaders, MessageToProduce } from './message.ts'
export {
  combineObservers,
  observerMethods,
  silentObserver,
  type BatchObservation,
  type ConnectionObservation,
  type ConnectionState,
  type Interceptor,
  type MetadataObservation,
  type Observer,
  type OutcomeObservation,
  type RequestObservation,
  type ResponseObservation,
  type RetryObservation
} from './observer.ts'
export type { PartitionContext, Partitioner, PartitionFunction, TopicPartitioner } from './partitioning.ts'
export { systemRandom, type Random } from './random.ts'
export { reasonOf } from './reason.ts'
export type { ProducedOffset, ProducedRecord, ProduceResult } from './result.ts'
export type { SaslContext, SaslMechanism } from './sasl.ts'
export type { SerializeContext, Serializer, Serializers, Sink } from './serialization.ts'
export { guarded, surface, tellAll } from './surface.ts'
export type { BrokerAddress, ByteStream, StreamEvents, Transport } from './transport.ts'
