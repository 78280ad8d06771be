// InitProducerId: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface InitProducerIdRequest {
  /** Null: idempotent only, and then any broker may be asked. */
  readonly transactionalId: string | null
  /** How long a transaction may stay open, milliseconds. Ignored without a transactional id. */
  readonly transactionTimeoutMs: number
  /** The identity whose epoch is to be raised (KIP-360); -1: none. From version 3 on. */
  readonly producerId: bigint
  /** From version 3 on. */
  readonly producerEpoch: number
}

export interface InitProducerIdResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly producerId?: bigint | undefined
  readonly producerEpoch: number
}

export const initProducerIdServer: ServerApi<InitProducerIdRequest, InitProducerIdResponse> = {
  key: 22,
  name: 'InitProducerId',
  versions: { min: 0, max: 5 },
  flexibleFrom: 2,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): InitProducerIdRequest {
  const flexible = version >= 2
  const transactionalId = r.nullableString(flexible)
  const transactionTimeoutMs = r.int32()
  const producerId = version >= 3 ? r.int64() : -1n
  const producerEpoch = version >= 3 ? r.int16() : -1
  if (flexible) r.skipTags()
  return { transactionalId, transactionTimeoutMs, producerId, producerEpoch }
}

function writeResponse(w: Writer, m: InitProducerIdResponse, version: number): void {
  const flexible = version >= 2
  w.int32(m.throttleTimeMs ?? 0)
  w.int16(m.errorCode)
  w.int64(m.producerId ?? -1n)
  w.int16(m.producerEpoch)
  if (flexible) w.noTags()
}
