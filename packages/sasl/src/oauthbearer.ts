// OAUTHBEARER: a token that somebody else has issued (RFC 7628, KIP-255, KIP-342).
import { AuthenticationError, InvalidArgumentError, type BrokerAddress, type SaslMechanism } from '@sluice/core'
import { askText, checkCredential, kindOf, type Credential } from './credential.ts'

export interface OAuthBearerOptions {
  /** The token without `Bearer`. A function is asked for each connection, and before a session ends. */
  readonly token: Credential<string>
  /** Passed on to the broker's validator (KIP-342), such as `logicalCluster`. */
  readonly extensions?: Credential<Readonly<Record<string, string>>> | undefined
}

const mechanism = 'OAUTHBEARER'
const separator = '\u0001'
// What the client says to a refusal, so that the broker may end the exchange.
const understood = Buffer.from(separator)

/** @throws InvalidArgumentError */
export function oauthBearer(options: OAuthBearerOptions): SaslMechanism {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('oauthBearer needs { token }, a string or a function that gives one')
  const { token, extensions = {} } = options
  checkCredential(token, 'token')
  if (typeof extensions !== 'function') checkExtensions(extensions)
  return { name: mechanism, authenticate: broker => authenticate(token, extensions, broker) }
}

async function* authenticate(
  token: Credential<string>,
  extensions: Credential<Readonly<Record<string, string>>>,
  broker: BrokerAddress
): AsyncGenerator<Uint8Array, void, Uint8Array> {
  const bearer = await askText(token, `${mechanism} token`, broker)
  if (!/^[\x21-\x7e]+$/.test(bearer))
    throw new AuthenticationError('The OAUTHBEARER token holds characters that no token has', { broker })
  const extra = typeof extensions === 'function' ? await extensions(broker) : extensions
  checkExtensions(extra)
  const fields = Object.entries(extra).map(([name, value]) => `${name}=${value}${separator}`)
  const answer = yield Buffer.from(`n,,${separator}auth=Bearer ${bearer}${separator}${fields.join('')}${separator}`)
  if (answer.length === 0) return
  // Anything but nothing is a refusal. The broker ends the exchange with an error of its own, which says more.
  yield understood
  throw new AuthenticationError(`The broker refused the OAUTHBEARER token: ${statusOf(answer)}`, { broker })
}

/** @throws InvalidArgumentError that shows no value */
function checkExtensions(extensions: Readonly<Record<string, string>>): void {
  if (typeof extensions !== 'object' || extensions === null)
    throw new InvalidArgumentError(
      `sasl.extensions must be an object, or a function that gives one, not ${kindOf(extensions)}`
    )
  for (const [name, value] of Object.entries(extensions)) {
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth')
      throw new InvalidArgumentError(
        `The OAUTHBEARER extension ${JSON.stringify(name)} must be letters only, and not "auth"`
      )
    if (typeof value !== 'string' || !/^[\x20-\x7e\t\r\n]+$/.test(value))
      throw new InvalidArgumentError(`The value of the OAUTHBEARER extension ${name} must be text in printable ASCII`)
  }
}

/** `{"status":"invalid_token"}`; only the status is shown, whatever else the answer repeats. */
function statusOf(answer: Uint8Array): string {
  const match = /"status"\s*:\s*"(?<status>[\w -]{1,60})"/.exec(Buffer.from(answer).toString('utf8'))
  return match?.groups?.['status'] ?? 'no reason given'
}
