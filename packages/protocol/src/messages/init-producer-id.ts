// InitProducerId: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface InitProducerIdRequest {
  /** Null: idempotent only, and then any broker may be asked. */
  readonly transactionalId: string | null
  /** How long a transaction may stay open, milliseconds. Ignored without a transactional id. */
  readonly transactionTimeoutMs: number
  /** The identity whose epoch is to be raised (KIP-360); -1: none. From version 3 on. */
  readonly producerId?: bigint | undefined
  /** From version 3 on. */
  readonly producerEpoch?: number | undefined
}

export interface InitProducerIdResponse {
  /** Milliseconds. */
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly producerId: bigint
  readonly producerEpoch: number
}

export const initProducerIdApi: Api<InitProducerIdRequest, InitProducerIdResponse> = {
  key: 22,
  name: 'InitProducerId',
  versions: { min: 1, max: 5 },
  flexibleFrom: 2,
  throttleFrom: 1,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: InitProducerIdRequest, version: number): void {
  const flexible = version >= 2
  w.nullableString(m.transactionalId, flexible)
  w.int32(m.transactionTimeoutMs)
  if (version >= 3) {
    w.int64(m.producerId ?? -1n)
    w.int16(m.producerEpoch ?? -1)
  }
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): InitProducerIdResponse {
  const flexible = version >= 2
  const throttleTimeMs = r.int32()
  const errorCode = r.int16()
  const producerId = r.int64()
  const producerEpoch = r.int16()
  if (flexible) r.skipTags()
  return { throttleTimeMs, errorCode, producerId, producerEpoch }
}
