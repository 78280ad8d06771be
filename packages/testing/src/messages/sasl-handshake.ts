// SaslHandshake: its request read, its response written.
// Generated from the schema by `pnpm generate`: change that, not this.
import type { Reader, Writer } from '@sluice/protocol'
import type { ServerApi } from './server-api.ts'

export interface SaslHandshakeRequest {
  /** Such as SCRAM-SHA-512. */
  readonly mechanism: string
}

export interface SaslHandshakeResponse {
  readonly errorCode: number
  /** What the broker has. */
  readonly mechanisms: readonly string[]
}

export const saslHandshakeServer: ServerApi<SaslHandshakeRequest, SaslHandshakeResponse> = {
  key: 17,
  name: 'SaslHandshake',
  versions: { min: 0, max: 1 },
  flexibleFrom: 32767,
  readRequest,
  writeResponse
}

function readRequest(r: Reader, _version: number): SaslHandshakeRequest {
  const mechanism = r.string(false)
  return { mechanism }
}

function writeResponse(w: Writer, m: SaslHandshakeResponse, _version: number): void {
  w.int16(m.errorCode)
  w.count(m.mechanisms.length, false)
  for (const item of m.mechanisms) w.string(item, false)
}
