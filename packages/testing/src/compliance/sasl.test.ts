// The suite of SASL mechanisms passes good mechanisms, and each of its cases catches one that only it catches.
import type { SaslMechanism } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { failedCases, failures } from './failed-cases.ts'
import type { SaslServer, SaslSetup } from './sasl-stage.ts'
import { saslCompliance } from './sasl.ts'

// A toy: the client says hello and a number, the server challenges, both prove that they know the secret.
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
  readonly #refusal: Uint8Array | null
  #nonce = ''

  /** @param refusal what it answers to wrong proofs */
  constructor(known: string = secret, trusting = false, refusal: Uint8Array | null = null) {
    this.#known = known
    this.#trusting = trusting
    this.#refusal = refusal
  }

  answer(message: Uint8Array): Uint8Array | null {
    const text = Buffer.from(message).toString()
    if (this.#nonce === '') {
      this.#nonce = /^hello (\d+)$/.exec(text)?.[1] ?? ''
      return this.#nonce === '' ? null : Buffer.from(this.#challenge)
    }
    const asked = this.#nonce + this.#challenge
    this.accepted = this.#trusting || text === proof('client', this.#known, asked)
    return this.accepted ? Buffer.from(proof('server', this.#known, asked)) : this.#refusal
  }
}

class Mechanism implements SaslMechanism {
  static count = 0
  readonly name: string = 'TOY'
  readonly #secret: string

  constructor(known: string) {
    this.#secret = known
  }

  async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    const nonce = this.nonce()
    const challenge = Buffer.from(yield Buffer.from(`hello ${nonce}`)).toString()
    if (!challenge.startsWith('challenge ')) throw new Error('No challenge')
    const answer = yield this.first(proof('client', this.#secret, `${nonce}${challenge}`))
    const expected = (known: string): string => proof('server', known, `${nonce}${challenge}`)
    this.check(Buffer.from(answer).toString(), expected(this.#secret), expected)
  }

  nonce(): number {
    return ++Mechanism.count
  }

  first(text: string): Uint8Array {
    return Buffer.from(text)
  }

  check(answer: string, expected: string, _proofOf: (known: string) => string): void {
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
  override check(answer: string, expected: string, proofOf: (known: string) => string): void {
    if (answer !== proofOf('no idea')) super.check(answer, expected, proofOf)
  }
}
class Forgiving extends Mechanism {
  override check(answer: string, expected: string, proofOf: (known: string) => string): void {
    if (answer !== '') super.check(answer, expected, proofOf)
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
    } catch (error) {
      done = true
      throw error
    } finally {
      if (!done) yield Buffer.from('wait')
    }
  }
}

class Constant extends Mechanism {
  override nonce(): number {
    return 4
  }
}
class Talkative extends Mechanism {
  override async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    try {
      yield* super.authenticate()
    } catch (error) {
      yield Buffer.from('You are not who you say you are')
      throw error
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
  'is not fooled by a recording of an earlier exchange': setupOf(Constant),
  'sends nothing more to a server that has not proved itself': setupOf(Talkative),
  'fails on answers that make no sense': setupOf(Forgiving),
  'stops in good order': setupOf(Clinging)
}

/** The codes of its characters. */
function codesOf(text: string): number[] {
  return Array.from(Buffer.from(text))
}

/** A mechanism that has its secret in something besides. */
function holding(hold: (known: string) => object): SaslSetup {
  return setupOf(
    class extends Mechanism {
      constructor(known: string) {
        super(known)
        Object.assign(this, hold(known))
      }
    }
  )
}

class Accessible extends Mechanism {
  readonly #known: string
  constructor(known: string) {
    super(known)
    this.#known = known
  }
  get password(): string {
    return this.#known
  }
}
class Serializable extends Accessible {
  override get password(): string {
    return ''
  }
  toJSON(): object {
    return { known: Buffer.from(super.password) }
  }
}
class Remembering extends Mechanism {
  latest: Uint8Array = new Uint8Array()
  readonly #known: string
  constructor(known: string) {
    super(known)
    this.#known = known
  }
  override first(text: string): Uint8Array {
    this.latest = new Uint8Array(Buffer.from(this.#known))
    return super.first(text)
  }
}
class Telling extends Mechanism {
  readonly #known: string
  constructor(known: string) {
    super(known)
    this.#known = known
  }
  override check(answer: string, expected: string): void {
    if (answer !== expected) throw Object.assign(new Error('no'), { known: new Uint8Array(Buffer.from(this.#known)) })
  }
}
class Abbreviating extends Mechanism {
  override check(answer: string, expected: string): void {
    if (answer.length < 3 || !expected.startsWith(answer)) throw new Error('The server does not know the secret')
  }
}
class Shrugging extends Mechanism {
  override async *authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    try {
      yield* super.authenticate()
    } catch (error) {
      if (!(error instanceof Error && error.message === 'No challenge')) throw error
    }
  }
}
class Deaf extends Mechanism {
  override check(answer: string, expected: string, proofOf: (known: string) => string): void {
    if (answer !== 'no') super.check(answer, expected, proofOf)
  }
}
/** No generator: what it does after it has failed is its own. */
class Unstoppable extends Mechanism {
  override authenticate(): AsyncGenerator<Uint8Array, void, Uint8Array> {
    const exchange = super.authenticate()
    let failed = false
    return Object.assign(exchange, {
      next: async (...answer: [] | [Uint8Array]): Promise<IteratorResult<Uint8Array, void>> => {
        if (failed) return { done: false, value: Buffer.from('again') }
        try {
          return await Object.getPrototypeOf(Object.getPrototypeOf(exchange)).next.apply(exchange, answer)
        } catch (error) {
          failed = true
          throw error
        }
      }
    })
  }
}

interface Broken {
  /** What the mechanism does wrong. */
  readonly what: string
  readonly setup: SaslSetup
  /** The case that must refuse it, and what it must say. */
  readonly refusedBy: string
  readonly says: string
}

const silent = 'shows no secret, in itself or in an error'
const trusted = 'sends nothing more to a server that has not proved itself'

const broken: readonly Broken[] = [
  {
    what: 'throws where all is well',
    setup: setupOf(
      class extends Mechanism {
        override check(): void {
          throw new Error('no')
        }
      }
    ),
    refusedBy: 'is accepted by a server of its kind',
    says: 'It threw Error: no where a server of its kind had answered as it should'
  },
  {
    what: 'holds its secret in a typed array',
    setup: holding(known => ({ key: new Uint8Array(codesOf(known)) })),
    refusedBy: silent,
    says: 'A secret can be read in .key of the mechanism'
  },
  {
    what: 'holds its secret in a wide typed array',
    setup: holding(known => ({ key: new Uint16Array(codesOf(known)) })),
    refusedBy: silent,
    says: 'A secret can be read in .key of the mechanism'
  },
  {
    what: 'holds its secret far inside a buffer',
    setup: holding(known => ({ message: Buffer.concat([Buffer.alloc(200), Buffer.from(known)]) })),
    refusedBy: silent,
    says: 'A secret can be read in .message of the mechanism'
  },
  {
    what: 'holds its secret in a list of codes',
    setup: holding(known => ({ codes: codesOf(known) })),
    refusedBy: silent,
    says: 'A secret can be read in .codes of the mechanism'
  },
  {
    what: 'holds its secret in a map, in bytes',
    setup: holding(known => ({ users: new Map([['alice', { key: new Uint8Array(codesOf(known)) }]]) })),
    refusedBy: silent,
    says: 'A secret can be read in .users<alice>.key of the mechanism'
  },
  {
    what: 'holds its secret in memory that a view looks at',
    setup: holding(known => ({ view: new DataView(new Uint8Array([...Array(100).keys(), ...codesOf(known)]).buffer) })),
    refusedBy: silent,
    says: 'A secret can be read in .view of the mechanism'
  },
  {
    what: 'holds its secret together with the name, in base64',
    setup: holding(known => ({ header: `Basic ${Buffer.from(`alice:${known}`).toString('base64')}` })),
    refusedBy: silent,
    says: 'A secret can be read in .header of the mechanism'
  },
  {
    what: 'gives its secret by a property of its class',
    setup: setupOf(Accessible),
    refusedBy: silent,
    says: 'A secret can be read in .password of the mechanism'
  },
  {
    what: 'becomes JSON with its secret in it',
    setup: setupOf(Serializable),
    refusedBy: silent,
    says: 'A secret can be read in the JSON of the mechanism'
  },
  {
    what: 'holds its secret once it has run',
    setup: setupOf(Remembering),
    refusedBy: silent,
    says: 'A secret can be read in .latest of the mechanism after an exchange'
  },
  {
    what: 'fails with an error that holds its secret',
    setup: setupOf(Telling),
    refusedBy: silent,
    says: 'A secret can be read in .known of the error'
  },
  {
    what: "is content with the beginning of the server's proof",
    setup: setupOf(Abbreviating),
    refusedBy: 'fails on answers that make no sense',
    says: 'was taken for good'
  },
  {
    what: 'gives up without an error',
    setup: setupOf(Shrugging),
    refusedBy: 'fails on answers that make no sense',
    says: 'was taken for good'
  },
  {
    what: 'does not hear that it was refused',
    setup: { ...setupOf(Deaf), server: () => new Server(secret, false, Buffer.from('no')) },
    refusedBy: 'is not accepted with wrong credentials',
    says: 'It returned, which means success, though the server had refused its credentials'
  },
  {
    what: 'goes on after it has failed',
    setup: setupOf(Unstoppable),
    refusedBy: trusted,
    says: 'It has another message after it has failed'
  }
]

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

  for (const { what, setup, refusedBy, says } of broken) {
    it(`${refusedBy}: refuses a mechanism that ${what}`, async () => {
      const cases = saslCompliance.filter(({ name }) => name === refusedBy)
      expect(await failures(cases, setup)).toEqual({ [refusedBy]: expect.stringContaining(says) })
    })
  }
})
