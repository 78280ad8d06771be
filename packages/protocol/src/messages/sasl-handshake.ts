// SaslHandshake: its request written, its response read.
// Generated from the schema by `pnpm generate`: change that, not this.
// oxlint-disable unicorn/no-new-array -- lists are made as long as they will be
import type { Api } from '../api.ts'
import type { Reader } from '../wire/reader.ts'
import type { Writer } from '../wire/writer.ts'

export interface SaslHandshakeRequest {
  /** Such as SCRAM-SHA-512. */
  readonly mechanism: string
}

export interface SaslHandshakeResponse {
  readonly errorCode: number
  /** What the broker has. */
  readonly mechanisms: readonly string[]
}

export const saslHandshakeApi: Api<SaslHandshakeRequest, SaslHandshakeResponse> = {
  key: 17,
  name: 'SaslHandshake',
  versions: { min: 1, max: 1 },
  flexibleFrom: 32767,
  throttleFrom: 32767,
  write: writeRequest,
  read: readResponse
}

function writeRequest(w: Writer, m: SaslHandshakeRequest, _version: number): void {
  w.string(m.mechanism, false)
}

function readResponse(r: Reader, _version: number): SaslHandshakeResponse {
  const errorCode = r.int16()
  const mechanisms = new Array<string>(r.count(2, false))
  for (let i = 0; i < mechanisms.length; i++) mechanisms[i] = r.string(false)
  return { errorCode, mechanisms }
}
