// The client's half of every API.
// Generated from the schema by `pnpm generate`: change that, not this.
export { addOffsetsToTxnApi, type AddOffsetsToTxnRequest, type AddOffsetsToTxnResponse } from './add-offsets-to-txn.ts'
export {
  addPartitionsToTxnApi,
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnRequestTopic,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnResponseTopicResult,
  type AddPartitionsToTxnResponsePartitionResult
} from './add-partitions-to-txn.ts'
export {
  apiVersionsApi,
  type ApiVersionsRequest,
  type ApiVersionsResponse,
  type ApiVersionsResponseKey,
  type ApiVersionsResponseSupportedFeature,
  type ApiVersionsResponseFinalizedFeature
} from './api-versions.ts'
export {
  createTopicsApi,
  type CreateTopicsRequest,
  type CreateTopicsRequestTopic,
  type CreateTopicsRequestAssignment,
  type CreateTopicsRequestConfig,
  type CreateTopicsResponse,
  type CreateTopicsResponseTopic,
  type CreateTopicsResponseConfig
} from './create-topics.ts'
export { endTxnApi, type EndTxnRequest, type EndTxnResponse } from './end-txn.ts'
export {
  findCoordinatorApi,
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  type FindCoordinatorResponseCoordinator
} from './find-coordinator.ts'
export { initProducerIdApi, type InitProducerIdRequest, type InitProducerIdResponse } from './init-producer-id.ts'
export {
  metadataApi,
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponseBroker,
  type MetadataResponseTopic,
  type MetadataResponsePartition
} from './metadata.ts'
export {
  produceApi,
  type ProduceRequest,
  type ProduceRequestTopic,
  type ProduceRequestPartition,
  type ProduceResponse,
  type ProduceResponseTopic,
  type ProduceResponsePartition,
  type ProduceResponseRecordError,
  type ProduceResponseLeader,
  type ProduceResponseNode
} from './produce.ts'
export {
  saslAuthenticateApi,
  type SaslAuthenticateRequest,
  type SaslAuthenticateResponse
} from './sasl-authenticate.ts'
export { saslHandshakeApi, type SaslHandshakeRequest, type SaslHandshakeResponse } from './sasl-handshake.ts'
export {
  txnOffsetCommitApi,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitRequestTopic,
  type TxnOffsetCommitRequestPartition,
  type TxnOffsetCommitResponse,
  type TxnOffsetCommitResponseTopic,
  type TxnOffsetCommitResponsePartition
} from './txn-offset-commit.ts'
