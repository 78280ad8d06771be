// The broker's half of every API.
// Generated from the schema by `pnpm generate`: change that, not this.
export {
  addOffsetsToTxnServer,
  type AddOffsetsToTxnRequest,
  type AddOffsetsToTxnResponse
} from './add-offsets-to-txn.ts'
export {
  addPartitionsToTxnServer,
  type AddPartitionsToTxnRequest,
  type AddPartitionsToTxnRequestTransaction,
  type AddPartitionsToTxnRequestTopic,
  type AddPartitionsToTxnResponse,
  type AddPartitionsToTxnResponseTransactionResult,
  type AddPartitionsToTxnResponseTopicResult,
  type AddPartitionsToTxnResponsePartitionResult
} from './add-partitions-to-txn.ts'
export {
  apiVersionsServer,
  type ApiVersionsRequest,
  type ApiVersionsResponse,
  type ApiVersionsResponseKey,
  type ApiVersionsResponseSupportedFeature,
  type ApiVersionsResponseFinalizedFeature
} from './api-versions.ts'
export {
  createTopicsServer,
  type CreateTopicsRequest,
  type CreateTopicsRequestTopic,
  type CreateTopicsRequestAssignment,
  type CreateTopicsRequestConfig,
  type CreateTopicsResponse,
  type CreateTopicsResponseTopic,
  type CreateTopicsResponseConfig
} from './create-topics.ts'
export { endTxnServer, type EndTxnRequest, type EndTxnResponse } from './end-txn.ts'
export {
  fetchServer,
  type FetchRequest,
  type FetchRequestReplicaState,
  type FetchRequestTopic,
  type FetchRequestPartition,
  type FetchRequestForgottenTopic,
  type FetchResponse,
  type FetchResponseTopic,
  type FetchResponsePartition,
  type FetchResponseEpochEnd,
  type FetchResponseLeader,
  type FetchResponseSnapshot,
  type FetchResponseAbortedTransaction,
  type FetchResponseNode
} from './fetch.ts'
export {
  findCoordinatorServer,
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  type FindCoordinatorResponseCoordinator
} from './find-coordinator.ts'
export { heartbeatServer, type HeartbeatRequest, type HeartbeatResponse } from './heartbeat.ts'
export { initProducerIdServer, type InitProducerIdRequest, type InitProducerIdResponse } from './init-producer-id.ts'
export {
  joinGroupServer,
  type JoinGroupRequest,
  type JoinGroupRequestProtocol,
  type JoinGroupResponse,
  type JoinGroupResponseMember
} from './join-group.ts'
export {
  leaveGroupServer,
  type LeaveGroupRequest,
  type LeaveGroupRequestMember,
  type LeaveGroupResponse,
  type LeaveGroupResponseMember
} from './leave-group.ts'
export {
  listOffsetsServer,
  type ListOffsetsRequest,
  type ListOffsetsRequestTopic,
  type ListOffsetsRequestPartition,
  type ListOffsetsResponse,
  type ListOffsetsResponseTopic,
  type ListOffsetsResponsePartition
} from './list-offsets.ts'
export {
  metadataServer,
  type MetadataRequest,
  type MetadataRequestTopic,
  type MetadataResponse,
  type MetadataResponseBroker,
  type MetadataResponseTopic,
  type MetadataResponsePartition
} from './metadata.ts'
export {
  offsetCommitServer,
  type OffsetCommitRequest,
  type OffsetCommitRequestTopic,
  type OffsetCommitRequestPartition,
  type OffsetCommitResponse,
  type OffsetCommitResponseTopic,
  type OffsetCommitResponsePartition
} from './offset-commit.ts'
export {
  offsetFetchServer,
  type OffsetFetchRequest,
  type OffsetFetchRequestTopic,
  type OffsetFetchRequestGroup,
  type OffsetFetchRequestGroupTopic,
  type OffsetFetchResponse,
  type OffsetFetchResponseTopic,
  type OffsetFetchResponsePartition,
  type OffsetFetchResponseGroup,
  type OffsetFetchResponseGroupTopic,
  type OffsetFetchResponseGroupPartition
} from './offset-fetch.ts'
export {
  offsetForLeaderEpochServer,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochRequestTopic,
  type OffsetForLeaderEpochRequestPartition,
  type OffsetForLeaderEpochResponse,
  type OffsetForLeaderEpochResponseTopic,
  type OffsetForLeaderEpochResponsePartition
} from './offset-for-leader-epoch.ts'
export {
  produceServer,
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
  saslAuthenticateServer,
  type SaslAuthenticateRequest,
  type SaslAuthenticateResponse
} from './sasl-authenticate.ts'
export { saslHandshakeServer, type SaslHandshakeRequest, type SaslHandshakeResponse } from './sasl-handshake.ts'
export {
  syncGroupServer,
  type SyncGroupRequest,
  type SyncGroupRequestAssignment,
  type SyncGroupResponse
} from './sync-group.ts'
export {
  txnOffsetCommitServer,
  type TxnOffsetCommitRequest,
  type TxnOffsetCommitRequestTopic,
  type TxnOffsetCommitRequestPartition,
  type TxnOffsetCommitResponse,
  type TxnOffsetCommitResponseTopic,
  type TxnOffsetCommitResponsePartition
} from './txn-offset-commit.ts'
export { encodeResponse, readRequestHeader, type RequestHeader, type ServerApi } from './server-api.ts'
