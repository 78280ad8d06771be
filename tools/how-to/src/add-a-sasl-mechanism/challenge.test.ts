// It passes the suite, with a server of its kind and with one that knows nothing.
import { saslCompliance, type SaslServer, type SaslSetup } from '@sluice/testing'
import { createHmac, randomBytes } from 'node:crypto'
import { it } from 'vitest'
import { challenge } from './challenge.ts'

const secret = 'open sesame'

class Server implements SaslServer {
  accepted = false
  readonly #known: string
  readonly #trusting: boolean
  readonly #question = randomBytes(16)
  #nonce: Uint8Array | null = null

  constructor(known: string, trusting: boolean) {
    this.#known = known
    this.#trusting = trusting
  }

  answer(message: Uint8Array): Uint8Array | null {
    if (this.#nonce === null) {
      this.#nonce = message.subarray(0, 16)
      return this.#question
    }
    this.accepted = this.#trusting || this.#proof('client', this.#nonce).equals(message)
    return this.accepted ? this.#proof('server', this.#nonce) : null
  }

  #proof(of: string, nonce: Uint8Array): Buffer {
    return createHmac('sha256', this.#known).update(of).update(nonce).update(this.#question).digest()
  }
}

const setup: SaslSetup = {
  create: () => challenge({ username: 'alice', secret }),
  createWrong: () => challenge({ username: 'alice', secret: 'open barley' }),
  server: () => new Server(secret, false),
  // Only for mechanisms in which the server, too, must prove itself.
  impostor: () => new Server('no idea', true),
  secrets: [secret, 'open barley']
}

for (const { name, run } of saslCompliance) it(name, () => run(setup))
