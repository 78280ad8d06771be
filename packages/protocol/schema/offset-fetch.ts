// OffsetFetch: how far a group had come.
import { bool, int16, int32, int64, list, string, uuid, type ApiSchema } from './dsl.ts'

export const offsetFetch: ApiSchema = {
  name: 'OffsetFetch',
  key: 9,
  versions: null,
  serverVersions: [1, 10],
  flexibleFrom: 6,
  request: {
    groupId: string.until(7),
    topics: list('Topic', { name: string, partitionIndexes: list(int32) })
      .nullable(2)
      .until(7)
      .doc('Null: all that have offsets.'),
    groups: list('Group', {
      groupId: string,
      memberId: string.nullable().since(9).default(null),
      memberEpoch: int32.since(9).default(-1),
      topics: list('GroupTopic', {
        name: string.until(9),
        topicId: uuid.since(10),
        partitionIndexes: list(int32)
      })
        .nullable()
        .doc('Null: all that have offsets.')
    }).since(8),
    requireStable: bool.since(7).default(false).doc('Whether offsets of open transactions must be waited for.')
  },
  response: {
    throttleTimeMs: int32.since(3).default(0).doc('Milliseconds.'),
    topics: list('Topic', {
      name: string,
      partitions: list('Partition', {
        partitionIndex: int32,
        committedOffset: int64.doc('-1: none.'),
        committedLeaderEpoch: int32.since(5).default(-1),
        metadata: string.nullable(),
        errorCode: int16
      })
    }).until(7),
    errorCode: int16.since(2).until(7).default(0),
    groups: list('Group', {
      groupId: string,
      topics: list('GroupTopic', {
        name: string.until(9),
        topicId: uuid.since(10),
        partitions: list('GroupPartition', {
          partitionIndex: int32,
          committedOffset: int64.doc('-1: none.'),
          committedLeaderEpoch: int32.default(-1),
          metadata: string.nullable(),
          errorCode: int16
        })
      }),
      errorCode: int16.default(0)
    }).since(8)
  }
}
