// Metadata: brokers, topics, partitions and their leaders, as this cluster has them now.
import type { BrokerApi, Fault, RequestContext } from '../broker-api.ts'
import { wholeCode } from '../broker-api.ts'
import { isTopicName, type ClusterState } from '../cluster-state.ts'
import { errorCodes } from '../error-codes.ts'
import {
  metadataServer,
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponsePartition,
  type MetadataResponseTopic
} from '../messages/index.ts'
import type { Partition, Topic } from '../topic.ts'
import { noUuid } from '@sluice/protocol'

export const metadataApi: BrokerApi<MetadataRequest, MetadataResponse> = {
  codec: metadataServer,
  execute: (request, context, answer) =>
    answer(describe(request, context, wanted => findTopic(wanted, request, context))),
  refuse: (request, fault, context) => describe(request, context, wanted => failedTopic(wanted, fault, context), fault)
}

function describe(
  request: MetadataRequest,
  context: RequestContext,
  describeOne: (wanted: MetadataRequestTopic) => MetadataResponseTopic,
  fault?: Fault
): MetadataResponse {
  const { cluster } = context
  const wanted = wantedTopics(request, context)
  return {
    brokers: cluster.brokers.map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack })),
    clusterId: cluster.clusterId,
    controllerId: cluster.controllerId,
    topics: wanted.map(describeOne),
    errorCode: fault === undefined ? errorCodes.NONE : wholeCode(fault)
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

function failedTopic(wanted: MetadataRequestTopic, fault: Fault, context: RequestContext): MetadataResponseTopic {
  const topic = wanted.name === null ? context.cluster.topicById(wanted.topicId) : context.cluster.topic(wanted.name)
  const errorCode = fault.code(wanted.name ?? topic?.name ?? '', -1)
  if (errorCode === errorCodes.NONE && topic !== undefined) return describeTopic(topic, context.cluster)
  return missing(errorCode, wanted.name, wanted.topicId)
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
