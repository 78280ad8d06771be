// OffsetCommit and OffsetFetch: how far a group has come.
import { errorCodes, noUuid } from '@sluice/protocol'
import { wholeCode, type BrokerApi, type Fault, type RequestContext } from '../broker-api.ts'
import type { Group } from '../group.ts'
import type { Groups } from '../groups.ts'
import {
  offsetCommitServer,
  offsetFetchServer,
  type OffsetCommitRequest,
  type OffsetCommitRequestTopic,
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
    execute: (request, context, answer) => answer(commitAll(request, null, context, groups)),
    executeWith: (request, fault, context, answer) => answer(commitAll(request, fault, context, groups)),
    refuse: (request, errorCode) => committed(request, () => errorCode)
  }
}

function commitAll(
  request: OffsetCommitRequest,
  fault: Fault | null,
  context: RequestContext,
  groups: Groups
): OffsetCommitResponse {
  const group = groups.group(request.groupId)
  const refusal = isCoordinator(context)
    ? group.checkCommit(request.memberId, request.generationIdOrMemberEpoch)
    : errorCodes.NOT_COORDINATOR
  const codeOf = (topic: OffsetCommitRequestTopic, partition: number): number =>
    fault?.code(nameOf(topic, context) ?? topic.name, partition) ?? errorCodes.NONE
  const spared = (topic: OffsetCommitRequestTopic, partition: number): boolean =>
    fault?.when !== 'instead' || codeOf(topic, partition) === errorCodes.NONE
  if (refusal === errorCodes.NONE) commit(request, group, context, spared)
  return committed(request, (topic, partition) => codeOf(topic, partition) || refusal)
}

function commit(
  request: OffsetCommitRequest,
  group: Group,
  context: RequestContext,
  spared: (topic: OffsetCommitRequestTopic, partition: number) => boolean
): void {
  for (const topic of request.topics) {
    const name = nameOf(topic, context)
    if (name === null) continue
    for (const entry of topic.partitions.filter(({ partitionIndex }) => spared(topic, partitionIndex))) {
      const { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata } = entry
      const offset = { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: committedMetadata }
      group.commit(name, partitionIndex, offset)
    }
  }
}

function committed(
  request: OffsetCommitRequest,
  codeOf: (topic: OffsetCommitRequestTopic, partition: number) => number
): OffsetCommitResponse {
  const topics = request.topics.map(topic => ({
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: codeOf(topic, partitionIndex)
    }))
  }))
  return { topics }
}

export function offsetFetchApi(groups: Groups): BrokerApi<OffsetFetchRequest, OffsetFetchResponse> {
  return {
    codec: offsetFetchServer,
    execute: (request, context, answer) => {
      answer(fetchAll(request, { context, groups, fault: null, errorCode: ownError(context) }))
    },
    executeWith: (request, fault, context, answer) => {
      const errorCode = wholeCode(fault) || ownError(context)
      answer(fetchAll(request, { context, groups, fault, errorCode }))
    },
    refuse: (request, errorCode, context) => fetchAll(request, { context, groups, fault: null, errorCode })
  }
}

interface FetchParts {
  readonly context: RequestContext
  readonly groups: Groups
  readonly fault: Fault | null
  /** Of the whole answer. */
  readonly errorCode: number
}

function ownError(context: RequestContext): number {
  return isCoordinator(context) ? errorCodes.NONE : errorCodes.NOT_COORDINATOR
}

function fetchAll(request: OffsetFetchRequest, parts: FetchParts): OffsetFetchResponse {
  if (parts.context.version >= groupListsSince)
    return { groups: request.groups.map(asked => fetchGroup(asked.groupId, asked.topics, parts)) }
  const topics = request.topics?.map(topic => ({ ...topic, topicId: noUuid })) ?? null
  const found = fetchGroup(request.groupId, topics, parts)
  const named = found.topics.map(({ name, partitions }) => ({ name: name ?? '', partitions }))
  return { topics: named, errorCode: parts.errorCode }
}

function fetchGroup(
  groupId: string,
  asked: readonly OffsetFetchRequestGroupTopic[] | null,
  parts: FetchParts
): OffsetFetchResponseGroup {
  const { context, groups, errorCode } = parts
  if (errorCode !== errorCodes.NONE) return { groupId, topics: [], errorCode }
  const group = groups.group(groupId)
  return {
    groupId,
    topics: (asked ?? everything(group, context)).map(topic => fetchTopic(group, topic, parts)),
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
  { context, fault }: FetchParts
): OffsetFetchResponseGroupTopic {
  const name = nameOf(asked, context)
  const own = name === null ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.NONE
  const partitions = asked.partitionIndexes.map(partitionIndex => {
    const known = name === null ? undefined : group.committed(name, partitionIndex)
    return {
      partitionIndex,
      committedOffset: known?.offset ?? -1n,
      committedLeaderEpoch: known?.leaderEpoch ?? -1,
      metadata: known?.metadata ?? '',
      errorCode: fault?.code(name ?? asked.name, partitionIndex) || own
    }
  })
  return { name: asked.name, topicId: asked.topicId, partitions }
}
