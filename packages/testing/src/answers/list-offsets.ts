// ListOffsets: where a partition begins, where it ends, and where a time is in it.
import { errorCodes } from '@sluice/protocol'
import type { BrokerApi, RequestContext } from '../broker-api.ts'
import type { Codecs } from '../codecs.ts'
import {
  listOffsetsServer,
  type ListOffsetsRequest,
  type ListOffsetsRequestPartition,
  type ListOffsetsResponse,
  type ListOffsetsResponsePartition
} from '../messages/index.ts'
import { findNewest, findTime } from '../offset-search.ts'
import type { Partition } from '../topic.ts'

const atEnd = -1n
const atBeginning = -2n
const atNewest = -3n
const atLocalBeginning = -4n

/** What else than a time can be asked for, and since which version. The last two are of storage elsewhere. */
const namedSince: ReadonlyMap<bigint, number> = new Map([
  [atEnd, 1],
  [atBeginning, 1],
  [atNewest, 7],
  [atLocalBeginning, 8],
  [-5n, 9],
  [-6n, 11]
])
const nothing = { offset: -1n, timestamp: -1n, leaderEpoch: -1 }

export const listOffsetsApi: BrokerApi<ListOffsetsRequest, ListOffsetsResponse> = {
  codec: listOffsetsServer,
  execute: (request, context, answer) => answer(answerEach(request, (topic, entry) => list(topic, entry, context))),
  executeWith: (request, fault, context, answer) =>
    answer(
      answerEach(request, (topic, entry) => {
        const errorCode = fault.code(topic, entry.partitionIndex)
        return errorCode === errorCodes.NONE ? list(topic, entry, context) : failed(entry.partitionIndex, errorCode)
      })
    ),
  refuse: (request, errorCode) => answerEach(request, (_topic, { partitionIndex }) => failed(partitionIndex, errorCode))
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
  topic: string,
  entry: ListOffsetsRequestPartition,
  context: RequestContext
): ListOffsetsResponsePartition {
  const partition = context.cluster.partition(topic, entry.partitionIndex)
  if (partition === undefined) return failed(entry.partitionIndex, errorCodes.UNKNOWN_TOPIC_OR_PARTITION)
  const errorCode = check(partition, entry, context)
  if (errorCode !== errorCodes.NONE) return failed(entry.partitionIndex, errorCode)
  const found = find(partition, entry.timestamp, context.cluster.rules.codecs)
  return { partitionIndex: entry.partitionIndex, errorCode, ...found }
}

function check(partition: Partition, entry: ListOffsetsRequestPartition, context: RequestContext): number {
  const { leaderId, leaderEpoch } = partition.leadership
  const { currentLeaderEpoch, timestamp } = entry
  if (timestamp < 0n && context.version < (namedSince.get(timestamp) ?? Infinity)) return errorCodes.UNSUPPORTED_VERSION
  if (leaderId !== context.brokerId) return errorCodes.NOT_LEADER_OR_FOLLOWER
  if (currentLeaderEpoch === -1 || currentLeaderEpoch === leaderEpoch) return errorCodes.NONE
  return currentLeaderEpoch < leaderEpoch ? errorCodes.FENCED_LEADER_EPOCH : errorCodes.UNKNOWN_LEADER_EPOCH
}

function find(
  { log, leadership }: Partition,
  timestamp: bigint,
  codecs: Codecs
): { readonly offset: bigint; readonly timestamp: bigint; readonly leaderEpoch: number } {
  const { leaderEpoch } = leadership
  if (timestamp === atEnd) return { ...nothing, offset: log.endOffset, leaderEpoch }
  if (timestamp === atBeginning || timestamp === atLocalBeginning)
    return { ...nothing, offset: log.startOffset, leaderEpoch: log.batches[0]?.leaderEpoch ?? leaderEpoch }
  if (timestamp < atNewest) return nothing
  const found = timestamp === atNewest ? findNewest(log, codecs) : findTime(log, codecs, Number(timestamp))
  return found === null ? nothing : { ...found, timestamp: BigInt(found.timestamp) }
}
