// OffsetForLeaderEpoch: where the records of a leader epoch end.
import { int16, int32, int64, list, string, type ApiSchema } from './dsl.ts'

export const offsetForLeaderEpoch: ApiSchema = {
  name: 'OffsetForLeaderEpoch',
  key: 23,
  versions: null,
  serverVersions: [2, 4],
  flexibleFrom: 4,
  request: {
    replicaId: int32.since(3).default(-2).doc('-1 for a consumer.'),
    topics: list('Topic', {
      topic: string,
      partitions: list('Partition', {
        partition: int32,
        currentLeaderEpoch: int32.since(2).default(-1),
        leaderEpoch: int32
      })
    })
  },
  response: {
    throttleTimeMs: int32.since(2).default(0).doc('Milliseconds.'),
    topics: list('Topic', {
      topic: string,
      partitions: list('Partition', {
        errorCode: int16,
        partition: int32,
        leaderEpoch: int32.since(1).default(-1),
        endOffset: int64.default(-1n)
      })
    })
  }
}
