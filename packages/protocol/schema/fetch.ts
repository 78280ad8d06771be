// Fetch: record batches from the leaders of their partitions.
import { int16, int32, int64, int8, list, records, string, struct, uuid, type ApiSchema } from './dsl.ts'

export const fetch: ApiSchema = {
  name: 'Fetch',
  key: 1,
  versions: null,
  serverVersions: [4, 18],
  flexibleFrom: 12,
  request: {
    clusterId: string.nullable().since(12).tagged(0).default(null),
    replicaId: int32.until(14).default(-1).doc('-1 for a consumer.'),
    replicaState: struct('ReplicaState', {
      replicaId: int32.default(-1),
      replicaEpoch: int64.default(-1n)
    })
      .since(15)
      .tagged(1),
    maxWaitMs: int32.doc('How long the broker may wait for minBytes, milliseconds.'),
    minBytes: int32,
    maxBytes: int32
      .since(3)
      .default(2_147_483_647)
      .doc('Of the whole answer; the first batch is given whatever its size.'),
    isolationLevel: int8.since(4).default(0).doc('0: everything, 1: what is committed.'),
    sessionId: int32.since(7).default(0).doc('0: no fetch session.'),
    sessionEpoch: int32.since(7).default(-1).doc('-1: no fetch session, 0: a new one.'),
    topics: list('Topic', {
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: list('Partition', {
        partition: int32,
        currentLeaderEpoch: int32.since(9).default(-1).doc('The leader epoch that the client knows; -1: not checked.'),
        fetchOffset: int64,
        lastFetchedEpoch: int32.since(12).default(-1),
        logStartOffset: int64.since(5).default(-1n),
        partitionMaxBytes: int32,
        replicaDirectoryId: uuid.since(17).tagged(0),
        highWatermark: int64.since(18).tagged(1).default(9_223_372_036_854_775_807n)
      })
    }),
    forgottenTopicsData: list('ForgottenTopic', {
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: list(int32)
    })
      .since(7)
      .doc('What to take out of the fetch session.'),
    rackId: string.since(11).default('')
  },
  response: {
    throttleTimeMs: int32.since(1).default(0).doc('Milliseconds.'),
    errorCode: int16.since(7),
    sessionId: int32.since(7).default(0).doc('0: no fetch session.'),
    responses: list('Topic', {
      topic: string.until(12),
      topicId: uuid.since(13),
      partitions: list('Partition', {
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: int64.since(4).default(-1n),
        logStartOffset: int64.since(5).default(-1n),
        divergingEpoch: struct('EpochEnd', {
          epoch: int32.default(-1),
          endOffset: int64.default(-1n)
        })
          .since(12)
          .tagged(0),
        currentLeader: struct('Leader', {
          leaderId: int32.default(-1).doc('-1: not known.'),
          leaderEpoch: int32.default(-1)
        })
          .since(12)
          .tagged(1),
        snapshotId: struct('Snapshot', {
          endOffset: int64.default(-1n),
          epoch: int32.default(-1)
        })
          .since(12)
          .tagged(2),
        abortedTransactions: list('AbortedTransaction', { producerId: int64, firstOffset: int64 }).nullable().since(4),
        preferredReadReplica: int32.since(11).default(-1),
        records: records.nullable()
      })
    }),
    nodeEndpoints: list('Node', {
      nodeId: int32,
      host: string,
      port: int32,
      rack: string.nullable().default(null)
    })
      .since(16)
      .tagged(0)
  }
}
