// The group APIs: joining, syncing, heartbeats, leaving, and where the coordinator is.
import { errorCodes } from '@sluice/protocol'
import type { BrokerApi, RequestContext } from '../broker-api.ts'
import type { Group, Joined } from '../group.ts'
import type { Groups } from '../groups.ts'
import {
  findCoordinatorServer,
  heartbeatServer,
  joinGroupServer,
  leaveGroupServer,
  syncGroupServer,
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type JoinGroupRequest,
  type JoinGroupResponse,
  type LeaveGroupRequest,
  type LeaveGroupResponse,
  type SyncGroupRequest,
  type SyncGroupResponse
} from '../messages/index.ts'

const forGroups = 0
const forTransactions = 1
const coordinatorListsSince = 4
const memberIdsRequiredSince = 4
const memberListsSince = 3
const nothing = new Uint8Array(0)

/** Groups are coordinated by the controller. */
export function isCoordinator(context: RequestContext): boolean {
  return context.brokerId === context.cluster.controllerId
}

export const findCoordinatorApi: BrokerApi<FindCoordinatorRequest, FindCoordinatorResponse> = {
  codec: findCoordinatorServer,
  execute: (request, context, answer) => {
    answer(coordinators(request, context, whyNone(request.keyType)))
  },
  refuse: (request, errorCode, context) => coordinators(request, context, errorCode)
}

function whyNone(keyType: number): number {
  if (keyType === forGroups) return errorCodes.NONE
  return keyType === forTransactions ? errorCodes.COORDINATOR_NOT_AVAILABLE : errorCodes.INVALID_REQUEST
}

function coordinators(
  request: FindCoordinatorRequest,
  context: RequestContext,
  errorCode: number
): FindCoordinatorResponse {
  const { cluster, version } = context
  const place = errorCode === errorCodes.NONE ? cluster.place(cluster.controllerId) : undefined
  const found = {
    errorCode,
    errorMessage: null,
    nodeId: place?.id ?? -1,
    host: place?.host ?? '',
    port: place?.port ?? -1
  }
  if (version < coordinatorListsSince) return found
  return { coordinators: request.coordinatorKeys.map(key => ({ key, ...found })) }
}

function failedJoin(errorCode: number, memberId: string): JoinGroupResponse {
  return { errorCode, protocolName: '', leader: '', memberId, members: [] }
}

export function joinGroupApi(groups: Groups): BrokerApi<JoinGroupRequest, JoinGroupResponse> {
  return {
    codec: joinGroupServer,
    execute: (request, context, answer) => {
      if (!isCoordinator(context)) return answer(failedJoin(errorCodes.NOT_COORDINATOR, request.memberId))
      const group = groups.group(request.groupId)
      const memberId = request.memberId === '' ? groups.newMemberId(context.clientId) : request.memberId
      if (request.memberId === '') group.expect(memberId)
      const mustAskAgain = context.version >= memberIdsRequiredSince && request.groupInstanceId === null
      if (request.memberId === '' && mustAskAgain) return answer(failedJoin(errorCodes.MEMBER_ID_REQUIRED, memberId))
      group.join({ ...request, memberId, sessionTimeoutMs: Math.max(0, request.sessionTimeoutMs) }, joined =>
        answer(describeJoin(joined))
      )
    },
    refuse: (request, errorCode) => failedJoin(errorCode, request.memberId)
  }
}

function describeJoin(joined: Joined): JoinGroupResponse {
  const { errorCode, generation, protocolType, protocol, leader, memberId, members } = joined
  return { errorCode, generationId: generation, protocolType, protocolName: protocol ?? '', leader, memberId, members }
}

export function syncGroupApi(groups: Groups): BrokerApi<SyncGroupRequest, SyncGroupResponse> {
  return {
    codec: syncGroupServer,
    execute: (request, context, answer) => {
      const { memberId, generationId, assignments } = request
      if (!isCoordinator(context)) return answer({ errorCode: errorCodes.NOT_COORDINATOR, assignment: nothing })
      groups.group(request.groupId).sync({ memberId, generation: generationId }, assignments, synced => {
        const { errorCode, protocolType, protocol, assignment } = synced
        answer({ errorCode, protocolType, protocolName: protocol, assignment })
      })
    },
    refuse: (_request, errorCode) => ({ errorCode, assignment: nothing })
  }
}

export function heartbeatApi(groups: Groups): BrokerApi<HeartbeatRequest, HeartbeatResponse> {
  return {
    codec: heartbeatServer,
    execute: (request, context, answer) => {
      if (!isCoordinator(context)) return answer({ errorCode: errorCodes.NOT_COORDINATOR })
      answer({ errorCode: groups.group(request.groupId).check(request.memberId, request.generationId) })
    },
    refuse: (_request, errorCode) => ({ errorCode })
  }
}

export function leaveGroupApi(groups: Groups): BrokerApi<LeaveGroupRequest, LeaveGroupResponse> {
  return {
    codec: leaveGroupServer,
    execute: (request, context, answer) => {
      if (!isCoordinator(context)) return answer({ errorCode: errorCodes.NOT_COORDINATOR })
      const group = groups.group(request.groupId)
      if (context.version < memberListsSince) return answer({ errorCode: group.leave(request.memberId) })
      answer({ errorCode: errorCodes.NONE, members: request.members.map(member => leave(group, member)) })
    },
    refuse: (_request, errorCode) => ({ errorCode, members: [] })
  }
}

function leave(
  group: Group,
  member: LeaveGroupRequest['members'][number]
): NonNullable<LeaveGroupResponse['members']>[number] {
  const { memberId, groupInstanceId } = member
  return { memberId, groupInstanceId, errorCode: group.leave(memberId) }
}
