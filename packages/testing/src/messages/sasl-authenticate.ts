// SaslAuthenticate: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface SaslAuthenticateRequest {
  readonly authBytes: Uint8Array
}

export interface SaslAuthenticateResponse {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Uint8Array
  /** How long until the connection must authenticate again, milliseconds; 0: never (KIP-368). From version 1 on. */
  readonly sessionLifetimeMs?: bigint | undefined
}

export const saslAuthenticateServer: ServerApi<SaslAuthenticateRequest, SaslAuthenticateResponse> = {
  key: 36,
  name: 'SaslAuthenticate',
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, version: number): SaslAuthenticateRequest {
  const flexible = version >= 2
  const authBytes = r.blob(flexible)
  if (flexible) r.skipTags()
  return { authBytes }
}

function writeResponse(w: Writer, m: SaslAuthenticateResponse, version: number): void {
  const flexible = version >= 2
  w.int16(m.errorCode)
  w.nullableString(m.errorMessage, flexible)
  w.blob(m.authBytes, flexible)
  if (version >= 1) w.int64(m.sessionLifetimeMs ?? 0n)
  if (flexible) w.noTags()
}
