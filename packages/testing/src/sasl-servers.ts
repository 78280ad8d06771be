// The broker's side of PLAIN (RFC 4616) and SCRAM (RFC 5802).
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { SaslStep } from './sasl-gate.ts'

/** Called with each message of the client until it accepts or refuses. */
export type SaslServer = (message: Uint8Array) => SaslStep

type Users = Readonly<Record<string, string>>

const iterations = 4096
const nothing = new Uint8Array(0)
const actsAsAnother: SaslStep = {
  kind: 'refused',
  reason: 'The authorization id is not the username'
}
const refused: SaslStep = { kind: 'refused', reason: 'Authentication failed: invalid user or password' }

function passwordOf(users: Users, name: string): string | undefined {
  return Object.hasOwn(users, name) ? users[name] : undefined
}

export function plainServer(users: Users): SaslServer {
  return message => {
    const parts = Buffer.from(message).toString('utf8').split('\0')
    if (parts.length !== 3) return { kind: 'refused', reason: 'PLAIN takes three parts separated by a zero byte' }
    const [actsAs, name, password] = parts as [string, string, string]
    const known = passwordOf(users, name)
    if (known === undefined || known !== password) return refused
    return actsAs === '' || actsAs === name ? { kind: 'accepted', answer: nothing, user: name } : actsAsAnother
  }
}

export function scramServer(
  mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
  users: Users,
  nonce: () => string
): SaslServer {
  const hash = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  let verify: ((message: string) => SaslStep) | null = null
  return message => {
    const text = Buffer.from(message).toString('utf8')
    if (verify !== null) return verify(text)
    const first = readFirst(text)
    if (first === null) return { kind: 'refused', reason: 'The first message of SCRAM cannot be read' }
    const password = passwordOf(users, first.name)
    if (password === undefined) return refused
    if (first.actsAs !== '' && first.actsAs !== first.name) return actsAsAnother
    const serverNonce = first.nonce + nonce()
    const salt = createHash(hash).update(nonce()).digest()
    const serverFirst = `r=${serverNonce},s=${salt.toString('base64')},i=${iterations}`
    const signed = `${first.bare},${serverFirst}`
    verify = last => verifyLast(last, { hash, user: first.name, password, salt, serverNonce, signed })
    return { kind: 'more', answer: Buffer.from(serverFirst) }
  }
}

interface FirstMessage {
  readonly name: string
  /** Empty: as itself. */
  readonly actsAs: string
  readonly nonce: string
  /** Without the GS2 header: the part that is signed. */
  readonly bare: string
}

/** As brokers read it: without channel binding, not even that of a client that would have it. */
function readFirst(text: string): FirstMessage | null {
  const match = /^n,(?:a=(?<actsAs>[^,]*))?,(?<bare>(?:m=[^,]*,)?n=(?<name>[^,]*),r=(?<nonce>[^,]+)(?:,.*)?)$/.exec(
    text
  )
  if (match?.groups === undefined) return null
  const { actsAs = '', bare, name, nonce } = match.groups
  return { bare: bare!, nonce: nonce!, name: plainName(name!), actsAs: plainName(actsAs) }
}

function plainName(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

interface Expected {
  readonly hash: string
  readonly user: string
  readonly password: string
  readonly salt: Buffer
  readonly serverNonce: string
  readonly signed: string
}

function verifyLast(text: string, expected: Expected): SaslStep {
  const match = /^(?<unproved>c=[^,]*,r=(?<nonce>[^,]+)),p=(?<proof>[^,]+)$/.exec(text)
  if (match?.groups === undefined || match.groups['nonce'] !== expected.serverNonce) return refused
  const { hash, password, salt } = expected
  const signed = Buffer.from(`${expected.signed},${match.groups['unproved']}`)
  const keyBytes = createHash(hash).digest().length
  const salted = pbkdf2Sync(password, salt, iterations, keyBytes, hash)
  const clientKey = createHmac(hash, salted).update('Client Key').digest()
  const storedKey = createHash(hash).update(clientKey).digest()
  const signature = createHmac(hash, storedKey).update(signed).digest()
  const proof = Buffer.from(match.groups['proof']!, 'base64')
  const wanted = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!))
  if (proof.length !== wanted.length || !timingSafeEqual(proof, wanted)) return refused
  const serverKey = createHmac(hash, salted).update('Server Key').digest()
  const verifier = createHmac(hash, serverKey).update(signed).digest('base64')
  return { kind: 'accepted', answer: Buffer.from(`v=${verifier}`), user: expected.user }
}
