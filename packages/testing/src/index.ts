// A stage for tests: manual time, seeded chance, a network without sockets and a Kafka cluster in the process.
export type { AbandonedRequests } from './broker-connection.ts'
export type { ApiName, RequestOf, ResponseOf, VersionLimits } from './broker-apis.ts'
export type { TopicSettings } from './cluster-state.ts'
export type { TestClusterOptions } from './cluster-options.ts'
export { TestCluster, type TestClientOptions } from './cluster.ts'
export type { ComplianceCase } from './compliance/case.ts'
export type { CompressionSetup } from './compliance/compression-stage.ts'
export { compressionCompliance } from './compliance/compression.ts'
export type { PartitionerSetup } from './compliance/partitioner-stage.ts'
export { partitionerCompliance } from './compliance/partitioner.ts'
export type { SaslServer, SaslSetup } from './compliance/sasl-stage.ts'
export { saslCompliance } from './compliance/sasl.ts'
export {
  serializerCompliance,
  type SerializerCase,
  type SerializerExample,
  type SerializerSetup
} from './compliance/serializer.ts'
export type { TransportSetup } from './compliance/transport-stage.ts'
export { transportCompliance } from './compliance/transport.ts'
export type { ConnectionHandle, InterceptedRequest, Interception, InterceptHandler } from './interceptors.ts'
export { tcpListening } from './listen.ts'
export type { LogRecord } from './log-reader.ts'
export { ManualClock, type ManualClockOptions } from './manual-clock.ts'
export { MemoryLink, type Direction } from './memory-link.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './memory-network.ts'
export { type Amount, type PipeEnd, type PipeShape } from './memory-pipe.ts'
export { versionsOf, type KafkaRelease } from './releases.ts'
export type { SaslMechanismName, SaslSettings } from './sasl-gate.ts'
export { seededRandom } from './seeded-random.ts'
export type { AcceptStream, Listener, Listening, ServerStream } from './server-stream.ts'
export type { Leadership, TopicConfig } from './topic.ts'
