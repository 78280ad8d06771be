// TxnOffsetCommit: offsets of a group that become committed when the transaction does.
import { int16, int32, int64, list, string, uuid, type ApiSchema } from './dsl.ts'

export const txnOffsetCommit: ApiSchema = {
  name: 'TxnOffsetCommit',
  key: 28,
  versions: [2, 5],
  serverVersions: [0, 6],
  flexibleFrom: 3,
  throttleFrom: 1,
  request: {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: int32
      .since(3)
      .default(-1)
      .doc('The generation of the group, so that a member that was left behind is refused (KIP-447); -1: not checked.'),
    memberId: string.since(3).default(''),
    groupInstanceId: string.nullable().since(3).default(null),
    topics: list('Topic', {
      name: string.until(5),
      topicId: uuid.since(6).doc('In place of the name (KIP-1319).'),
      partitions: list('Partition', {
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: int32.since(2).default(-1),
        committedMetadata: string.nullable()
      })
    })
  },
  response: {
    throttleTimeMs: int32.default(0).doc('Milliseconds.'),
    topics: list('Topic', {
      name: string.until(5),
      topicId: uuid.since(6),
      partitions: list('Partition', { partitionIndex: int32, errorCode: int16 })
    })
  }
}
