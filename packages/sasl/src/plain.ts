// PLAIN: the name and the password as they are; only for encrypted connections (RFC 4616).
import { AuthenticationError, type BrokerAddress, type SaslMechanism } from '@sluice/core'
import { askUser, checkedUser, type Credential, type UserAndPassword } from './credential.ts'

const mechanism = 'PLAIN'

/** @throws InvalidArgumentError */
export function plain(credentials: Credential<UserAndPassword>): SaslMechanism {
  const given = checkedUser(credentials)
  return {
    name: mechanism,
    authenticate: broker => authenticate(given, broker)
  }
}

async function* authenticate(
  credentials: Credential<UserAndPassword>,
  broker: BrokerAddress
): AsyncGenerator<Uint8Array, void, Uint8Array> {
  const { username, password } = await askUser(credentials, mechanism, broker)
  if (username.includes('\0') || password.includes('\0'))
    throw new AuthenticationError('PLAIN takes no zero byte in username or password', { broker })
  yield Buffer.from(`\0${username}\0${password}`)
}
