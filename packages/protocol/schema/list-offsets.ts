// ListOffsets: the first, the last, or the first offset not before a time.
import { int16, int32, int64, int8, list, string, type ApiSchema } from './dsl.ts'

export const listOffsets: ApiSchema = {
  name: 'ListOffsets',
  key: 2,
  versions: null,
  serverVersions: [1, 11],
  flexibleFrom: 6,
  request: {
    replicaId: int32.doc('-1 for a consumer.'),
    isolationLevel: int8.since(2).doc('0: everything, 1: what is committed.'),
    topics: list('Topic', {
      name: string,
      partitions: list('Partition', {
        partitionIndex: int32,
        currentLeaderEpoch: int32.since(4).default(-1),
        timestamp: int64.doc(
          'Milliseconds since 1970-01-01 UTC; -1: the end, -2: the beginning, -3: where the newest timestamp is.'
        )
      })
    }),
    timeoutMs: int32.since(10).doc('How long to wait for a remote log, milliseconds.')
  },
  response: {
    throttleTimeMs: int32.since(2).default(0).doc('Milliseconds.'),
    topics: list('Topic', {
      name: string,
      partitions: list('Partition', {
        partitionIndex: int32,
        errorCode: int16,
        timestamp: int64.since(1).default(-1n),
        offset: int64.since(1).default(-1n),
        leaderEpoch: int32.since(4).default(-1)
      })
    })
  }
}
