// Answers to Metadata, and what is known after them.
import { mergeAnswer, type Merge } from '../src/snapshot-merge.ts'
import type { ClusterState, MetadataAnswer } from '../src/snapshot.ts'

export const idA = '00000000-0000-0000-0000-00000000000a'
export const idB = '00000000-0000-0000-0000-00000000000b'
export const none = '00000000-0000-0000-0000-000000000000'

export interface Part {
  readonly leader: number
  readonly epoch?: number
  readonly error?: number
  readonly index?: number
}

export function answer(
  parts: readonly Part[],
  options: Partial<MetadataAnswer> & { id?: string; topicError?: number } = {}
): MetadataAnswer {
  const { id = idA, topicError = 0, ...rest } = options
  const partitions = parts.map(({ leader: leaderId, epoch = 0, error = 0, index }, place) => ({
    errorCode: error,
    partitionIndex: index ?? place,
    leaderId,
    leaderEpoch: epoch,
    replicaNodes: [1, 2],
    isrNodes: [1]
  }))
  return {
    errorCode: 0,
    clusterId: 'c1',
    controllerId: 1,
    brokers: [1, 2, 3].map(nodeId => ({ nodeId, host: `b${nodeId}`, port: 9092, rack: null })),
    topics: [{ errorCode: topicError, name: 't', topicId: id, partitions }],
    ...rest
  }
}

export interface Doubt {
  readonly doubted?: boolean
  readonly nowMs?: number
}

export function merge(state: ClusterState, given: MetadataAnswer, { doubted = false, nowMs = 0 }: Doubt = {}): Merge {
  return mergeAnswer(state, given, { nowMs, askedMs: nowMs, doubted: () => doubted })
}

export function after(state: ClusterState, given: MetadataAnswer, doubt?: Doubt): ClusterState {
  const merged = merge(state, given, doubt)
  if (merged.kind === 'refused') throw merged.error
  return merged.state
}
