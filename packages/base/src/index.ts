// The base client: ask a Kafka cluster questions, hear what happens to its connections.
export {
  ConnectionPool,
  duplex,
  tcp,
  tls,
  type BrokerDisconnectEvent,
  type BrokerErrorEvent,
  type BrokerEvent,
  type BrokerSaslEvent,
  type BrokerThrottleEvent,
  type Connection,
  type ConnectionPoolOptions,
  type TlsOption,
  type TlsOptions
} from '@sluice/connection'
export { Base } from './base.ts'
export type { BootstrapBroker, BootstrapBrokers } from './bootstrap.ts'
export type { ClusterMetadata, ClusterTopicMetadata } from './cluster-metadata.ts'
export type { UserCallback } from './dual.ts'
export type { BaseEvents } from './events.ts'
export type { BaseOptions } from './options.ts'
export type { ApiVersion, MetadataOptions } from './questions.ts'
export type { RetryContext, RetryDelay } from './retry-delay.ts'
export type { SaslCredentials } from './sasl-option.ts'
export type { BrokerInfo, PartitionInfo } from './snapshot.ts'
