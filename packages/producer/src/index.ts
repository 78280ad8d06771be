// The producer and what an application needs with it.
export { Base, ConnectionPool, duplex, tcp, tls } from '@sluice/base'
export type {
  ApiVersion,
  BaseEvents,
  BaseOptions,
  BootstrapBroker,
  BootstrapBrokers,
  BrokerDisconnectEvent,
  BrokerErrorEvent,
  BrokerEvent,
  BrokerInfo,
  BrokerSaslEvent,
  BrokerThrottleEvent,
  ClusterMetadata,
  ClusterTopicMetadata,
  Connection,
  ConnectionPoolOptions,
  MetadataOptions,
  PartitionInfo,
  RetryContext,
  RetryDelay,
  SaslCredentials,
  TlsOption,
  TlsOptions,
  UserCallback
} from '@sluice/base'
export { gzip } from '@sluice/compression-gzip'
export {
  AbortedError,
  AuthenticationError,
  BrokerError,
  BufferFullError,
  ClosedError,
  CompressionAlgorithms,
  CompressionError,
  ConnectionError,
  CorruptFrameError,
  FencedError,
  InvalidArgumentError,
  isKafkaError,
  KafkaError,
  ProduceAcks,
  ProduceError,
  RecordTooLargeError,
  SerializationError,
  TimeoutError,
  UnknownTopicError,
  UnsupportedVersionError
} from '@sluice/core'
export type {
  BatchObservation,
  BrokerAddress,
  ByteStream,
  Clock,
  CompressionAlgorithm,
  CompressionCodec,
  ConnectionObservation,
  ConnectionProblem,
  ConnectionState,
  DeliveryReport,
  Interceptor,
  KafkaErrorByCode,
  KafkaErrorCode,
  MessageHeaders,
  MessageToProduce,
  MetadataObservation,
  Observer,
  OutcomeObservation,
  PartitionContext,
  Partitioner,
  PartitionFunction,
  ProducedOffset,
  ProducedRecord,
  ProduceFailure,
  ProduceResult,
  Random,
  RecordOutcome,
  RequestObservation,
  ResponseObservation,
  RetryObservation,
  SaslContext,
  SaslMechanism,
  SerializeContext,
  Serializer,
  Serializers,
  Sink,
  StreamEvents,
  Timer,
  TopicPartitioner,
  Transport
} from '@sluice/core'
export {
  bytesSerializer,
  float64Serializer,
  int32Serializer,
  int64Serializer,
  jsonSerializer,
  serializersFrom,
  stringSerializer,
  stringSerializers,
  uuidSerializer
} from '@sluice/serializers'
export type { CallOptions } from './call-options.ts'
export type { CloseOptions } from './close.ts'
export type { ProducerEvents } from './events.ts'
export type { LossPolicy, ProducerOptions } from './options.ts'
export type { PartitionDescription, PartitionsToReset } from './partition-questions.ts'
export type { Identity } from './profile.ts'
export {
  compatible,
  crc32Random,
  defaultPartitioner,
  murmur2Random,
  roundRobin,
  sticky,
  type CompatibleClient,
  type CompatibleOptions,
  type HashedOptions,
  type RoundRobinOptions,
  type StickyOptions
} from './partitioners/index.ts'
export {
  Producer,
  type InitIdempotentProducerOptions,
  type ProducerMessage,
  type SendOptions,
  type UnacknowledgedResult
} from './producer.ts'
export type { DataLoss } from './outcomes.ts'
export type { ProducerStats } from './stats.ts'
