// SyncGroup: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface SyncGroupRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  /** From version 3 on. */
  readonly groupInstanceId: string | null
  /** From version 5 on. */
  readonly protocolType: string | null
  /** From version 5 on. */
  readonly protocolName: string | null
  readonly assignments: readonly SyncGroupRequestAssignment[]
}

export interface SyncGroupRequestAssignment {
  readonly memberId: string
  readonly assignment: Uint8Array
}

export interface SyncGroupResponse {
  /** Milliseconds. From version 1 on. */
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  /** From version 5 on. */
  readonly protocolType?: string | null | undefined
  /** From version 5 on. */
  readonly protocolName?: string | null | undefined
  readonly assignment: Uint8Array
}

export const syncGroupServer: ServerApi<SyncGroupRequest, SyncGroupResponse> = {
  key: 14,
  name: 'SyncGroup',
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): SyncGroupRequest {
  const flexible = version >= 4
  const groupId = r.string(flexible)
  const generationId = r.int32()
  const memberId = r.string(flexible)
  const groupInstanceId = version >= 3 ? r.nullableString(flexible) : null
  const protocolType = version >= 5 ? r.nullableString(flexible) : null
  const protocolName = version >= 5 ? r.nullableString(flexible) : null
  const assignments = new Array<SyncGroupRequestAssignment>(r.count(3, flexible))
  for (let i = 0; i < assignments.length; i++) assignments[i] = readAssignment(r, version)
  if (flexible) r.skipTags()
  return { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName, assignments }
}

function readAssignment(r: Reader, version: number): SyncGroupRequestAssignment {
  const flexible = version >= 4
  const memberId = r.string(flexible)
  const assignment = r.blob(flexible)
  if (flexible) r.skipTags()
  return { memberId, assignment }
}

function writeResponse(w: Writer, m: SyncGroupResponse, version: number): void {
  const flexible = version >= 4
  if (version >= 1) w.int32(m.throttleTimeMs ?? 0)
  w.int16(m.errorCode)
  if (version >= 5) {
    w.nullableString(m.protocolType ?? null, flexible)
    w.nullableString(m.protocolName ?? null, flexible)
  }
  w.blob(m.assignment, flexible)
  if (flexible) w.noTags()
}
