// Where the schema calls a field otherwise than Kafka's own definitions do.

/** By the path of the field in the schema's words; the last name is Kafka's. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['ProduceRequest.topics', 'topicData'],
  ['ProduceRequest.topics.partitions', 'partitionData'],
  ['ProduceResponse.responses.partitions', 'partitionResponses'],
  ['TxnOffsetCommitRequest.generationId', 'generationIdOrMemberEpoch'],
  ['AddPartitionsToTxnRequest.transactionalId', 'v3AndBelowTransactionalId'],
  ['AddPartitionsToTxnRequest.producerId', 'v3AndBelowProducerId'],
  ['AddPartitionsToTxnRequest.producerEpoch', 'v3AndBelowProducerEpoch'],
  ['AddPartitionsToTxnRequest.topics', 'v3AndBelowTopics'],
  ['AddPartitionsToTxnResponse.resultsByTopic', 'resultsByTopicV3AndBelow'],
  ['AddPartitionsToTxnResponse.resultsByTopic.results', 'resultsByPartition'],
  ['AddPartitionsToTxnResponse.resultsByTopic.results.errorCode', 'partitionErrorCode'],
  ['AddPartitionsToTxnResponse.resultsByTransaction.topicResults.results', 'resultsByPartition'],
  ['AddPartitionsToTxnResponse.resultsByTransaction.topicResults.results.errorCode', 'partitionErrorCode']
])

/** Kafka's name of a field, beginning with a small letter as in its JSON. */
export function kafkaName(path: string): string {
  return otherNames.get(path) ?? path.slice(path.lastIndexOf('.') + 1)
}
