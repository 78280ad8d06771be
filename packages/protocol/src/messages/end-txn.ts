// EndTxn: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface EndTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** True commits, false aborts. */
  readonly committed: boolean
}

export interface EndTxnResponse {
  /** Milliseconds. */
  readonly throttleTimeMs: number
  readonly errorCode: number
  /** The identity of the next transaction (KIP-890). From version 5 on. */
  readonly producerId: bigint
  /** From version 5 on. */
  readonly producerEpoch: number
}

export const endTxnApi: Api<EndTxnRequest, EndTxnResponse> = {
  key: 26,
  name: 'EndTxn',
  versions: { min: 1, max: 5 },
  flexibleFrom: 3,
  throttleFrom: 1,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: EndTxnRequest, version: number): void {
  const flexible = version >= 3
  w.string(m.transactionalId, flexible)
  w.int64(m.producerId)
  w.int16(m.producerEpoch)
  w.bool(m.committed)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): EndTxnResponse {
  const flexible = version >= 3
  const throttleTimeMs = r.int32()
  const errorCode = r.int16()
  const producerId = version >= 5 ? r.int64() : -1n
  const producerEpoch = version >= 5 ? r.int16() : -1
  if (flexible) r.skipTags()
  return { throttleTimeMs, errorCode, producerId, producerEpoch }
}
