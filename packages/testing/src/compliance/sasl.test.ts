// The suite of SASL mechanisms passes good mechanisms, and each of its cases catches one that only it catches.
import type { SaslMechanism } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { failedCases } from './failed-cases.ts'
import { saslCompliance, type SaslServer, type SaslSetup } from './sasl.ts'

// A toy: the client says hello, the server challenges, both prove that they know the secret.
const secret = 'hunter22'
const wrongSecret = 'letmein9'

function proof(of: string, known: string, challenge: string): string {
  let hash = 7
  for (const character of of + known + challenge) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0
  return `proof ${hash}`
}

class Server implements SaslServer {
  static count = 0
  accepted = false
  readonly #known: string
  readonly #trusting: boolean
  readonly #challenge = `challenge ${++Server.count}`
  #greeted = false

  constructor(known: string = secret, trusting = false) {
    this.#known = known
    this.#trusting = trusting
  }

  answer(message: Uint8Array): Uint8Array | null {
    if (!this.#greeted) {
      this.#greeted = true
      return Buffer.from(message).toString() === 'hello' ? Buffer.from(this.#challenge) : null
    }
    const right = Buffer.from(message).toString() === proof('client', this.#known, this.#challenge)
    this.accepted = right || this.#trusting
    return this.accepted ? Buffer.from(proof('server', this.#known, this.#challenge)) : null
  }
}

class Mechanism implements SaslMechanism {
  readonly name: string = 'TOY'
  readonly #secret: string

  constructor(known: string) {
    this.#secret = known
  }

  async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    const challenge = Buffer.from(yield Buffer.from('hello')).toString()
    if (!challenge.startsWith('challenge ')) throw new Error('No challenge')
    const answer = yield this.first(proof('client', this.#secret, challenge))
    this.check(Buffer.from(answer).toString(), proof('server', this.#secret, challenge))
  }

  first(text: string): Uint8Array {
    return Buffer.from(text)
  }

  check(answer: string, expected: string): void {
    if (answer !== expected) throw new Error('The server does not know the secret')
  }
}

function setupOf(Kind: new (known: string) => SaslMechanism): SaslSetup {
  return {
    create: () => new Kind(secret),
    createWrong: () => new Kind(wrongSecret),
    server: () => new Server(),
    impostor: () => new Server('no idea', true),
    secrets: [secret, wrongSecret]
  }
}

class Lower extends Mechanism {
  override readonly name = 'toy'
}
class Text extends Mechanism {
  override first(text: string): Uint8Array {
    // Wrong on purpose.
    const wrong: unknown = text
    return wrong as Uint8Array
  }
}
class Weak implements SaslMechanism {
  readonly name = 'TOY'
  readonly #inner: Mechanism
  constructor(known: string) {
    this.#inner = new Mechanism(known)
  }
  authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    return this.#inner.authenticate()
  }
}
class Once extends Mechanism {
  #turns = 0
  override first(text: string): Uint8Array {
    return super.first(++this.#turns === 3 ? 'no more' : text)
  }
}
class Open extends Mechanism {
  readonly password: string
  constructor(known: string) {
    super(known)
    this.password = known
  }
}
class Credulous extends Mechanism {
  override check(answer: string): void {
    if (!answer.startsWith('proof ')) throw new Error('No proof')
  }
}
class Forgiving extends Mechanism {
  override check(answer: string, expected: string): void {
    if (answer !== '') super.check(answer, expected)
  }
}
class Entangled extends Mechanism {
  #latest = ''
  override async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    const exchange = super.authenticate()
    let step = await exchange.next()
    while (!step.done) {
      this.#latest = Buffer.from(yield step.value).toString()
      await Promise.resolve()
      step = await exchange.next(Buffer.from(this.#latest))
    }
  }
}
class Clinging extends Mechanism {
  override async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    let done = false
    try {
      yield* super.authenticate()
      done = true
    } finally {
      if (!done) yield Buffer.from('wait')
    }
  }
}

const mutants: Readonly<Record<string, SaslSetup>> = {
  'has a name that SASL allows': setupOf(Lower),
  'yields bytes': setupOf(Text),
  'is accepted by a server of its kind': { ...setupOf(Mechanism), create: () => new Mechanism('forgotten') },
  'is not accepted with wrong credentials': { ...setupOf(Weak), createWrong: () => new Weak(secret) },
  'authenticates again, as often as asked': setupOf(Once),
  'keeps exchanges apart that overlap': setupOf(Entangled),
  'shows no secret, in itself or in an error': setupOf(Open),
  'is not fooled by a server that does not know the secret': setupOf(Credulous),
  'fails on answers that make no sense': setupOf(Forgiving),
  'stops in good order': setupOf(Clinging)
}

describe('SASL compliance', () => {
  it('passes a good mechanism', async () => {
    expect(await failedCases(saslCompliance, setupOf(Mechanism))).toEqual([])
  })

  it('has a mutant for every case', () => {
    expect(Object.keys(mutants)).toEqual(saslCompliance.map(({ name }) => name))
  })

  for (const [name, setup] of Object.entries(mutants)) {
    it(`alone catches a mechanism of which this is not true: ${name}`, async () => {
      expect(await failedCases(saslCompliance, setup)).toEqual([name])
    })
  }
})
