// CreateTopics: new topics, at once, after the checks of a Kafka 4.3.1 and in its order.
import { errorCodes } from '@sluice/protocol'
import type { BrokerApi, Fault, RequestContext } from '../broker-api.ts'
import { isTopicName, type ClusterState } from '../cluster-state.ts'
import {
  createTopicsServer,
  type CreateTopicsRequest,
  type CreateTopicsRequestAssignment,
  type CreateTopicsRequestTopic,
  type CreateTopicsResponse,
  type CreateTopicsResponseTopic
} from '../messages/index.ts'
import { configProblem, readConfigs } from '../topic-configs.ts'

// What one batch of a controller's log holds, the topic itself included.
const mostPartitions = 9_999
const byDefault = -1

export const createTopicsApi: BrokerApi<CreateTopicsRequest, CreateTopicsResponse> = {
  codec: createTopicsServer,
  execute: (request, context, answer) => answer(createAll(request, null, context)),
  executeWith: (request, fault, context, answer) => answer(createAll(request, fault, context)),
  refuse: (request, errorCode) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ name }) => failed(name, { errorCode, message: null }))
  })
}

interface Refusal {
  readonly errorCode: number
  readonly message: string | null
}

function failed(name: string, { errorCode, message }: Refusal): CreateTopicsResponseTopic {
  return { name, errorCode, errorMessage: message, configs: [] }
}

function createAll(
  request: CreateTopicsRequest,
  fault: Fault | null,
  { cluster }: RequestContext
): CreateTopicsResponse {
  const counts = new Map<string, number>()
  for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1)
  const once = request.topics.filter(({ name }) => counts.get(name) === 1)
  const partitions = once.reduce((sum, topic) => sum + Math.max(0, partitionsOf(topic, cluster)), 0)
  const createOne = (topic: CreateTopicsRequestTopic): CreateTopicsResponseTopic => {
    if (counts.get(topic.name) !== 1)
      return failed(topic.name, refuse('INVALID_REQUEST', 'The request names the topic more than once'))
    const refusal = refusalOf(topic, partitions > mostPartitions, cluster)
    return refusal === null ? create(topic, request.validateOnly, cluster) : failed(topic.name, refusal)
  }
  const byName = new Map(request.topics.map(topic => [topic.name, topic]))
  const topics = Array.from(byName.values(), topic => despite(fault, topic, createOne))
  return { throttleTimeMs: 0, topics }
}

function despite(
  fault: Fault | null,
  topic: CreateTopicsRequestTopic,
  createOne: (topic: CreateTopicsRequestTopic) => CreateTopicsResponseTopic
): CreateTopicsResponseTopic {
  const errorCode = fault?.code(topic.name, -1) ?? errorCodes.NONE
  if (errorCode === errorCodes.NONE) return createOne(topic)
  if (fault?.when === 'after') return { ...createOne(topic), errorCode }
  return failed(topic.name, { errorCode, message: 'As the test wanted' })
}

function partitionsOf({ assignments, numPartitions }: CreateTopicsRequestTopic, cluster: ClusterState): number {
  if (assignments.length > 0) return assignments.length
  return numPartitions === byDefault ? cluster.rules.defaultPartitions : numPartitions
}

function refusalOf(topic: CreateTopicsRequestTopic, tooMany: boolean, cluster: ClusterState): Refusal | null {
  const { name, configs } = topic
  if (tooMany) return refuse('POLICY_VIOLATION', 'The topics of one request have too many partitions together')
  if (!isTopicName(name)) return refuse('INVALID_TOPIC_EXCEPTION', `${name} cannot be the name of a topic`)
  if (cluster.topic(name) !== undefined) return refuse('TOPIC_ALREADY_EXISTS', `There is a topic ${name}`)
  const collides = cluster.topics.find(known => metricName(known.name) === metricName(name))
  if (collides !== undefined)
    return refuse(
      'INVALID_TOPIC_EXCEPTION',
      `The metrics of topic ${name} would have the names of those of ${collides.name}`
    )
  const problem = configProblem(configs)
  if (problem !== null) return refuse('INVALID_CONFIG', problem)
  return topic.assignments.length > 0 ? assignmentRefusal(topic, cluster) : countRefusal(topic, cluster)
}

function refuse(name: keyof typeof errorCodes, message: string): Refusal {
  return { errorCode: errorCodes[name], message }
}

/** Brokers name metrics so, and two topics must not share them. */
function metricName(topic: string): string {
  return topic.replaceAll('.', '_')
}

function countRefusal(
  { numPartitions, replicationFactor }: CreateTopicsRequestTopic,
  cluster: ClusterState
): Refusal | null {
  if (numPartitions !== byDefault && numPartitions < 1) return refuse('INVALID_PARTITIONS', 'A topic needs a partition')
  if (replicationFactor !== byDefault && replicationFactor < 1)
    return refuse('INVALID_REPLICATION_FACTOR', 'A replication factor is 1 or more, or -1 for the default')
  const up = cluster.brokers.length
  if (replicationFactor <= up) return null
  return refuse(
    'INVALID_REPLICATION_FACTOR',
    `Replication factor ${replicationFactor} cannot be reached: ${up} brokers are up`
  )
}

function assignmentRefusal(topic: CreateTopicsRequestTopic, cluster: ClusterState): Refusal | null {
  const { assignments, numPartitions, replicationFactor } = topic
  if (replicationFactor !== byDefault || numPartitions !== byDefault)
    return refuse(
      'INVALID_REQUEST',
      'A manual partition assignment wants -1 as number of partitions and as replication factor.'
    )
  const indexes = new Set(assignments.map(({ partitionIndex }) => partitionIndex))
  const consecutive = assignments.every(
    ({ partitionIndex }) => partitionIndex >= 0 && partitionIndex < assignments.length
  )
  if (indexes.size < assignments.length || !consecutive)
    return refuse('INVALID_REPLICA_ASSIGNMENT', 'The partitions that are assigned must be all from 0 on, each once')
  const copies = assignments[0]!.brokerIds.length
  const wrong = assignments.some(
    ({ brokerIds }) =>
      brokerIds.length !== copies ||
      new Set(brokerIds).size !== copies ||
      brokerIds.some(id => cluster.place(id) === undefined)
  )
  if (copies > 0 && !wrong) return null
  return refuse(
    'INVALID_REPLICA_ASSIGNMENT',
    'Each partition wants as many brokers as the others, known ones, each once'
  )
}

function create(
  topic: CreateTopicsRequestTopic,
  validateOnly: boolean,
  cluster: ClusterState
): CreateTopicsResponseTopic {
  const { name, replicationFactor, assignments } = topic
  const settings = {
    ...readConfigs(topic.configs),
    partitions: partitionsOf(topic, cluster),
    ...(replicationFactor === byDefault ? {} : { replicationFactor })
  }
  const made = cluster.makeTopic(name, settings, replicasOf(assignments))
  if (!validateOnly) cluster.addTopic(made)
  return {
    ...failed(name, { errorCode: errorCodes.NONE, message: null }),
    topicId: made.id,
    numPartitions: made.partitions.length,
    replicationFactor: made.partitions[0]!.leadership.replicas.length
  }
}

/** By partition; none: the cluster decides. */
function replicasOf(assignments: readonly CreateTopicsRequestAssignment[]): readonly (readonly number[])[] {
  return assignments.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ brokerIds }) => brokerIds)
}
