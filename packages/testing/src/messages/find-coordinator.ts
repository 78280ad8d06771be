// FindCoordinator: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface FindCoordinatorRequest {
  /** A group id or a transactional id. Until version 3. */
  readonly key: string
  /** 0: group, 1: transactional id, 2: share group. From version 1 on. */
  readonly keyType: number
  /** From version 4 on. */
  readonly coordinatorKeys: readonly string[]
}

export interface FindCoordinatorResponse {
  /** Milliseconds. From version 1 on. */
  readonly throttleTimeMs?: number | undefined
  /** Until version 3. */
  readonly errorCode?: number | undefined
  /** Versions 1 to 3. */
  readonly errorMessage?: string | null | undefined
  /** Until version 3. */
  readonly nodeId?: number | undefined
  /** Until version 3. */
  readonly host?: string | undefined
  /** Until version 3. */
  readonly port?: number | undefined
  /** From version 4 on. */
  readonly coordinators?: readonly FindCoordinatorResponseCoordinator[] | undefined
}

export interface FindCoordinatorResponseCoordinator {
  readonly key: string
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const findCoordinatorServer: ServerApi<FindCoordinatorRequest, FindCoordinatorResponse> = {
  key: 10,
  name: 'FindCoordinator',
  versions: { min: 0, max: 6 },
  flexibleFrom: 3,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): FindCoordinatorRequest {
  const flexible = version >= 3
  const key = version <= 3 ? r.string(flexible) : ''
  const keyType = version >= 1 ? r.int8() : 0
  const coordinatorKeys = new Array<string>(version >= 4 ? r.count(1, flexible) : 0)
  for (let i = 0; i < coordinatorKeys.length; i++) coordinatorKeys[i] = r.string(flexible)
  if (flexible) r.skipTags()
  return { key, keyType, coordinatorKeys }
}

function writeResponse(w: Writer, m: FindCoordinatorResponse, version: number): void {
  const flexible = version >= 3
  if (version >= 1) w.int32(m.throttleTimeMs ?? 0)
  if (version <= 3) w.int16(m.errorCode ?? 0)
  if (version >= 1 && version <= 3) w.nullableString(m.errorMessage === undefined ? '' : m.errorMessage, flexible)
  if (version <= 3) {
    w.int32(m.nodeId ?? 0)
    w.string(m.host ?? '', flexible)
    w.int32(m.port ?? 0)
  }
  if (version >= 4) {
    const coordinators = m.coordinators ?? []
    w.count(coordinators.length, flexible)
    for (const coordinator of coordinators) writeCoordinator(w, coordinator, version)
  }
  if (flexible) w.noTags()
}

function writeCoordinator(w: Writer, m: FindCoordinatorResponseCoordinator, _version: number): void {
  w.string(m.key, true)
  w.int32(m.nodeId)
  w.string(m.host, true)
  w.int32(m.port)
  w.int16(m.errorCode)
  w.nullableString(m.errorMessage, true)
  w.noTags()
}
