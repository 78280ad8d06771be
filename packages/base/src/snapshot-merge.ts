// How a broker's answer changes what is known of the cluster: pure.
import { ConnectionError, foreignText, type BrokerError, type KafkaError } from '@sluice/core'
import { brokerError, errorCodes, noUuid } from '@sluice/protocol'
import { mergePartitions } from './snapshot-partitions.ts'
import {
  availableOf,
  isEndpoint,
  withoutGoneLeaders,
  type BrokerInfo,
  type CachedTopic,
  type ClusterState,
  type MetadataAnswer,
  type TopicAnswer
} from './snapshot.ts'

export interface MergeContext {
  readonly nowMs: number
  /** When the question was asked: the broker may have made its answer at once. */
  readonly askedMs: number
  /** Whether this leader just denied being it, or cannot be reached. */
  doubted(topic: string, partition: number, leader: number): boolean
}

/** What an answer said of one topic. */
export type TopicVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'missing'; readonly error: BrokerError }
  /** Null: there was no error, and nothing of use either. */
  | { readonly kind: 'transient'; readonly error: BrokerError | null }
  | { readonly kind: 'failed'; readonly error: BrokerError }

export type Merge =
  | { readonly kind: 'refused'; readonly error: KafkaError }
  | {
      readonly kind: 'merged'
      readonly state: ClusterState
      readonly verdicts: ReadonlyMap<string, TopicVerdict>
      /** Something differs from before: brokers, topics, leaders. */
      readonly changed: boolean
      /** Something is still without a leader, missing or contradicted: worth asking again. */
      readonly incomplete: boolean
    }

// How long every answer must contradict the cache before the topic is taken for a new one. Only without topic ids, which
// tell at once: on brokers before 2.8 a topic made again starts at epoch 0, below what is cached.
const contradictionMs = 30_000

/** The topic, or the right to it, is not to be had: waiting does not help. */
const finalTopicCodes: ReadonlySet<number> = new Set([
  errorCodes.INVALID_TOPIC_EXCEPTION,
  errorCodes.TOPIC_AUTHORIZATION_FAILED,
  errorCodes.TOPIC_ALREADY_EXISTS,
  errorCodes.INVALID_PARTITIONS,
  errorCodes.INVALID_REPLICATION_FACTOR,
  errorCodes.INVALID_REPLICA_ASSIGNMENT,
  errorCodes.INVALID_CONFIG,
  errorCodes.POLICY_VIOLATION
])
/** The topic exists; what its entry says of partitions is usable. */
const partialTopicCodes: ReadonlySet<number> = new Set([
  errorCodes.NONE,
  errorCodes.LEADER_NOT_AVAILABLE,
  errorCodes.REPLICA_NOT_AVAILABLE,
  errorCodes.KAFKA_STORAGE_ERROR,
  errorCodes.LISTENER_NOT_FOUND
])

/**
 * @see KIP-516 (topic ids), KIP-320 (leader epochs), KIP-1102 (error 129)
 */
export function mergeAnswer(state: ClusterState, answer: MetadataAnswer, context: MergeContext): Merge {
  if (answer.errorCode !== 0) return { kind: 'refused', error: brokerError(answer.errorCode, { detail: 'Metadata' }) }
  const refusal = wrongCluster(state, answer)
  if (refusal !== null) return { kind: 'refused', error: refusal }
  // Of brokers an older answer knows nothing that a newer one did not.
  const isOlder = context.askedMs < state.lastUpdateMs
  const brokers = isOlder ? state.brokers : mergeBrokers(state.brokers, answer.brokers)
  if (brokers.size === 0) {
    return {
      kind: 'refused',
      error: new ConnectionError('A Metadata answer without brokers was refused', { handedOver: true })
    }
  }
  const topics = mergeTopics(state, answer.topics, brokers, context)
  const clusterId = answer.clusterId ?? state.clusterId
  const controllerId = isOlder ? state.controllerId : answer.controllerId
  const changed = topics.changed || brokers !== state.brokers || controllerId !== state.controllerId
  return {
    kind: 'merged',
    state: {
      clusterId,
      controllerId,
      brokers,
      topics: topics.topics,
      lastUpdateMs: Math.max(context.askedMs, state.lastUpdateMs)
    },
    verdicts: topics.verdicts,
    changed,
    incomplete: topics.incomplete
  }
}

function wrongCluster(state: ClusterState, answer: MetadataAnswer): KafkaError | null {
  if (state.clusterId === null || answer.clusterId === null || answer.clusterId === state.clusterId) return null
  return new ConnectionError(
    `A broker of cluster ${foreignText(answer.clusterId)} answered where cluster ${state.clusterId} was expected; ` +
      'check bootstrapBrokers and whether addresses were given to other brokers; each cluster needs a pool of its own',
    { problem: 'wrong-cluster', handedOver: true }
  )
}

function mergeBrokers(
  old: ReadonlyMap<number, BrokerInfo>,
  entries: MetadataAnswer['brokers']
): ReadonlyMap<number, BrokerInfo> {
  const brokers = new Map<number, BrokerInfo>()
  let same = true
  for (const { nodeId, host, port, rack } of entries) {
    if (nodeId < 0 || brokers.has(nodeId) || !isEndpoint(host, port)) continue
    const known = old.get(nodeId)
    const kept = known !== undefined && known.host === host && known.port === port && known.rack === rack
    same &&= kept
    brokers.set(nodeId, kept ? known : { host, port, rack })
  }
  return same && brokers.size === old.size ? old : brokers
}

interface MergedTopics {
  topics: Map<string, CachedTopic>
  verdicts: Map<string, TopicVerdict>
  changed: boolean
  incomplete: boolean
}

function mergeTopics(
  state: ClusterState,
  entries: readonly TopicAnswer[],
  brokers: ReadonlyMap<number, BrokerInfo>,
  context: MergeContext
): MergedTopics {
  const merged: MergedTopics = { topics: new Map(state.topics), verdicts: new Map(), changed: false, incomplete: false }
  for (const entry of entries) {
    if (entry.name === null || merged.verdicts.has(entry.name)) continue
    mergeTopicEntry(merged, entry.name, entry, brokers, context)
  }
  for (const [name, topic] of merged.topics) {
    const led = withoutGoneLeaders(topic, brokers)
    if (led === topic) continue
    merged.topics.set(name, led)
    merged.changed = true
    merged.incomplete = true
  }
  return merged
}

function mergeTopicEntry(
  merged: MergedTopics,
  name: string,
  entry: TopicAnswer,
  brokers: ReadonlyMap<number, BrokerInfo>,
  context: MergeContext
): void {
  // An error says nothing about partitions that were known: they stay.
  const { errorCode } = entry
  if (!partialTopicCodes.has(errorCode)) {
    const verdict = failedTopic(name, errorCode)
    merged.verdicts.set(name, verdict)
    merged.incomplete ||= verdict.kind !== 'failed'
    return
  }
  const old = merged.topics.get(name)
  const topic = mergeTopic(old, name, entry, brokers, context)
  merged.verdicts.set(name, topic === undefined ? emptyTopic(name, errorCode) : { kind: 'known' })
  merged.incomplete ||= topic === undefined || topic.incomplete
  if (topic === undefined) return
  merged.changed ||= topic.info.partitions !== old?.partitions || topic.info.id !== old.id
  merged.topics.set(name, topic.info)
}

function failedTopic(name: string, code: number): Exclude<TopicVerdict, { kind: 'known' }> {
  const error = brokerError(code, { topic: name, outcome: 'not-persisted' })
  if (code === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) return { kind: 'missing', error }
  return { kind: finalTopicCodes.has(code) ? 'failed' : 'transient', error }
}

function emptyTopic(name: string, code: number): TopicVerdict {
  return { kind: 'transient', error: code === errorCodes.NONE ? null : brokerError(code, { topic: name }) }
}

interface MergedTopic {
  readonly info: CachedTopic
  readonly incomplete: boolean
}

/** Undefined: the entry is malformed or empty, and nothing was known before. */
function mergeTopic(
  old: CachedTopic | undefined,
  name: string,
  entry: TopicAnswer,
  brokers: ReadonlyMap<number, BrokerInfo>,
  context: MergeContext
): MergedTopic | undefined {
  if (old?.retiredIds.includes(entry.topicId)) return { info: old, incomplete: true }
  const recreated = old !== undefined && old.id !== noUuid && entry.topicId !== noUuid && old.id !== entry.topicId
  const id = entry.topicId === noUuid ? (old?.id ?? noUuid) : entry.topicId
  const base = recreated ? undefined : old
  const scope = {
    brokers,
    nowMs: context.nowMs,
    doubted: (p: number, leader: number) => context.doubted(name, p, leader)
  }
  let merge = mergePartitions(base?.partitions, entry.partitions, scope)
  const since = merge?.contradicted ? (base?.contradictedSinceMs ?? context.nowMs) : null
  const outlived = id === noUuid && since !== null && context.nowMs - since >= contradictionMs
  if (outlived) merge = mergePartitions(undefined, entry.partitions, scope)
  if (merge === undefined) return old === undefined ? undefined : { info: old, incomplete: true }
  const { partitions } = merge
  const info: CachedTopic = {
    name,
    id,
    partitions,
    available: partitions === old?.partitions ? old.available : availableOf(partitions),
    lastUpdateMs: context.askedMs,
    retiredIds: recreated ? [...old.retiredIds, old.id].slice(-retiredIdLimit) : (old?.retiredIds ?? []),
    contradictedSinceMs: outlived ? null : since
  }
  return { info, incomplete: merge.incomplete }
}

const retiredIdLimit = 8
