// SaslAuthenticate: one message of the SASL mechanism, there and back.
import { bytes, int16, int64, string, type ApiSchema } from './dsl.ts'

export const saslAuthenticate: ApiSchema = {
  name: 'SaslAuthenticate',
  key: 36,
  versions: [0, 2],
  serverVersions: [0, 2],
  flexibleFrom: 2,
  request: {
    authBytes: bytes
  },
  response: {
    errorCode: int16,
    errorMessage: string.nullable(),
    authBytes: bytes,
    sessionLifetimeMs: int64
      .since(1)
      .default(0n)
      .doc('How long until the connection must authenticate again, milliseconds; 0: never (KIP-368).')
  }
}
