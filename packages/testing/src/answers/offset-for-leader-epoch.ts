// OffsetForLeaderEpoch: where the batches of a leader's time end, so that a consumer notices a truncated log (KIP-320).
import { errorCodes } from '@sluice/protocol'
import type { BrokerApi, RequestContext } from '../broker-api.ts'
import {
  offsetForLeaderEpochServer,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochRequestPartition,
  type OffsetForLeaderEpochResponse,
  type OffsetForLeaderEpochResponsePartition
} from '../messages/index.ts'
import type { Partition } from '../topic.ts'

export const offsetForLeaderEpochApi: BrokerApi<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse> = {
  codec: offsetForLeaderEpochServer,
  execute: (request, context, answer) => answer(answerEach(request, (topic, entry) => find(topic, entry, context))),
  executeWith: (request, fault, context, answer) =>
    answer(
      answerEach(request, (topic, entry) => {
        const errorCode = fault.code(topic, entry.partition)
        return errorCode === errorCodes.NONE ? find(topic, entry, context) : { partition: entry.partition, errorCode }
      })
    ),
  refuse: (request, errorCode) => answerEach(request, (_topic, { partition }) => ({ partition, errorCode }))
}

function answerEach(
  request: OffsetForLeaderEpochRequest,
  answerOne: (topic: string, entry: OffsetForLeaderEpochRequestPartition) => OffsetForLeaderEpochResponsePartition
): OffsetForLeaderEpochResponse {
  const topics = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(entry => answerOne(topic, entry))
  }))
  return { throttleTimeMs: 0, topics }
}

function find(
  topic: string,
  entry: OffsetForLeaderEpochRequestPartition,
  context: RequestContext
): OffsetForLeaderEpochResponsePartition {
  const partition = context.cluster.partition(topic, entry.partition)
  const errorCode = check(partition, entry, context)
  if (partition === undefined || errorCode !== errorCodes.NONE) return { partition: entry.partition, errorCode }
  return { partition: entry.partition, errorCode, ...endOf(partition, entry.leaderEpoch) }
}

function check(
  partition: Partition | undefined,
  entry: OffsetForLeaderEpochRequestPartition,
  context: RequestContext
): number {
  if (partition === undefined) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
  const { leaderId, leaderEpoch } = partition.leadership
  if (leaderId !== context.brokerId) return errorCodes.NOT_LEADER_OR_FOLLOWER
  if (entry.currentLeaderEpoch === -1 || entry.currentLeaderEpoch === leaderEpoch) return errorCodes.NONE
  return entry.currentLeaderEpoch < leaderEpoch ? errorCodes.FENCED_LEADER_EPOCH : errorCodes.UNKNOWN_LEADER_EPOCH
}

function endOf(partition: Partition, wanted: number): { readonly leaderEpoch: number; readonly endOffset: bigint } {
  const { log, leadership } = partition
  if (wanted > leadership.leaderEpoch) return { leaderEpoch: -1, endOffset: -1n }
  if (wanted === leadership.leaderEpoch) return { leaderEpoch: wanted, endOffset: log.endOffset }
  const next = log.batches.findIndex(batch => batch.leaderEpoch > wanted)
  const last = next === -1 ? log.batches.at(-1) : log.batches[next - 1]
  const endOffset = next === -1 ? log.endOffset : log.batches[next]!.baseOffset
  return last === undefined ? { leaderEpoch: -1, endOffset: -1n } : { leaderEpoch: last.leaderEpoch, endOffset }
}
