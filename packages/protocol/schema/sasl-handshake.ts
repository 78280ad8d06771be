// SaslHandshake: agrees on a SASL mechanism.
import { int16, list, string, forever, type ApiSchema } from './dsl.ts'

export const saslHandshake: ApiSchema = {
  name: 'SaslHandshake',
  key: 17,
  versions: [1, 1],
  serverVersions: [0, 1],
  flexibleFrom: forever,
  request: {
    mechanism: string.doc('Such as SCRAM-SHA-512.')
  },
  response: {
    errorCode: int16,
    mechanisms: list(string).doc('What the broker has.')
  }
}
