// The object form of the sasl option.
import type { MaybePromise, SaslMechanism } from '@sluice/core'
import { oauthBearer, plain, scramSha256, scramSha512 } from '@sluice/sasl'

type Secret = string | (() => MaybePromise<string>)

export type SaslCredentials =
  | {
      readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
      readonly username: Secret
      readonly password: Secret
    }
  | { readonly mechanism: 'OAUTHBEARER'; readonly token: Secret }

export function isSaslCredentials(value: unknown): value is SaslCredentials {
  if (typeof value !== 'object' || value === null || !('mechanism' in value)) return false
  switch (value.mechanism) {
    case 'PLAIN':
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return 'username' in value && 'password' in value && isSecret(value.username) && isSecret(value.password)
    case 'OAUTHBEARER':
      return 'token' in value && isSecret(value.token)
    default:
      return false
  }
}

function isSecret(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'function'
}

export function saslMechanism(option: SaslMechanism | SaslCredentials): SaslMechanism {
  if (!('mechanism' in option)) return option
  switch (option.mechanism) {
    case 'PLAIN':
      return plain(option)
    case 'SCRAM-SHA-256':
      return scramSha256(option)
    case 'SCRAM-SHA-512':
      return scramSha512(option)
    case 'OAUTHBEARER':
      return oauthBearer(option)
  }
}
