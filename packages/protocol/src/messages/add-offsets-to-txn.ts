// AddOffsetsToTxn: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly groupId: string
}

export interface AddOffsetsToTxnResponse {
  /** Milliseconds. */
  readonly throttleTimeMs: number
  readonly errorCode: number
}

export const addOffsetsToTxnApi: Api<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> = {
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: { min: 1, max: 4 },
  flexibleFrom: 3,
  throttleFrom: 1,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: AddOffsetsToTxnRequest, version: number): void {
  const flexible = version >= 3
  w.string(m.transactionalId, flexible)
  w.int64(m.producerId)
  w.int16(m.producerEpoch)
  w.string(m.groupId, flexible)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): AddOffsetsToTxnResponse {
  const flexible = version >= 3
  const throttleTimeMs = r.int32()
  const errorCode = r.int16()
  if (flexible) r.skipTags()
  return { throttleTimeMs, errorCode }
}
