// AddOffsetsToTxn: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly groupId: string
}

export interface AddOffsetsToTxnResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
}

export const addOffsetsToTxnServer: ServerApi<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> = {
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: { min: 0, max: 4 },
  flexibleFrom: 3,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): AddOffsetsToTxnRequest {
  const flexible = version >= 3
  const transactionalId = r.string(flexible)
  const producerId = r.int64()
  const producerEpoch = r.int16()
  const groupId = r.string(flexible)
  if (flexible) r.skipTags()
  return { transactionalId, producerId, producerEpoch, groupId }
}

function writeResponse(w: Writer, m: AddOffsetsToTxnResponse, version: number): void {
  const flexible = version >= 3
  w.int32(m.throttleTimeMs ?? 0)
  w.int16(m.errorCode)
  if (flexible) w.noTags()
}
