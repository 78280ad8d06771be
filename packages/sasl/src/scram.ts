// SCRAM: both sides prove that they know the password, and neither says it (RFC 5802, RFC 7677).
import {
  AuthenticationError,
  foreignText,
  InvalidArgumentError,
  type BrokerAddress,
  type SaslMechanism
} from '@sluice/core'
import { askUser, checkedUser, kindOf, type Credential, type UserAndPassword } from './credential.ts'
import { saslprep } from './saslprep.ts'

export interface Variant {
  readonly name: string
  readonly hash: 'sha256' | 'sha512'
  readonly keyBytes: number
}

export const sha256: Variant = { name: 'SCRAM-SHA-256', hash: 'sha256', keyBytes: 32 }
export const sha512: Variant = { name: 'SCRAM-SHA-512', hash: 'sha512', keyBytes: 64 }

const nonceBytes = 24
// Fewer are too few to protect the password (RFC 7677); more would let a broker keep this machine busy for minutes.
const leastIterations = 4096
const mostIterations = 1_000_000
// No channel binding, no other identity to act as.
const gs2Header = 'n,,'

// Loaded when it is first used: it takes megabytes, and most programs that load this file have no password to prove.
const cryptography = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

export interface ScramOptions {
  /**
   * Prepare the password by SASLprep (RFC 4013), as RFC 5802 asks. Default false, because Apache Kafka does not do it, when it
   * stores a password as little as when it checks one: a password that SASLprep changes would be refused. For ASCII both are
   * the same.
   *
   * @see apache/kafka ScramFormatter.normalize@4.3.1
   */
  readonly saslprep?: boolean | undefined
}

/** @throws InvalidArgumentError */
export function scramSha256(credentials: Credential<UserAndPassword>, options: ScramOptions = {}): SaslMechanism {
  return scram(sha256, credentials, options, randomNonce)
}

/** @throws InvalidArgumentError */
export function scramSha512(credentials: Credential<UserAndPassword>, options: ScramOptions = {}): SaslMechanism {
  return scram(sha512, credentials, options, randomNonce)
}

function randomNonce(): string {
  return cryptography().randomBytes(nonceBytes).toString('base64')
}

/** @param makeNonce gives printable ASCII without a comma, never the same twice */
export function scram(
  variant: Variant,
  credentials: Credential<UserAndPassword>,
  options: ScramOptions,
  makeNonce: () => string
): SaslMechanism {
  const given = checkedUser(credentials)
  const prepared = mustPrepare(variant, options)
  return { name: variant.name, authenticate: broker => authenticate({ variant, given, prepared, broker, makeNonce }) }
}

/** @throws InvalidArgumentError */
function mustPrepare({ name }: Variant, options: ScramOptions): boolean {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError(`The options of ${name} must be an object, not ${kindOf(options)}`)
  const unknown = Object.keys(options).find(option => option !== 'saslprep')
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no option ${unknown} of ${name}: it has saslprep`)
  const { saslprep: prepared = false } = options
  if (typeof prepared === 'boolean') return prepared
  throw new InvalidArgumentError(`sasl.saslprep must be true or false, not ${kindOf(prepared)}`)
}

interface Talk {
  readonly variant: Variant
  readonly given: Credential<UserAndPassword>
  readonly prepared: boolean
  readonly broker: BrokerAddress
  readonly makeNonce: () => string
}

async function* authenticate(talk: Talk): AsyncGenerator<Uint8Array, void, Uint8Array> {
  const { variant, given, broker } = talk
  const { username, password } = await askUser(given, variant.name, broker)
  const secret = passwordBytes(talk, password)
  const nonce = talk.makeNonce()
  const clientFirst = `n=${escaped(username)},r=${nonce}`
  const serverFirst = heard(talk, yield Buffer.from(gs2Header + clientFirst), password)
  const challenge = readChallenge(talk, serverFirst, nonce)
  const salted = await saltedPassword(variant, secret, challenge)
  const unproved = `c=${Buffer.from(gs2Header).toString('base64')},r=${challenge.nonce}`
  const signed = `${clientFirst},${serverFirst},${unproved}`
  const proof = proofOf(variant, salted, signed)
  const serverFinal = heard(talk, yield Buffer.from(`${unproved},p=${proof}`), password)
  verifyServer(talk, serverFinal, hmac(variant, hmac(variant, salted, 'Server Key'), signed))
}

// Without `promisify`: importing node:util loads all of it, which takes a megabyte.
function saltedPassword({ keyBytes, hash }: Variant, secret: Buffer, challenge: Challenge): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    cryptography().pbkdf2(secret, challenge.salt, challenge.iterations, keyBytes, hash, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

interface Challenge {
  readonly nonce: string
  readonly salt: Buffer
  readonly iterations: number
}

function readChallenge(talk: Talk, text: string, nonce: string): Challenge {
  const match = /^r=(?<nonce>[^,]+),s=(?<salt>[A-Za-z0-9+/]+={0,2}),i=(?<iterations>[1-9]\d{0,9})(?:,.*)?$/.exec(text)
  if (match?.groups === undefined) throw refusal(talk, 'the broker sent a challenge that cannot be read')
  const [combined, salt] = [match.groups['nonce']!, match.groups['salt']!]
  const iterations = Number(match.groups['iterations'])
  if (!combined.startsWith(nonce) || combined.length === nonce.length)
    throw refusal(talk, "the broker's nonce does not continue this client's: the answer is not to this question")
  if (iterations < leastIterations || iterations > mostIterations)
    throw refusal(
      talk,
      `the broker wants ${iterations} iterations, where ${leastIterations} to ${mostIterations} are sound`
    )
  return { nonce: combined, salt: Buffer.from(salt, 'base64'), iterations }
}

function verifyServer(talk: Talk, text: string, expected: Buffer): void {
  const match = /^v=(?<signature>[A-Za-z0-9+/]+={0,2})(?:,.*)?$/.exec(text)
  const signature = Buffer.from(match?.groups?.['signature'] ?? '', 'base64')
  if (signature.length === expected.length && cryptography().timingSafeEqual(signature, expected)) return
  throw refusal(talk, 'the broker could not prove that it knows the password: it may not be the broker it seems to be')
}

/** @throws AuthenticationError when it is a refusal */
function heard(talk: Talk, answer: Uint8Array, password: string): string {
  const text = Buffer.from(answer).toString('utf8')
  const reason = /^e=(?<reason>[^,]*)/.exec(text)?.groups?.['reason']
  if (reason !== undefined) throw refusal(talk, `the broker refused (${foreignText(reason, password)})`)
  return text
}

function refusal({ variant, broker }: Talk, why: string): AuthenticationError {
  return new AuthenticationError(`${variant.name} with ${broker.host}:${broker.port}: ${why}`, { broker })
}

function passwordBytes(talk: Talk, password: string): Buffer {
  const prepared = talk.prepared ? saslprep(password) : password
  if (prepared === null) throw refusal(talk, 'the password holds characters that SASLprep forbids')
  return Buffer.from(prepared)
}

function proofOf(variant: Variant, salted: Buffer, signed: string): string {
  const clientKey = hmac(variant, salted, 'Client Key')
  const storedKey = cryptography().createHash(variant.hash).update(clientKey).digest()
  const proof = hmac(variant, storedKey, signed)
  for (let at = 0; at < proof.length; at++) proof[at]! ^= clientKey[at]!
  return proof.toString('base64')
}

function hmac(variant: Variant, key: Buffer, text: string): Buffer {
  return cryptography().createHmac(variant.hash, key).update(text).digest()
}

/** A comma ends a field and an equals sign begins an escape, so neither may stand in a name. */
function escaped(username: string): string {
  return username.replaceAll('=', '=3D').replaceAll(',', '=2C')
}
