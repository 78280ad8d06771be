// OffsetCommit: how far a group has come.
import { int16, int32, int64, list, string, uuid, type ApiSchema } from './dsl.ts'

export const offsetCommit: ApiSchema = {
  name: 'OffsetCommit',
  key: 8,
  versions: null,
  serverVersions: [2, 10],
  flexibleFrom: 8,
  request: {
    groupId: string,
    generationIdOrMemberEpoch: int32.since(1).default(-1).doc('-1: a consumer that is in no group.'),
    memberId: string.since(1),
    groupInstanceId: string.nullable().since(7).default(null),
    retentionTimeMs: int64.since(2).until(4).default(-1n).doc('Milliseconds; -1: as the broker is configured.'),
    topics: list('Topic', {
      name: string.until(9),
      topicId: uuid.since(10),
      partitions: list('Partition', {
        partitionIndex: int32,
        committedOffset: int64,
        committedLeaderEpoch: int32.since(6).default(-1),
        committedMetadata: string.nullable()
      })
    })
  },
  response: {
    throttleTimeMs: int32.since(3).default(0).doc('Milliseconds.'),
    topics: list('Topic', {
      name: string.until(9),
      topicId: uuid.since(10),
      partitions: list('Partition', { partitionIndex: int32, errorCode: int16 })
    })
  }
}
