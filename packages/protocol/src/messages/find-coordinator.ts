// FindCoordinator: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface FindCoordinatorRequest {
  /** A group id or a transactional id. Until version 3. */
  readonly key?: string | undefined
  /** 0: group, 1: transactional id, 2: share group. */
  readonly keyType?: number | undefined
  /** From version 4 on. */
  readonly coordinatorKeys?: readonly string[] | undefined
}

export interface FindCoordinatorResponse {
  /** Milliseconds. */
  readonly throttleTimeMs: number
  /** Until version 3. */
  readonly errorCode: number
  /** Until version 3. */
  readonly errorMessage: string | null
  /** Until version 3. */
  readonly nodeId: number
  /** Until version 3. */
  readonly host: string
  /** Until version 3. */
  readonly port: number
  /** From version 4 on. */
  readonly coordinators: readonly FindCoordinatorResponseCoordinator[]
}

export interface FindCoordinatorResponseCoordinator {
  readonly key: string
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

export const findCoordinatorApi: Api<FindCoordinatorRequest, FindCoordinatorResponse> = {
  key: 10,
  name: 'FindCoordinator',
  versions: { min: 2, max: 6 },
  flexibleFrom: 3,
  throttleFrom: 2,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: FindCoordinatorRequest, version: number): void {
  const flexible = version >= 3
  if (version <= 3) w.string(m.key ?? '', flexible)
  w.int8(m.keyType ?? 0)
  if (version >= 4) {
    const coordinatorKeys = m.coordinatorKeys ?? []
    w.count(coordinatorKeys.length, flexible)
    for (const item of coordinatorKeys) w.string(item, flexible)
  }
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): FindCoordinatorResponse {
  const flexible = version >= 3
  const throttleTimeMs = r.int32()
  const errorCode = version <= 3 ? r.int16() : 0
  const errorMessage = version <= 3 ? r.nullableString(flexible) : ''
  const nodeId = version <= 3 ? r.int32() : 0
  const host = version <= 3 ? r.string(flexible) : ''
  const port = version <= 3 ? r.int32() : 0
  const coordinators = new Array<FindCoordinatorResponseCoordinator>(version >= 4 ? r.count(14, flexible) : 0)
  for (let i = 0; i < coordinators.length; i++) coordinators[i] = readCoordinator(r, version)
  if (flexible) r.skipTags()
  return { throttleTimeMs, errorCode, errorMessage, nodeId, host, port, coordinators }
}

function readCoordinator(r: Reader, _version: number): FindCoordinatorResponseCoordinator {
  const key = r.string(true)
  const nodeId = r.int32()
  const host = r.string(true)
  const port = r.int32()
  const errorCode = r.int16()
  const errorMessage = r.nullableString(true)
  r.skipTags()
  return { key, nodeId, host, port, errorCode, errorMessage }
}
