// Metadata: brokers, topics, partitions and their leaders, as this cluster has them now.
import type { BrokerApi, Fault, RequestContext } from '../broker-api.ts'
import { wholeCode } from '../broker-api.ts'
import { isTopicName, type ClusterState } from '../cluster-state.ts'
import {
  metadataServer,
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponsePartition,
  type MetadataResponseTopic
} from '../messages/index.ts'
import type { Partition, Topic } from '../topic.ts'
import { errorCodes, noUuid } from '@sluice/protocol'

export const metadataApi: BrokerApi<MetadataRequest, MetadataResponse> = {
  codec: metadataServer,
  execute: (request, context, answer) =>
    answer(describe(request, context, wanted => findTopic(wanted, request, context))),
  executeWith: (request, fault, context, answer) => {
    const described = describe(request, context, wanted => findDespite(fault, wanted, request, context))
    answer({ ...described, errorCode: wholeCode(fault) })
  },
  refuse: (request, errorCode, context) => ({
    ...describe(request, context, ({ name, topicId }) => missing(errorCode, name, topicId)),
    errorCode
  })
}

function describe(
  request: MetadataRequest,
  context: RequestContext,
  describeOne: (wanted: MetadataRequestTopic) => MetadataResponseTopic
): MetadataResponse {
  const { cluster } = context
  const wanted = wantedTopics(request, context)
  return {
    brokers: cluster.brokers.map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
    clusterId: cluster.clusterId,
    controllerId: cluster.controllerId,
    topics: wanted.map(describeOne),
    errorCode: errorCodes.NONE
  }
}

function wantedTopics(request: MetadataRequest, context: RequestContext): readonly MetadataRequestTopic[] {
  const all = request.topics === null || (context.version === 0 && request.topics.length === 0)
  if (!all) return request.topics
  return context.cluster.topics.map(topic => ({ topicId: noUuid, name: topic.name }))
}

function findTopic(
  wanted: MetadataRequestTopic,
  request: MetadataRequest,
  context: RequestContext
): MetadataResponseTopic {
  const { cluster } = context
  const { name } = wanted
  const topic = name === null ? cluster.topicById(wanted.topicId) : cluster.topic(name)
  if (topic !== undefined) return describeTopic(topic, cluster)
  if (name === null) return missing(errorCodes.UNKNOWN_TOPIC_ID, null, wanted.topicId)
  if (!isTopicName(name)) return missing(errorCodes.INVALID_TOPIC_EXCEPTION, name)
  // As brokers do, the answer that has the topic created does not have it yet.
  if (request.allowAutoTopicCreation && cluster.rules.autocreateTopics) cluster.createTopic(name)
  return missing(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, name)
}

function missing(errorCode: number, name: string | null, topicId: string = noUuid): MetadataResponseTopic {
  return { errorCode, name, topicId, partitions: [] }
}

function findDespite(
  fault: Fault,
  wanted: MetadataRequestTopic,
  request: MetadataRequest,
  context: RequestContext
): MetadataResponseTopic {
  const name = wanted.name ?? context.cluster.topicById(wanted.topicId)?.name ?? ''
  const errorCode = fault.code(name, -1)
  if (errorCode !== errorCodes.NONE) return missing(errorCode, wanted.name, wanted.topicId)
  const found = findTopic(wanted, request, context)
  const partitions = found.partitions.map(partition => ({
    ...partition,
    errorCode: fault.code(name, partition.partitionIndex) || partition.errorCode
  }))
  return { ...found, partitions }
}

function describeTopic(topic: Topic, cluster: ClusterState): MetadataResponseTopic {
  return {
    errorCode: errorCodes.NONE,
    name: topic.name,
    topicId: cluster.rules.topicIds ? topic.id : noUuid,
    partitions: topic.partitions.map(partition => describePartition(partition, cluster))
  }
}

function describePartition(partition: Partition, cluster: ClusterState): MetadataResponsePartition {
  const { leaderId, leaderEpoch, replicas, isr } = partition.leadership
  return {
    errorCode: leaderId === -1 ? errorCodes.LEADER_NOT_AVAILABLE : errorCodes.NONE,
    partitionIndex: partition.index,
    leaderId,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    offlineReplicas: replicas.filter(id => !cluster.isUp(id))
  }
}
