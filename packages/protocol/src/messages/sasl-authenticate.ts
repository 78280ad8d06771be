// SaslAuthenticate: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface SaslAuthenticateRequest {
  readonly authBytes: Uint8Array
}

export interface SaslAuthenticateResponse {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Uint8Array
  /** How long until the connection must authenticate again, milliseconds; 0: never (KIP-368). From version 1 on. */
  readonly sessionLifetimeMs: bigint
}

export const saslAuthenticateApi: Api<SaslAuthenticateRequest, SaslAuthenticateResponse> = {
  key: 36,
  name: 'SaslAuthenticate',
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
  throttleFrom: 32767,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: SaslAuthenticateRequest, version: number): void {
  const flexible = version >= 2
  w.blob(m.authBytes, flexible)
  if (flexible) w.noTags()
}

function readResponse(r: Reader, version: number): SaslAuthenticateResponse {
  const flexible = version >= 2
  const errorCode = r.int16()
  const errorMessage = r.nullableString(flexible)
  const authBytes = r.blob(flexible)
  const sessionLifetimeMs = version >= 1 ? r.int64() : 0n
  if (flexible) r.skipTags()
  return { errorCode, errorMessage, authBytes, sessionLifetimeMs }
}
