// The object form of the sasl option.
import type { SaslMechanism } from '@sluice/core'
import {
  oauthBearer,
  plain,
  scramSha256,
  scramSha512,
  type OAuthBearerOptions,
  type ScramOptions,
  type UserAndPassword
} from '@sluice/sasl'

export type SaslCredentials =
  | ({ readonly mechanism: 'PLAIN' } & UserAndPassword)
  | ({ readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512' } & UserAndPassword & ScramOptions)
  | ({ readonly mechanism: 'OAUTHBEARER' } & OAuthBearerOptions)

const mechanisms: ReadonlySet<unknown> = new Set<SaslCredentials['mechanism']>([
  'PLAIN',
  'SCRAM-SHA-256',
  'SCRAM-SHA-512',
  'OAUTHBEARER'
])

/** Whether it names a mechanism that is known here. Whether the rest is right, the mechanism says. */
export function isSaslCredentials(value: unknown): value is SaslCredentials {
  return typeof value === 'object' && value !== null && 'mechanism' in value && mechanisms.has(value.mechanism)
}

/** @throws InvalidArgumentError that shows no value */
export function saslMechanism(option: SaslMechanism | SaslCredentials): SaslMechanism {
  if (!('mechanism' in option)) return option
  switch (option.mechanism) {
    case 'PLAIN':
      return plain(option)
    case 'SCRAM-SHA-256':
      return scramSha256(option, option)
    case 'SCRAM-SHA-512':
      return scramSha512(option, option)
    case 'OAUTHBEARER':
      return oauthBearer(option)
  }
}
