// Starts Apache Kafka itself on this machine, for test suites.
export { HarnessError, UsageError } from './failures.ts'
export type { DumpedBatch, DumpedRecord } from './dump.ts'
export type { KafkaNode, TlsFiles } from './kafka-cluster.ts'
export { KafkaCluster } from './kafka-cluster.ts'
export type {
  ClusterDescription,
  ProducedRecord,
  ReadOptions,
  ReadRecord,
  RecordContent,
  RecordToProduce,
  TopicDescription,
  TopicOptions,
  TopicSummary
} from './oracle-answers.ts'
export { TopicChecksum } from './oracle-answers.ts'
export type { ClientListener, ListenerName, NodePorts } from './ports.ts'
export type { StartOptions } from './start-kafka.ts'
export { startKafka } from './start-kafka.ts'
export type { ConsoleOptions } from './tools.ts'
export { defaultVersion } from './versions.ts'
