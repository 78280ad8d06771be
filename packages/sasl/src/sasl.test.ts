// Unit tests of the mechanisms against servers that follow the RFCs by themselves.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { inspect } from 'node:util'
import { InvalidArgumentError, isKafkaError, type KafkaError, type SaslMechanism } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { oauthBearer, plain, scramSha256, scramSha512 } from './index.ts'
import { scram, sha256 } from './scram.ts'

const broker = { host: 'kafka-1', port: 9093 }

type Server = (message: string, round: number) => string | Uint8Array

interface Exchange {
  readonly sent: string[]
  readonly error: KafkaError | null
}

/** Plays both sides; the error is what the mechanism threw. */
async function play(mechanism: SaslMechanism, server: Server): Promise<Exchange> {
  const messages = mechanism.authenticate(broker, { signal: new AbortController().signal })
  const sent: string[] = []
  try {
    let step = await messages.next()
    for (let round = 0; step.done !== true; round++) {
      const text = Buffer.from(step.value).toString()
      sent.push(text)
      // oxlint-disable-next-line no-await-in-loop -- one message answers another
      step = await messages.next(Buffer.from(server(text, round)))
    }
    return { sent, error: null }
  } catch (thrown) {
    if (!isKafkaError(thrown)) throw thrown
    return { sent, error: thrown }
  }
}

const silent: Server = () => ''

interface ScramServerOptions {
  readonly hash: 'sha256' | 'sha512'
  readonly password: string
  readonly iterations?: number
  readonly nonce?: (client: string) => string
  /** What the server's signature is made with, if not the password. */
  readonly signsWith?: string
}

/** Follows RFC 5802 from the server's side. */
function scramServer(options: ScramServerOptions): { answer: Server; accepted: () => boolean; name: () => string } {
  const { hash, password, iterations = 4096, nonce = client => `${client}server` } = options
  const salt = Buffer.from('0123456789abcdef')
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
  const saltedWith = (secret: string): Buffer =>
    pbkdf2Sync(secret, salt, iterations, createHash(hash).digest().length, hash)
  let bare = ''
  let first = ''
  let name = ''
  let accepted = false
  const answer: Server = (message, round) => {
    if (round === 0) {
      bare = message.slice('n,,'.length)
      name = /^n=([^,]*)/.exec(bare)![1]!
      first = `r=${nonce(/r=([^,]+)/.exec(bare)![1]!)},s=${salt.toString('base64')},i=${iterations}`
      return first
    }
    const [unproved, proof] = message.split(',p=') as [string, string]
    const signed = `${bare},${first},${unproved}`
    const salted = saltedWith(password)
    const storedKey = createHash(hash).update(hmac(salted, 'Client Key')).digest()
    const signature = hmac(storedKey, signed)
    const clientKey = Buffer.from(proof, 'base64').map((byte, at) => byte ^ signature[at]!)
    accepted = createHash(hash).update(clientKey).digest().equals(storedKey)
    const serverKey = hmac(saltedWith(options.signsWith ?? password), 'Server Key')
    return accepted ? `v=${hmac(serverKey, signed).toString('base64')}` : 'e=invalid-proof'
  }
  return { answer, accepted: () => accepted, name: () => name }
}

describe('plain', () => {
  test('sends name and password between zero bytes', async () => {
    const { sent, error } = await play(plain({ username: 'alice', password: 'sécret' }), silent)
    expect(sent).toEqual(['\0alice\0sécret'])
    expect(error).toBeNull()
  })

  test('asks functions anew for each connection', async () => {
    let asked = 0
    const mechanism = plain({ username: 'alice', password: async () => `secret${++asked}` })
    const first = await play(mechanism, silent)
    const second = await play(mechanism, silent)
    expect([...first.sent, ...second.sent]).toEqual(['\0alice\0secret1', '\0alice\0secret2'])
  })

  test('takes both from one function, so that they change together', async () => {
    const { sent } = await play(
      plain(({ host }) => ({ username: `user-of-${host}`, password: 'pw' })),
      silent
    )
    expect(sent).toEqual(['\0user-of-kafka-1\0pw'])
  })

  test('does not notice changes to the object it was given', async () => {
    const credentials = { username: 'alice', password: 'one' }
    const mechanism = plain(credentials)
    credentials.password = 'two'
    expect((await play(mechanism, silent)).sent).toEqual(['\0alice\0one'])
  })

  test('refuses a zero byte, which would move the border between name and password', async () => {
    const { sent, error } = await play(plain({ username: 'alice\0root', password: 'secret' }), silent)
    expect(sent).toEqual([])
    expect(error?.code).toBe('KAFKA_AUTHENTICATION')
  })
})

describe('scram', () => {
  test('gives the messages of the example in RFC 7677', async () => {
    const mechanism = scram(sha256, { username: 'user', password: 'pencil' }, {}, () => 'rOprNGfwEbeRWgbNEkqO')
    const { sent, error } = await play(mechanism, (_message, round) =>
      round === 0
        ? 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
        : 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='
    )
    expect(error).toBeNull()
    expect(sent).toEqual([
      'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
    ])
  })

  test.each([
    ['SCRAM-SHA-256', 'sha256', scramSha256],
    ['SCRAM-SHA-512', 'sha512', scramSha512]
  ] as const)('%s is accepted by a server that knows the password', async (name, hash, make) => {
    const server = scramServer({ hash, password: 'sécret' })
    const mechanism = make({ username: 'alice', password: () => 'sécret' })
    const { error } = await play(mechanism, server.answer)
    expect({ name: mechanism.name, error, accepted: server.accepted() }).toEqual({ name, error: null, accepted: true })
  })

  test('escapes commas and equals signs in names', async () => {
    const server = scramServer({ hash: 'sha256', password: 'x' })
    await play(scramSha256({ username: 'a=b,c', password: 'x' }), server.answer)
    expect(server.name()).toBe('a=3Db=2Cc')
  })

  test('uses another nonce each time', async () => {
    const mechanism = scramSha256({ username: 'alice', password: 'x' })
    const one = await play(mechanism, scramServer({ hash: 'sha256', password: 'x' }).answer)
    const two = await play(mechanism, scramServer({ hash: 'sha256', password: 'x' }).answer)
    expect(one.sent[0]).not.toBe(two.sent[0])
  })

  test('takes the password as it is, as Apache Kafka does, unless told to prepare it', async () => {
    const typed = 'I\u00adX'
    const raw = scramServer({ hash: 'sha256', password: typed })
    await play(scramSha256({ username: 'alice', password: typed }), raw.answer)
    const prepared = scramServer({ hash: 'sha256', password: 'IX' })
    await play(scramSha256({ username: 'alice', password: typed }, { saslprep: true }), prepared.answer)
    expect([raw.accepted(), prepared.accepted()]).toEqual([true, true])
  })

  test.each([
    ['a server that does not know the password', { signsWith: 'guess' }, /could not prove/],
    ['a nonce that is not a continuation', { nonce: () => 'another' }, /nonce/],
    ['a nonce that was not continued', { nonce: (client: string) => client }, /nonce/],
    ['too few iterations', { iterations: 1000 }, /1000 iterations/],
    ['so many iterations that they would block', { iterations: 2_000_000 }, /2000000 iterations/]
  ])('is not fooled by %s', async (_what, options, message) => {
    const server = scramServer({ hash: 'sha256', password: 'secret', ...options })
    const answer: Server = (text, round) => server.answer(text, round)
    const { error } = await play(scramSha256({ username: 'alice', password: 'secret' }), answer)
    expect(error?.code).toBe('KAFKA_AUTHENTICATION')
    expect(error?.message).toMatch(message)
  })

  test('what a server says in its own words is one line, and never the password', async () => {
    const refusalBy = async (words: string): Promise<string> => {
      const { error } = await play(scramSha256({ username: 'alice', password: 'hunter2' }), () => `e=${words}`)
      return inspect(error)
    }
    expect(await refusalBy(`unknown\nERROR forged ${'x'.repeat(9000)}`)).toMatch(/unknown ERROR forged x{200,300}…\)/)
    expect(await refusalBy('not hunter2')).toMatch(/refused \(.*it repeats the credentials\)/)
    expect(await refusalBy('not hunter2')).not.toContain('hunter2')
  })

  test.each(['', 'nonsense', 'm=ext,r=x,s=eA==,i=4096', 'e=unknown-user', '\0'.repeat(100), 'v='])(
    'fails on %j in place of each answer',
    async nonsense => {
      for (const bad of [0, 1]) {
        const server = scramServer({ hash: 'sha256', password: 'secret' })
        // oxlint-disable-next-line no-await-in-loop -- one exchange after another
        const { error } = await play(scramSha256({ username: 'alice', password: 'secret' }), (message, round) =>
          round === bad ? nonsense : server.answer(message, round)
        )
        expect(error?.code).toBe('KAFKA_AUTHENTICATION')
      }
    }
  )
})

describe('oauthBearer', () => {
  test('sends the token and the extensions', async () => {
    const mechanism = oauthBearer({
      token: async () => 'abc.def-1',
      extensions: { logicalCluster: 'lkc-1', pool: 'p' }
    })
    const { sent, error } = await play(mechanism, silent)
    expect(error).toBeNull()
    expect(sent).toEqual(['n,,\u0001auth=Bearer abc.def-1\u0001logicalCluster=lkc-1\u0001pool=p\u0001\u0001'])
  })

  test('ends the exchange as the broker wants it when it refuses the token', async () => {
    const refusal = '{"status":"invalid_token","openid-configuration":"https://example"}'
    const { sent, error } = await play(oauthBearer({ token: 'tokentoken' }), (_message, round) =>
      round === 0 ? refusal : ''
    )
    expect(sent[1]).toBe('\u0001')
    expect(error?.code).toBe('KAFKA_AUTHENTICATION')
    expect(error?.message).toContain('invalid_token')
  })

  test.each([
    ['no text', ''],
    ['a line break', 'abc\ndef'],
    ['the separator', 'abc\u0001user=root']
  ])('sends nothing when the function gives a token with %s', async (_what, token) => {
    const { sent, error } = await play(oauthBearer({ token: () => token }), silent)
    expect(sent).toEqual([])
    expect(error?.code).toBe('KAFKA_AUTHENTICATION')
  })

  test.each([{ auth: 'x' }, { 'not letters': 'x' }, { ok: 'a\u0001b' }])('refuses the extensions %j', extensions => {
    expect(() => oauthBearer({ token: 'x', extensions })).toThrow(/extension/)
  })
})

describe('what is not given as it must be is refused by name, without its value', () => {
  const user = { username: 'alice', password: 'hunter2' }

  test.each<[what: string, make: (given: never) => unknown, given: unknown, message: string]>([
    ['user', plain, null, 'sasl needs { username, password }, or a function that gives them'],
    [
      'password',
      plain,
      { username: 'a', pasword: 'hunter2' },
      'sasl.password must be a string, or a function that gives one, not undefined'
    ],
    [
      'extensions',
      oauthBearer,
      { token: 'x', extensions: null },
      'sasl.extensions must be an object, or a function that gives one, not null'
    ],
    [
      'extensions',
      oauthBearer,
      { token: 'x', extensions: 'hunter2' },
      'sasl.extensions must be an object, or a function that gives one, not string'
    ],
    [
      'saslprep',
      options => scramSha256(user, options),
      { saslprep: 'hunter2' },
      'sasl.saslprep must be true or false, not string'
    ],
    [
      'saslprep',
      options => scramSha256(user, options),
      { saslPrep: true },
      'There is no option saslPrep of SCRAM-SHA-256: it has saslprep'
    ],
    [
      'options',
      options => scramSha512(user, options),
      null,
      'The options of SCRAM-SHA-512 must be an object, not null'
    ],
    [
      'options',
      options => scramSha512(user, options),
      true,
      'The options of SCRAM-SHA-512 must be an object, not boolean'
    ]
  ])('%s (case %#)', (_what, make, given, message) => {
    expect(() => make(given as never)).toThrow(new InvalidArgumentError(message))
  })
})

describe('every mechanism', () => {
  const password = 'hunter2-hunter2'
  const all = {
    plain: plain({ username: 'alice', password }),
    scramSha256: scramSha256({ username: 'alice', password }),
    scramSha512: scramSha512({ username: 'alice', password }),
    oauthBearer: oauthBearer({ token: password })
  }

  test.each(Object.entries(all))('%s shows no secret', async (_name, mechanism) => {
    const { error } = await play(mechanism, () => 'e=nonsense')
    const shown = [mechanism, error].map(value => inspect(value, { showHidden: true, depth: Infinity }))
    expect(shown.join()).not.toContain(password)
  })

  test.each([
    ['plain', () => plain({ username: 'alice', password: '' })],
    ['scramSha256', () => scramSha256({ username: '', password })],
    // @ts-expect-error a user of JavaScript may forget it
    ['scramSha512', () => scramSha512({ username: 'alice' })],
    // @ts-expect-error a user of JavaScript may give anything
    ['oauthBearer', () => oauthBearer({ token: 12_345_678 })]
  ])('%s refuses credentials that cannot be right, without showing them', (_name, make) => {
    let refused: unknown
    try {
      make()
    } catch (thrown) {
      refused = thrown
    }
    expect(isKafkaError(refused, 'KAFKA_INVALID_ARGUMENT')).toBe(true)
    expect(String(refused)).not.toMatch(/hunter2|12345678/)
  })

  test('credentials are read once: what was checked is what is used', async () => {
    let reads = 0
    const shifting = {
      username: 'alice',
      get password() {
        return reads++ === 0 ? 'checked' : ''
      }
    }
    expect((await play(plain(shifting), silent)).sent).toEqual(['\0alice\0checked'])
  })

  test('a function of the user that throws is the cause', async () => {
    const failure = new Error('vault is sealed')
    const mechanism = scramSha256({
      username: 'alice',
      password: () => {
        throw failure
      }
    })
    await expect(play(mechanism, silent)).rejects.toBe(failure)
  })
})
