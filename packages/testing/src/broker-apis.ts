// Every API that a broker answers, under its name.
import { apiVersionsApi, type AdvertisedApi } from './answers/api-versions.ts'
import { createTopicsApi } from './answers/create-topics.ts'
import { fetchApi } from './answers/fetch.ts'
import { findCoordinatorApi, heartbeatApi, joinGroupApi, leaveGroupApi, syncGroupApi } from './answers/groups.ts'
import { initProducerIdApi } from './answers/init-producer-id.ts'
import { listOffsetsApi } from './answers/list-offsets.ts'
import { metadataApi } from './answers/metadata.ts'
import { offsetForLeaderEpochApi } from './answers/offset-for-leader-epoch.ts'
import { offsetCommitApi, offsetFetchApi } from './answers/offsets.ts'
import { produceApi } from './answers/produce.ts'
import { saslAuthenticateApi, saslHandshakeApi } from './answers/sasl.ts'
import type { BrokerApi } from './broker-api.ts'
import type { Groups } from './groups.ts'
import type * as messages from './messages/index.ts'
import type { SaslGate } from './sasl-gate.ts'

export interface BrokerApis {
  readonly Produce: BrokerApi<messages.ProduceRequest, messages.ProduceResponse>
  readonly Fetch: BrokerApi<messages.FetchRequest, messages.FetchResponse>
  readonly ListOffsets: BrokerApi<messages.ListOffsetsRequest, messages.ListOffsetsResponse>
  readonly Metadata: BrokerApi<messages.MetadataRequest, messages.MetadataResponse>
  readonly OffsetCommit: BrokerApi<messages.OffsetCommitRequest, messages.OffsetCommitResponse>
  readonly OffsetFetch: BrokerApi<messages.OffsetFetchRequest, messages.OffsetFetchResponse>
  readonly FindCoordinator: BrokerApi<messages.FindCoordinatorRequest, messages.FindCoordinatorResponse>
  readonly JoinGroup: BrokerApi<messages.JoinGroupRequest, messages.JoinGroupResponse>
  readonly Heartbeat: BrokerApi<messages.HeartbeatRequest, messages.HeartbeatResponse>
  readonly LeaveGroup: BrokerApi<messages.LeaveGroupRequest, messages.LeaveGroupResponse>
  readonly SyncGroup: BrokerApi<messages.SyncGroupRequest, messages.SyncGroupResponse>
  readonly SaslHandshake: BrokerApi<messages.SaslHandshakeRequest, messages.SaslHandshakeResponse>
  readonly ApiVersions: BrokerApi<messages.ApiVersionsRequest, messages.ApiVersionsResponse>
  readonly CreateTopics: BrokerApi<messages.CreateTopicsRequest, messages.CreateTopicsResponse>
  readonly InitProducerId: BrokerApi<messages.InitProducerIdRequest, messages.InitProducerIdResponse>
  readonly OffsetForLeaderEpoch: BrokerApi<messages.OffsetForLeaderEpochRequest, messages.OffsetForLeaderEpochResponse>
  readonly SaslAuthenticate: BrokerApi<messages.SaslAuthenticateRequest, messages.SaslAuthenticateResponse>
}

export type ApiName = keyof BrokerApis

const known: Readonly<Record<ApiName, true>> = {
  Produce: true,
  Fetch: true,
  ListOffsets: true,
  Metadata: true,
  OffsetCommit: true,
  OffsetFetch: true,
  FindCoordinator: true,
  JoinGroup: true,
  Heartbeat: true,
  LeaveGroup: true,
  SyncGroup: true,
  SaslHandshake: true,
  ApiVersions: true,
  CreateTopics: true,
  InitProducerId: true,
  OffsetForLeaderEpoch: true,
  SaslAuthenticate: true
}

export const apiNames: readonly string[] = Object.keys(known)

export type RequestOf<Name extends ApiName> =
  BrokerApis[Name] extends BrokerApi<infer Request, infer _> ? Request : never
export type ResponseOf<Name extends ApiName> =
  BrokerApis[Name] extends BrokerApi<infer _, infer Response> ? Response : never

/** Versions that brokers offer in place of all they know; null: they do not offer the API. */
export type VersionLimits = {
  readonly [Name in ApiName]?: { readonly min?: number; readonly max?: number } | null | undefined
}

export function makeBrokerApis(parts: {
  readonly groups: Groups
  readonly gate: SaslGate
  readonly advertised: () => readonly AdvertisedApi[]
}): BrokerApis {
  const { groups, gate, advertised } = parts
  return {
    Produce: produceApi,
    Fetch: fetchApi,
    ListOffsets: listOffsetsApi,
    Metadata: metadataApi,
    OffsetCommit: offsetCommitApi(groups),
    OffsetFetch: offsetFetchApi(groups),
    FindCoordinator: findCoordinatorApi,
    JoinGroup: joinGroupApi(groups),
    Heartbeat: heartbeatApi(groups),
    LeaveGroup: leaveGroupApi(groups),
    SyncGroup: syncGroupApi(groups),
    SaslHandshake: saslHandshakeApi(gate),
    ApiVersions: apiVersionsApi(advertised, gate),
    CreateTopics: createTopicsApi,
    InitProducerId: initProducerIdApi,
    OffsetForLeaderEpoch: offsetForLeaderEpochApi,
    SaslAuthenticate: saslAuthenticateApi(gate)
  }
}
