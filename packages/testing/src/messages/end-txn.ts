// EndTxn: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface EndTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** True commits, false aborts. */
  readonly committed: boolean
}

export interface EndTxnResponse {
  /** Milliseconds. */
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  /** The identity of the next transaction (KIP-890). From version 5 on. */
  readonly producerId?: bigint | undefined
  /** From version 5 on. */
  readonly producerEpoch?: number | undefined
}

export const endTxnServer: ServerApi<EndTxnRequest, EndTxnResponse> = {
  key: 26,
  name: 'EndTxn',
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): EndTxnRequest {
  const flexible = version >= 3
  const transactionalId = r.string(flexible)
  const producerId = r.int64()
  const producerEpoch = r.int16()
  const committed = r.bool()
  if (flexible) r.skipTags()
  return { transactionalId, producerId, producerEpoch, committed }
}

function writeResponse(w: Writer, m: EndTxnResponse, version: number): void {
  const flexible = version >= 3
  w.int32(m.throttleTimeMs ?? 0)
  w.int16(m.errorCode)
  if (version >= 5) {
    w.int64(m.producerId ?? -1n)
    w.int16(m.producerEpoch ?? -1)
  }
  if (flexible) w.noTags()
}
