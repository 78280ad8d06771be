// OffsetCommit and OffsetFetch: how far a group has come.
import { noUuid } from '@sluice/protocol'
import type { BrokerApi, RequestContext } from '../broker-api.ts'
import { wholeCode } from '../broker-api.ts'
import { errorCodes } from '../error-codes.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import {
  offsetCommitServer,
  offsetFetchServer,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  type OffsetFetchRequest,
  type OffsetFetchRequestGroupTopic,
  type OffsetFetchResponse,
  type OffsetFetchResponseGroup,
  type OffsetFetchResponseGroupTopic
} from '../messages/index.ts'
import { isCoordinator } from './groups.ts'

const groupListsSince = 8
const topicIdsSince = 10

/** A topic's name; null for an id that means nothing. */
function nameOf(asked: { readonly name: string; readonly topicId: string }, context: RequestContext): string | null {
  if (context.version < topicIdsSince) return asked.name
  return context.cluster.topicById(asked.topicId)?.name ?? null
}

export function offsetCommitApi(groups: Groups): BrokerApi<OffsetCommitRequest, OffsetCommitResponse> {
  return {
    codec: offsetCommitServer,
    execute: (request, context, answer) => {
      const group = groups.group(request.groupId)
      const refusal = isCoordinator(context)
        ? group.checkCommit(request.memberId, request.generationIdOrMemberEpoch)
        : errorCodes.NOT_COORDINATOR
      if (refusal === errorCodes.NONE) commit(request, group, context)
      answer(committed(request, () => refusal))
    },
    refuse: (request, fault) => committed(request, (topic, partition) => fault.code(topic, partition))
  }
}

function commit(request: OffsetCommitRequest, group: Group, context: RequestContext): void {
  for (const topic of request.topics) {
    const name = nameOf(topic, context)
    if (name === null) continue
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata } of topic.partitions) {
      const offset = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: committedMetadata }
      group.commit(name, partitionIndex, offset)
    }
  }
}

function committed(
  request: OffsetCommitRequest,
  codeOf: (topic: string, partition: number) => number
): OffsetCommitResponse {
  const topics = request.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: codeOf(name, partitionIndex) }))
  }))
  return { topics }
}

export function offsetFetchApi(groups: Groups): BrokerApi<OffsetFetchRequest, OffsetFetchResponse> {
  return {
    codec: offsetFetchServer,
    execute: (request, context, answer) => {
      const errorCode = isCoordinator(context) ? errorCodes.NONE : errorCodes.NOT_COORDINATOR
      answer(fetchAll(request, context, groups, errorCode))
    },
    refuse: (request, fault, context) => fetchAll(request, context, groups, wholeCode(fault))
  }
}

function fetchAll(
  request: OffsetFetchRequest,
  context: RequestContext,
  groups: Groups,
  errorCode: number
): OffsetFetchResponse {
  if (context.version >= groupListsSince) {
    const each = request.groups.map(asked => fetchGroup(asked.groupId, asked.topics, { context, groups, errorCode }))
    return { groups: each }
  }
  const topics = request.topics?.map(topic => ({ ...topic, topicId: noUuid })) ?? null
  const found = fetchGroup(request.groupId, topics, { context, groups, errorCode })
  return { topics: found.topics.map(({ name, partitions }) => ({ name: name ?? '', partitions })), errorCode }
}

function fetchGroup(
  groupId: string,
  asked: readonly OffsetFetchRequestGroupTopic[] | null,
  parts: { readonly context: RequestContext; readonly groups: Groups; readonly errorCode: number }
): OffsetFetchResponseGroup {
  const { context, groups, errorCode } = parts
  if (errorCode !== errorCodes.NONE) return { groupId, topics: [], errorCode }
  const group = groups.group(groupId)
  return {
    groupId,
    topics: (asked ?? everything(group, context)).map(topic => fetchTopic(group, topic, context)),
    errorCode
  }
}

function everything(group: Group, context: RequestContext): OffsetFetchRequestGroupTopic[] {
  return [...group.committedPartitions()].map(([name, partitionIndexes]) => ({
    name,
    topicId: context.cluster.topic(name)?.id ?? noUuid,
    partitionIndexes
  }))
}

function fetchTopic(
  group: Group,
  asked: OffsetFetchRequestGroupTopic,
  context: RequestContext
): OffsetFetchResponseGroupTopic {
  const name = nameOf(asked, context)
  const partitions = asked.partitionIndexes.map(partitionIndex => {
    const known = name === null ? undefined : group.committed(name, partitionIndex)
    return {
      partitionIndex,
      committedOffset: known?.offset ?? -1n,
      committedLeaderEpoch: known?.leaderEpoch ?? -1,
      metadata: known?.metadata ?? '',
      errorCode: name === null ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.NONE
    }
  })
  return { name: asked.name, topicId: asked.topicId, partitions }
}
