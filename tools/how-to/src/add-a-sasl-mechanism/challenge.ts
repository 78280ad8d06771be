// A mechanism in which the server asks and the client proves that it knows the secret, without saying it.
import { AuthenticationError, type BrokerAddress, type SaslMechanism } from '@sluice/core'
import { createHmac, randomBytes } from 'node:crypto'

export interface ChallengeOptions {
  readonly username: string
  readonly secret: string
}

export function challenge(options: ChallengeOptions): SaslMechanism {
  // Kept in the closure, not in a property: nothing that prints the mechanism shows the secret.
  const { username, secret } = { ...options }
  return { name: 'X-CHALLENGE', authenticate: broker => authenticate(broker, username, secret) }
}

/** Each exchange has its own generator, so several may run at once. */
async function* authenticate(
  broker: BrokerAddress,
  username: string,
  secret: string
): AsyncGenerator<Uint8Array, void, Uint8Array> {
  // What is yielded is sent; what comes back is the broker's answer to it.
  // The nonce is new each time: who has recorded an exchange cannot answer another.
  const nonce = randomBytes(16)
  const question = yield Buffer.concat([nonce, Buffer.from(username)])
  if (question.length < 16) throw new AuthenticationError('The broker asked nothing', { broker })
  const answer = yield createHmac('sha256', secret).update('client').update(nonce).update(question).digest()
  const expected = createHmac('sha256', secret).update('server').update(nonce).update(question).digest()
  if (!expected.equals(answer)) throw new AuthenticationError('The broker does not know the secret', { broker })
}
