// JoinGroup: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import { notNull, type Reader, type Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface JoinGroupRequest {
  readonly groupId: string
  /** Milliseconds without a heartbeat after which the member is out. */
  readonly sessionTimeoutMs: number
  /** How long a rebalance waits for members to join again, milliseconds; -1: the session timeout. From version 1 on. */
  readonly rebalanceTimeoutMs: number
  /** Empty at first. */
  readonly memberId: string
  /** From version 5 on. */
  readonly groupInstanceId: string | null
  /** consumer, for consumers. */
  readonly protocolType: string
  readonly protocols: readonly JoinGroupRequestProtocol[]
  /** From version 8 on. */
  readonly reason: string | null
}

export interface JoinGroupRequestProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

export interface JoinGroupResponse {
  /** Milliseconds. From version 2 on. */
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly generationId?: number | undefined
  /** From version 7 on. */
  readonly protocolType?: string | null | undefined
  readonly protocolName: string | null
  /** The id of the member that assigns. */
  readonly leader: string
  /** From version 9 on. */
  readonly skipAssignment?: boolean | undefined
  readonly memberId: string
  /** Only for the leader. */
  readonly members: readonly JoinGroupResponseMember[]
}

export interface JoinGroupResponseMember {
  readonly memberId: string
  /** From version 5 on. */
  readonly groupInstanceId?: string | null | undefined
  readonly metadata: Uint8Array
}

export const joinGroupServer: ServerApi<JoinGroupRequest, JoinGroupResponse> = {
  key: 11,
  name: 'JoinGroup',
  versions: { min: 0, max: 9 },
  flexibleFrom: 6,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): JoinGroupRequest {
  const flexible = version >= 6
  const groupId = r.string(flexible)
  const sessionTimeoutMs = r.int32()
  const rebalanceTimeoutMs = version >= 1 ? r.int32() : -1
  const memberId = r.string(flexible)
  const groupInstanceId = version >= 5 ? r.nullableString(flexible) : null
  const protocolType = r.string(flexible)
  const protocols = new Array<JoinGroupRequestProtocol>(r.count(3, flexible))
  for (let i = 0; i < protocols.length; i++) protocols[i] = readProtocol(r, version)
  const reason = version >= 8 ? r.nullableString(flexible) : null
  if (flexible) r.skipTags()
  return { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId, protocolType, protocols, reason }
}

function readProtocol(r: Reader, version: number): JoinGroupRequestProtocol {
  const flexible = version >= 6
  const name = r.string(flexible)
  const metadata = r.blob(flexible)
  if (flexible) r.skipTags()
  return { name, metadata }
}

function writeResponse(w: Writer, m: JoinGroupResponse, version: number): void {
  const flexible = version >= 6
  if (version >= 2) w.int32(m.throttleTimeMs ?? 0)
  w.int16(m.errorCode)
  w.int32(m.generationId ?? -1)
  if (version >= 7) w.nullableString(m.protocolType ?? null, flexible)
  w.nullableString(version >= 7 ? m.protocolName : notNull(m.protocolName, 'protocolName'), flexible)
  w.string(m.leader, flexible)
  if (version >= 9) w.bool(m.skipAssignment ?? false)
  w.string(m.memberId, flexible)
  w.count(m.members.length, flexible)
  for (const member of m.members) writeMember(w, member, version)
  if (flexible) w.noTags()
}

function writeMember(w: Writer, m: JoinGroupResponseMember, version: number): void {
  const flexible = version >= 6
  w.string(m.memberId, flexible)
  if (version >= 5) w.nullableString(m.groupInstanceId ?? null, flexible)
  w.blob(m.metadata, flexible)
  if (flexible) w.noTags()
}
