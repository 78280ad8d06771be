// Every mechanism of the package passes the compliance suite of SASL mechanisms.
// oxlint-disable vitest/valid-title, vitest/expect-expect -- the cases name themselves and assert by themselves
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { saslCompliance, type SaslServer, type SaslSetup } from '@sluice/testing'
import { describe, it } from 'vitest'
import { oauthBearer, plain, scramSha256, scramSha512 } from './index.ts'

const password = 'correct horse'
const wrongPassword = 'battery staple'
const nothing = new Uint8Array()

class PlainServer implements SaslServer {
  accepted = false
  answer(message: Uint8Array): Uint8Array | null {
    this.accepted = Buffer.from(message).toString() === `\0alice\0${password}`
    return this.accepted ? nothing : null
  }
}

class TokenServer implements SaslServer {
  accepted = false
  answer(message: Uint8Array): Uint8Array | null {
    const text = Buffer.from(message).toString()
    if (text === '\u0001') return null
    this.accepted = text.includes(`auth=Bearer ${password.replace(' ', '-')}\u0001`)
    return this.accepted ? nothing : Buffer.from('{"status":"invalid_token"}')
  }
}

/** Follows RFC 5802. As an impostor it knows another password, and says yes to any proof. */
class ScramServer implements SaslServer {
  accepted = false
  readonly #hash: string
  readonly #known: string
  readonly #impostor: boolean
  #bare = ''
  #first = ''

  constructor(hash: string, known: string = password, impostor = false) {
    this.#hash = hash
    this.#known = known
    this.#impostor = impostor
  }

  answer(message: Uint8Array): Uint8Array | null {
    const text = Buffer.from(message).toString()
    if (this.#first !== '') return this.#verify(text)
    this.#bare = text.slice('n,,'.length)
    const nonce = /r=([^,]+)/.exec(this.#bare)?.[1]
    this.#first = `r=${nonce}server,s=${Buffer.from('salt of the server').toString('base64')},i=4096`
    return Buffer.from(this.#first)
  }

  #verify(text: string): Uint8Array | null {
    const [unproved = '', proof = ''] = text.split(',p=')
    const bytes = createHash(this.#hash).digest().length
    const salted = pbkdf2Sync(this.#known, 'salt of the server', 4096, bytes, this.#hash)
    const signed = `${this.#bare},${this.#first},${unproved}`
    const storedKey = createHash(this.#hash).update(this.#hmac(salted, 'Client Key')).digest()
    const signature = this.#hmac(storedKey, signed)
    const clientKey = Buffer.from(proof, 'base64').map((byte, at) => byte ^ signature[at]!)
    this.accepted = this.#impostor || createHash(this.#hash).update(clientKey).digest().equals(storedKey)
    if (!this.accepted) return null
    return Buffer.from(`v=${this.#hmac(this.#hmac(salted, 'Server Key'), signed).toString('base64')}`)
  }

  #hmac(key: Uint8Array, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest()
  }
}

const secrets = [password, wrongPassword, password.replace(' ', '-'), wrongPassword.replace(' ', '-')]

function scramSetup(make: typeof scramSha256, hash: string): SaslSetup {
  return {
    create: () => make({ username: 'alice', password }),
    createWrong: () => make({ username: 'alice', password: wrongPassword }),
    server: () => new ScramServer(hash),
    impostor: () => new ScramServer(hash, 'no idea', true),
    secrets
  }
}

const setups: readonly (readonly [name: string, setup: SaslSetup])[] = [
  [
    'plain()',
    {
      create: () => plain({ username: 'alice', password }),
      createWrong: () => plain({ username: 'alice', password: wrongPassword }),
      server: () => new PlainServer(),
      secrets
    }
  ],
  [
    'plain() of functions',
    {
      create: () => plain(async () => ({ username: 'alice', password: () => password })),
      createWrong: () => plain({ username: () => 'alice', password: async () => wrongPassword }),
      server: () => new PlainServer(),
      secrets
    }
  ],
  ['scramSha256()', scramSetup(scramSha256, 'sha256')],
  ['scramSha512()', scramSetup(scramSha512, 'sha512')],
  [
    'oauthBearer()',
    {
      create: () => oauthBearer({ token: password.replace(' ', '-') }),
      createWrong: () => oauthBearer({ token: async () => wrongPassword.replace(' ', '-') }),
      server: () => new TokenServer(),
      secrets
    }
  ]
]

describe.each(setups)('%s', (_name, setup) => {
  for (const { name, run } of saslCompliance) it(name, () => run(setup))
})
