// Produce: record batches for the leaders of their partitions.
import { int16, int32, int64, list, records, string, struct, uuid, type ApiSchema } from './dsl.ts'

export const produce: ApiSchema = {
  name: 'Produce',
  key: 0,
  versions: [7, 13],
  serverVersions: [3, 13],
  flexibleFrom: 9,
  throttleFrom: 6,
  request: {
    transactionalId: string.nullable().default(null).doc('Null unless the producer is transactional.'),
    acks: int16.doc('0: no answer; 1: the leader has it; -1: all in-sync replicas have it.'),
    timeoutMs: int32.doc('How long the leader may wait for replicas, milliseconds.'),
    topics: list('Topic', {
      name: string.until(12),
      topicId: uuid.since(13),
      partitions: list('Partition', {
        index: int32,
        records: records.nullable().doc('Exactly one record batch, magic 2.')
      })
    })
  },
  response: {
    responses: list('Topic', {
      name: string.until(12),
      topicId: uuid.since(13),
      partitions: list('Partition', {
        index: int32,
        errorCode: int16,
        baseOffset: int64.doc('The offset of the first record of the batch.'),
        logAppendTimeMs: int64
          .since(2)
          .default(-1n)
          .doc('When the broker appended the batch, if the topic keeps that time; else -1.'),
        logStartOffset: int64.since(5).default(-1n),
        recordErrors: list('RecordError', {
          batchIndex: int32.doc('The place in the batch of a record that made the broker refuse all of it.'),
          batchIndexErrorMessage: string.nullable().default(null)
        }).since(8),
        errorMessage: string.nullable().since(8).default(null),
        currentLeader: struct('Leader', {
          leaderId: int32.default(-1).doc('-1: not known.'),
          leaderEpoch: int32.default(-1)
        })
          .since(10)
          .tagged(0)
          .doc('Where to go instead (KIP-951).')
      })
    }),
    throttleTimeMs: int32.since(1).default(0).doc('Milliseconds.'),
    nodeEndpoints: list('Node', {
      nodeId: int32,
      host: string,
      port: int32,
      rack: string.nullable().default(null)
    })
      .since(10)
      .tagged(0)
      .doc('Addresses of the leaders that the partitions name.')
  }
}
