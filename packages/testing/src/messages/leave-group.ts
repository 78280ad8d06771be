// LeaveGroup: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface LeaveGroupRequest {
  readonly groupId: string
  /** Until version 2. */
  readonly memberId: string
  /** From version 3 on. */
  readonly members: readonly LeaveGroupRequestMember[]
}

export interface LeaveGroupRequestMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** From version 5 on. */
  readonly reason: string | null
}

export interface LeaveGroupResponse {
  /** Milliseconds. From version 1 on. */
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  /** From version 3 on. */
  readonly members?: readonly LeaveGroupResponseMember[] | undefined
}

export interface LeaveGroupResponseMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly errorCode: number
}

export const leaveGroupServer: ServerApi<LeaveGroupRequest, LeaveGroupResponse> = {
  key: 13,
  name: 'LeaveGroup',
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): LeaveGroupRequest {
  const flexible = version >= 4
  const groupId = r.string(flexible)
  const memberId = version <= 2 ? r.string(flexible) : ''
  const members = new Array<LeaveGroupRequestMember>(version >= 3 ? r.count(3, flexible) : 0)
  for (let i = 0; i < members.length; i++) members[i] = readMember(r, version)
  if (flexible) r.skipTags()
  return { groupId, memberId, members }
}

function readMember(r: Reader, version: number): LeaveGroupRequestMember {
  const flexible = version >= 4
  const memberId = r.string(flexible)
  const groupInstanceId = r.nullableString(flexible)
  const reason = version >= 5 ? r.nullableString(flexible) : null
  if (flexible) r.skipTags()
  return { memberId, groupInstanceId, reason }
}

function writeResponse(w: Writer, m: LeaveGroupResponse, version: number): void {
  const flexible = version >= 4
  if (version >= 1) w.int32(m.throttleTimeMs ?? 0)
  w.int16(m.errorCode)
  if (version >= 3) {
    const members = m.members ?? []
    w.count(members.length, flexible)
    for (const member of members) writeMember(w, member, version)
  }
  if (flexible) w.noTags()
}

function writeMember(w: Writer, m: LeaveGroupResponseMember, version: number): void {
  const flexible = version >= 4
  w.string(m.memberId, flexible)
  w.nullableString(m.groupInstanceId, flexible)
  w.int16(m.errorCode)
  if (flexible) w.noTags()
}
