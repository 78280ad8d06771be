// The object form of the sasl option.
import { described, memberOf, rules, type OptionRule } from '@sluice/connection'
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

const must =
  "{ mechanism: 'PLAIN', 'SCRAM-SHA-256' or 'SCRAM-SHA-512', username, password } or { mechanism: 'OAUTHBEARER', token }"

const anything = rules.anything()
const user = { mechanism: anything, username: anything, password: anything }
const scram = rules.objectOf(must, { ...user, saslprep: rules.flag() })
/** What each has. The values of most are judged by the mechanism itself. */
const forms: ReadonlyMap<string, OptionRule> = new Map([
  ['PLAIN', rules.objectOf(must, user)],
  ['SCRAM-SHA-256', scram],
  ['SCRAM-SHA-512', scram],
  ['OAUTHBEARER', rules.objectOf(must, { mechanism: anything, token: anything, extensions: anything })]
])
const telling = ['mechanism', 'username', 'password', 'token']

export const credentialsRule: OptionRule = rules.secret({
  must,
  holds: value => formOf(value)?.holds(value) === true,
  within: (value, path) => {
    if (telling.every(name => memberOf(value, name) === undefined)) return null
    const form = formOf(value)
    if (form !== undefined) return form.within!(value, path)
    // The name of a mechanism is no secret.
    const given = described(memberOf(value, 'mechanism'))
    return `${path}.mechanism must be ${rules.oneOf([...forms.keys()]).must}, not ${given}`
  }
})

function formOf(value: unknown): OptionRule | undefined {
  const mechanism = memberOf(value, 'mechanism')
  return typeof mechanism === 'string' ? forms.get(mechanism) : undefined
}

/** @throws InvalidArgumentError that shows no value */
export function saslMechanism(option: SaslMechanism | SaslCredentials): SaslMechanism {
  if (!('mechanism' in option)) return option
  switch (option.mechanism) {
    case 'PLAIN':
      return plain(option)
    case 'SCRAM-SHA-256':
      return scramSha256(option, { saslprep: option.saslprep })
    case 'SCRAM-SHA-512':
      return scramSha512(option, { saslprep: option.saslprep })
    case 'OAUTHBEARER':
      return oauthBearer(option)
  }
}
