// CreateTopics: new topics, at once.
import type { BrokerApi, RequestContext } from '../broker-api.ts'
import { isTopicName, type TopicSettings } from '../cluster-state.ts'
import { errorCodes } from '../error-codes.ts'
import {
  createTopicsServer,
  type CreateTopicsRequest,
  type CreateTopicsRequestTopic,
  type CreateTopicsResponse,
  type CreateTopicsResponseTopic
} from '../messages/index.ts'

// More than anybody tests with; a client must not be able to fill the memory of the test.
const mostPartitions = 100_000

export const createTopicsApi: BrokerApi<CreateTopicsRequest, CreateTopicsResponse> = {
  codec: createTopicsServer,
  execute: (request, context, answer) =>
    answer({ throttleTimeMs: 0, topics: request.topics.map(topic => create(topic, request, context)) }),
  refuse: (request, fault) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name }) => failed(name, fault.code(name, -1), null))
  })
}

function failed(name: string, errorCode: number, errorMessage: string | null): CreateTopicsResponseTopic {
  return { name, errorCode, errorMessage, configs: [] }
}

function create(
  asked: CreateTopicsRequestTopic,
  request: CreateTopicsRequest,
  context: RequestContext
): CreateTopicsResponseTopic {
  const { cluster } = context
  const { name, assignments } = asked
  if (!isTopicName(name)) return failed(name, errorCodes.INVALID_TOPIC_EXCEPTION, `${name} cannot be a topic`)
  if (cluster.topic(name) !== undefined) return failed(name, errorCodes.TOPIC_ALREADY_EXISTS, `Topic ${name} exists`)
  const wanted = assignments.length > 0 ? assignments.length : asked.numPartitions
  const partitions = wanted === -1 ? cluster.rules.defaultPartitions : wanted
  if (partitions < 1 || partitions > mostPartitions)
    return failed(name, errorCodes.INVALID_PARTITIONS, `A topic cannot have ${partitions} partitions`)
  if (asked.replicationFactor > cluster.brokers.length) {
    return failed(name, errorCodes.INVALID_REPLICATION_FACTOR, `Only ${cluster.brokers.length} brokers are up`)
  }
  const copies = asked.replicationFactor > 0 ? { replicationFactor: asked.replicationFactor } : {}
  if (request.validateOnly) return { ...failed(name, errorCodes.NONE, null), numPartitions: partitions }
  const topic = cluster.createTopic(name, { partitions, ...copies, ...readConfigs(asked) })
  const replicationFactor = topic.partitions[0]!.leadership.replicas.length
  return { ...failed(name, errorCodes.NONE, null), topicId: topic.id, numPartitions: partitions, replicationFactor }
}

/** The settings of a topic that mean something here, under their Kafka names; others are accepted and forgotten. */
function readConfigs(asked: CreateTopicsRequestTopic): TopicSettings {
  const given = new Map(asked.configs.map(({ name, value }) => [name, value ?? '']))
  const settings: { -readonly [Name in keyof TopicSettings]: TopicSettings[Name] } = {}
  const maxMessageBytes = given.get('max.message.bytes')
  const minInsyncReplicas = given.get('min.insync.replicas')
  if (maxMessageBytes !== undefined) settings.maxMessageBytes = Number(maxMessageBytes)
  if (minInsyncReplicas !== undefined) settings.minInsyncReplicas = Number(minInsyncReplicas)
  if (given.get('cleanup.policy')?.includes('compact') === true) settings.compacted = true
  if (given.get('message.timestamp.type') === 'LogAppendTime') settings.timestampType = 'append'
  return settings
}
