// Heartbeat: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface HeartbeatRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  /** From version 3 on. */
  readonly groupInstanceId: string | null
}

export interface HeartbeatResponse {
  /** Milliseconds. From version 1 on. */
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
}

export const heartbeatServer: ServerApi<HeartbeatRequest, HeartbeatResponse> = {
  key: 12,
  name: 'Heartbeat',
  versions: { min: 0, max: 4 },
  flexibleFrom: 4,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): HeartbeatRequest {
  const flexible = version >= 4
  const groupId = r.string(flexible)
  const generationId = r.int32()
  const memberId = r.string(flexible)
  const groupInstanceId = version >= 3 ? r.nullableString(flexible) : null
  if (flexible) r.skipTags()
  return { groupId, generationId, memberId, groupInstanceId }
}

function writeResponse(w: Writer, m: HeartbeatResponse, version: number): void {
  const flexible = version >= 4
  if (version >= 1) w.int32(m.throttleTimeMs ?? 0)
  w.int16(m.errorCode)
  if (flexible) w.noTags()
}
