// The options of a cluster, and what a test may say of its topics: what they are, and what they must be.
import type { Clock, CompressionCodec } from '@sluice/core'
import type { AbandonedRequests } from './broker-connection.ts'
import type { VersionLimits } from './broker-apis.ts'
import { checkMembers, rules, type Rule } from './checks.ts'
import type { TopicSettings } from './cluster-state.ts'
import type { MemoryNetwork } from './memory-network.ts'
import type { SaslSettings } from './sasl-gate.ts'
import type { TopicConfig } from './topic.ts'

export interface TestClusterOptions {
  /** How many. Their ids begin at 1. Default 1. */
  readonly brokers?: number | undefined
  /** Topics to begin with: how many partitions each has, or more about it. Default none. */
  readonly topics?: Readonly<Record<string, number | TopicSettings>> | undefined
  /** What `log` and the checks of records may decompress besides gzip. Without one, `log` fails naming the package. */
  readonly codecs?: readonly CompressionCodec[] | undefined
  /** `tcp` (default) listens on 127.0.0.1; `memory`, or a network of one's own, needs no sockets. */
  readonly network?: 'tcp' | 'memory' | MemoryNetwork | undefined
  /** Default: the system's. A `ManualClock` makes a cluster in memory deterministic; over TCP, sockets keep their own time. */
  readonly clock?: Clock | undefined
  /** Names of the brokers in memory, where several clusters share a network. Default `broker-1` and so on, each on port 9092. */
  readonly hostOf?: ((brokerId: number) => string) | undefined
  /** Decides ids, and in memory everything that is left to chance, the client's included. Default 1. */
  readonly seed?: number | undefined
  /** Whether a client that asks for it gets a missing topic made. Default false. */
  readonly autocreateTopics?: boolean | undefined
  /** Partitions of a topic that says nothing of them. Default 1. */
  readonly defaultPartitions?: number | undefined
  /** Clients must authenticate, with a name and password of these. Default: nobody must, and nobody can. */
  readonly sasl?: SaslSettings | undefined
  /** Versions that the brokers offer, where not all that they know: `versionsOf('2.8')`, or API by API. */
  readonly versions?: VersionLimits | undefined
  /** Whether Metadata tells topic ids. Default true. */
  readonly topicIds?: boolean | undefined
  /** Whether a partition that knows nothing of a producer takes any first sequence, as brokers up to 4.3 do. Default true. */
  readonly acceptUnknownProducer?: boolean | undefined
  /** Whether records are looked at before they are appended, as brokers do. Default true; false is faster. */
  readonly checkRecords?: boolean | undefined
  /** What brokers do of what clients had asked for before they went: nothing, what was begun (as Kafka; the default), or all. */
  readonly abandonedRequests?: AbandonedRequests | undefined
}

type RulesOf<T> = Readonly<Record<keyof T, Rule>>

const topicRules: RulesOf<TopicConfig> = {
  maxMessageBytes: rules.count(0),
  compacted: rules.flag(),
  timestampType: rules.oneOf('create', 'append'),
  timestampBeforeMaxMs: rules.milliseconds(),
  timestampAfterMaxMs: rules.milliseconds(),
  minInsyncReplicas: rules.count(1),
  retentionBytes: rules.amount('a number of bytes that is not negative')
}

const settingRules: RulesOf<TopicSettings> = {
  ...topicRules,
  partitions: rules.count(1),
  replicationFactor: rules.count(1)
}

const settings = rules.members('an object with the settings of a topic', settingRules)
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

const saslRules: RulesOf<SaslSettings> = {
  users: rules.object('an object with a password for each name'),
  mechanisms: rules.listOf('a list of mechanisms', rules.oneOf(...mechanisms)),
  sessionLifetimeMs: rules.milliseconds()
}

const optionRules: RulesOf<TestClusterOptions> = {
  brokers: rules.count(1),
  topics: rules.mapOf('an object with topics by name', rules.either(rules.count(1), settings)),
  codecs: rules.listOf('a list of codecs', rules.object('a codec', ['compress', 'decompress'])),
  network: rules.either(rules.oneOf('tcp', 'memory'), rules.object('a MemoryNetwork', ['listen', 'transport'])),
  clock: rules.object('a clock', ['epochMs', 'monotonicMs', 'after', 'soon']),
  hostOf: rules.method(),
  seed: rules.finite(),
  autocreateTopics: rules.flag(),
  defaultPartitions: rules.count(1),
  sasl: rules.members('an object with users', saslRules),
  versions: rules.object('an object with versions by API'),
  topicIds: rules.flag(),
  acceptUnknownProducer: rules.flag(),
  checkRecords: rules.flag(),
  abandonedRequests: rules.oneOf('dropped', 'begun', 'all')
}

/** @throws InvalidArgumentError */
export function checkClusterOptions(options: TestClusterOptions): void {
  checkMembers(optionRules, options)
}

/** @throws InvalidArgumentError */
export function checkTopicSettings(given: TopicSettings): void {
  checkMembers(settingRules, given)
}

/** @throws InvalidArgumentError */
export function checkTopicChange(change: Partial<TopicConfig>): void {
  checkMembers(topicRules, change)
}
