// ListOffsets: where a partition begins, where it ends, and where a time is in it.
import type { BrokerApi, RequestContext } from '../broker-api.ts'
import { errorCodes } from '../error-codes.ts'
import {
  listOffsetsServer,
  type ListOffsetsRequest,
  type ListOffsetsRequestPartition,
  type ListOffsetsResponse,
  type ListOffsetsResponsePartition
} from '../messages/index.ts'
import type { Partition } from '../topic.ts'

const atEnd = -1n
const atBeginning = -2n
const atNewest = -3n
const atLocalBeginning = -4n

export const listOffsetsApi: BrokerApi<ListOffsetsRequest, ListOffsetsResponse> = {
  codec: listOffsetsServer,
  execute: (request, context, answer) =>
    answer(
      answerEach(request, (topic, entry) =>
        list(context.cluster.partition(topic, entry.partitionIndex), entry, context)
      )
    ),
  refuse: (request, fault) =>
    answerEach(request, (topic, { partitionIndex }) => failed(partitionIndex, fault.code(topic, partitionIndex)))
}

function answerEach(
  request: ListOffsetsRequest,
  answerOne: (topic: string, entry: ListOffsetsRequestPartition) => ListOffsetsResponsePartition
): ListOffsetsResponse {
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(entry => answerOne(name, entry))
  }))
  return { throttleTimeMs: 0, topics }
}

function failed(partitionIndex: number, errorCode: number): ListOffsetsResponsePartition {
  return { partitionIndex, errorCode }
}

function list(
  partition: Partition | undefined,
  entry: ListOffsetsRequestPartition,
  context: RequestContext
): ListOffsetsResponsePartition {
  if (partition === undefined) return failed(entry.partitionIndex, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const { leaderId, leaderEpoch } = partition.leadership
  if (leaderId !== context.brokerId) return failed(entry.partitionIndex, errorCodes.NOT_LEADER_OR_FOLLOWER)
  return {
    partitionIndex: entry.partitionIndex,
    errorCode: errorCodes.NONE,
    leaderEpoch,
    ...find(partition, entry.timestamp)
  }
}

/** By batch, not by record: the first batch with a record that is new enough. */
function find(partition: Partition, timestamp: bigint): { readonly offset: bigint; readonly timestamp: bigint } {
  const { log } = partition
  if (timestamp === atEnd) return { offset: log.endOffset, timestamp: -1n }
  if (timestamp === atBeginning || timestamp === atLocalBeginning) return { offset: log.startOffset, timestamp: -1n }
  const newest = log.batches.reduce((most, batch) => Math.max(most, batch.header.maxTimestamp), -1)
  const wanted = timestamp === atNewest ? newest : Number(timestamp)
  const batch = wanted < 0 ? undefined : log.findTimestamp(wanted)
  if (batch === undefined) return { offset: -1n, timestamp: -1n }
  const offset = timestamp === atNewest ? batch.lastOffset : batch.baseOffset
  return { offset, timestamp: BigInt(batch.header.maxTimestamp) }
}
