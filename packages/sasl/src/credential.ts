// Credentials as values, or as functions that are asked again for each connection.
import { AuthenticationError, InvalidArgumentError, type BrokerAddress, type MaybePromise } from '@sluice/core'

export type Credential<T> = T | ((broker: BrokerAddress) => MaybePromise<T>)

export interface UserAndPassword {
  readonly username: Credential<string>
  readonly password: Credential<string>
}

/** What both hold at the moment of asking. */
export interface KnownUser {
  readonly username: string
  readonly password: string
}

/** @throws InvalidArgumentError that never shows a value */
export function checkCredential(value: unknown, name: string): void {
  if (typeof value === 'function' || (typeof value === 'string' && value !== '')) return
  const given = value === '' ? 'an empty one' : kindOf(value)
  throw new InvalidArgumentError(`sasl.${name} must be a string, or a function that gives one, not ${given}`)
}

/** What a value is, and nothing of what it holds. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}

export async function askUser(
  given: Credential<UserAndPassword>,
  mechanism: string,
  broker: BrokerAddress
): Promise<KnownUser> {
  const credentials = typeof given === 'function' ? await given(broker) : given
  const [username, password] = await Promise.all([
    askText(credentials.username, `${mechanism} username`, broker),
    askText(credentials.password, `${mechanism} password`, broker)
  ])
  return { username, password }
}

/** @throws AuthenticationError that never shows the value */
export async function askText(given: Credential<string>, what: string, broker: BrokerAddress): Promise<string> {
  const value: unknown = typeof given === 'function' ? await given(broker) : given
  if (typeof value === 'string' && value !== '') return value
  throw new AuthenticationError(`The function that gives the ${what} gave no text`, { broker })
}

/**
 * A copy: the object that was given may change, and what was checked must be what is used.
 *
 * @throws InvalidArgumentError
 */
export function checkedUser(given: Credential<UserAndPassword>): Credential<UserAndPassword> {
  if (typeof given === 'function') return given
  if (typeof given !== 'object' || given === null)
    throw new InvalidArgumentError('sasl needs { username, password }, or a function that gives them')
  const { username, password } = given
  checkCredential(username, 'username')
  checkCredential(password, 'password')
  return { username, password }
}
