// AddPartitionsToTxn: tells the coordinator which partitions a transaction is about to write to.
import { bool, int16, int32, int64, list, shape, string, type ApiSchema } from './dsl.ts'

const topic = shape('Topic', { name: string, partitions: list(int32) })

const topicResult = shape('TopicResult', {
  name: string,
  results: list('PartitionResult', { partitionIndex: int32, errorCode: int16 })
})

export const addPartitionsToTxn: ApiSchema = {
  name: 'AddPartitionsToTxn',
  key: 24,
  // From version 4 on the API is for brokers among themselves.
  versions: [1, 3],
  serverVersions: [0, 5],
  flexibleFrom: 3,
  throttleFrom: 1,
  request: {
    transactions: list('Transaction', {
      transactionalId: string,
      producerId: int64,
      producerEpoch: int16,
      verifyOnly: bool.default(false).doc('Only checks that the partitions are in the transaction.'),
      topics: list(topic)
    }).since(4),
    transactionalId: string.until(3),
    producerId: int64.until(3),
    producerEpoch: int16.until(3),
    topics: list(topic).until(3)
  },
  response: {
    throttleTimeMs: int32.default(0).doc('Milliseconds.'),
    errorCode: int16.since(4),
    resultsByTransaction: list('TransactionResult', {
      transactionalId: string,
      topicResults: list(topicResult)
    }).since(4),
    resultsByTopic: list(topicResult).until(3)
  }
}
