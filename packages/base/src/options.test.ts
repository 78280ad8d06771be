import { EventEmitter } from 'node:events'
import type { KafkaError, SaslMechanism } from '@sluice/core'
import { ManualClock } from '@sluice/testing'
import { ConnectionPool } from '@sluice/connection'
import { describe, expect, test } from 'vitest'
import { baseOptionTable, baseSettings, checkBaseOptions, ownPoolOptions, type BaseOptions } from './options.ts'
import { saslMechanism, type SaslCredentials } from './sasl-option.ts'

const required = { bootstrapBrokers: ['kafka'] }

/** What is wrong with these options; null if nothing is. */
function refusal(options: object): KafkaError | null {
  try {
    checkBaseOptions(options as BaseOptions, baseOptionTable)
    return null
  } catch (error) {
    return error as KafkaError
  }
}

const pool = { acquire() {}, peek() {}, updateBrokers() {}, connections() {} }
const transport = { connect() {} }
const mechanism: SaslMechanism = { name: 'X', async *authenticate() {} }

/** For each option: values that are refused, values that are taken. */
const cases: Readonly<Record<keyof BaseOptions, readonly [wrong: readonly unknown[], right: readonly unknown[]]>> = {
  bootstrapBrokers: [
    ['kafka:9092', [], [''], [{ host: 'a' }], null, 7],
    [['a', 'b:1', { host: 'c', port: 2 }], () => ['a']]
  ],
  clientId: [
    [7, null],
    ['me', '']
  ],
  timeout: [[0, -1, '5', Number.NaN, null], [5_000]],
  requestTimeout: [[0, '30', Number.NaN, Infinity], [5_000]],
  connectTimeout: [[0, '30', null], [5_000]],
  retries: [
    [-1, 1.5, 'yes', null],
    [0, 7, true, false]
  ],
  retryDelay: [
    [-1, '9', null],
    [0, 100, () => 7]
  ],
  metadataMaxAge: [[0, -1, '9'], [60_000]],
  autocreateTopics: [
    [1, 'true', null],
    [true, false]
  ],
  strict: [
    [1, null],
    [true, false]
  ],
  maxResponseSize: [[0, 1.5, '9'], [1_048_576]],
  maxInflights: [
    [0, 1.5, '5'],
    [1, 100]
  ],
  idleTimeout: [[0, '9'], [1_000]],
  mapAddress: [[{}, 'a'], [() => ({ host: 'a', port: 1 })]],
  tls: [
    ['yes', 7],
    [true, {}, () => ({})]
  ],
  ssl: [
    ['yes', 7],
    [true, {}, () => ({})]
  ],
  tlsServerName: [[true, '', 7], []],
  sasl: [
    [{}, 'PLAIN', { name: 'X' }, { mechanism: 'GSSAPI', username: 'u', password: 'p' }],
    [
      mechanism,
      { mechanism: 'PLAIN', username: 'u', password: 'p' },
      { mechanism: 'SCRAM-SHA-256', username: 'u', password: () => 'p' },
      { mechanism: 'SCRAM-SHA-512', username: 'u', password: async () => 'p' },
      { mechanism: 'OAUTHBEARER', token: 't' }
    ]
  ],
  transport: [[{}, 'tcp', () => {}], [transport]],
  clock: [[{}, Date], [new ManualClock()]],
  random: [[0.5, {}], [() => 0.5]],
  observer: [
    [7, { onRequest: 'x' }, [{ onRequest: 'x' }]],
    [{}, { onRequest() {} }, [], [{}, { onBatch() {} }]]
  ],
  connections: [[{}, 7, null], [pool]],
  context: [[], [null, 7, {}]]
}

describe('options', () => {
  test('every option of the table has its cases', () => {
    expect(Object.keys(cases).toSorted()).toEqual(Object.keys(baseOptionTable).toSorted())
  })

  for (const [name, [wrong, right]] of Object.entries(cases)) {
    for (const [index, value] of wrong.entries()) {
      test(`${name}: wrong value ${index + 1} is refused by name`, () => {
        const error = refusal({ ...required, [name]: value })
        expect(error).toMatchObject({
          code: 'KAFKA_INVALID_ARGUMENT',
          message: expect.stringMatching(new RegExp(`^${name}(\\[\\d+\\])?(\\.\\w+)? must be`))
        })
      })
    }
    for (const [index, value] of right.entries()) {
      test(`${name}: right value ${index + 1} is taken`, () => {
        expect(refusal({ ...required, [name]: value })).toBeNull()
      })
    }
  }

  test.each([
    [
      { bootstrapBrokers: ['a', 'kafka://x:9092'] },
      /^bootstrapBrokers\[1\] must be 'host:port'.*, not "kafka:\/\/x:9092"$/
    ],
    [{ bootstrapBrokers: [[]] }, /^bootstrapBrokers\[0\] must be .*{ host, port }.*, not an empty array$/],
    [{ bootstrapBrokers: [] }, /^bootstrapBrokers must be a list of at least one broker.*, not an empty array$/],
    [{ observer: [{}, 7] }, /^observer\[1\] must be an observer.*, not 7$/]
  ])('of a list the wrong element is named: %j', (options, message) => {
    expect(refusal({ ...required, ...options })!.message).toMatch(message)
  })

  const port = 'a whole number from 1 to 65,535'
  const mechanisms = '"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"'
  const user = { username: 'u', password: 'hunter2' }

  test.each<[options: object, message: string]>([
    [{ bootstrapBrokers: ['a', { host: 'a' }] }, `bootstrapBrokers[1].port must be ${port}, not undefined`],
    [{ bootstrapBrokers: [{ host: 'a', port: '9092' }] }, `bootstrapBrokers[0].port must be ${port}, not "9092"`],
    [{ bootstrapBrokers: [{ host: '', port: 1 }] }, 'bootstrapBrokers[0].host must be a host name, not ""'],
    [{ bootstrapBrokers: [{ hots: 'a', port: 1 }] }, 'bootstrapBrokers[0].host must be a host name, not undefined'],
    [{ observer: { onBatch: true } }, 'observer.onBatch must be a function that is told of it, not true'],
    [{ observer: [{}, { onBatch: null }] }, 'observer[1].onBatch must be a function that is told of it, not null'],
    [{ observer: { onbatch() {} } }, 'There is no option observer.onbatch: did you mean observer.onBatch?'],
    [{ observer: [{ onBatches() {} }] }, 'There is no option observer[0].onBatches: did you mean observer[0].onBatch?'],
    [{ observer: { onSend() {} } }, 'There is no option observer.onSend'],
    [
      {
        observer: new (class {
          onbatch(): void {}
        })()
      },
      'There is no option observer.onbatch: did you mean observer.onBatch?'
    ],
    [{ transport: { connect() {}, resolve: null } }, 'transport.resolve must be a function, not null'],
    [{ sasl: { mechanism: 'plain', ...user } }, `sasl.mechanism must be one of ${mechanisms}, not "plain"`],
    [{ sasl: user }, `sasl.mechanism must be one of ${mechanisms}, not undefined`],
    [{ sasl: { token: 'hunter2' } }, `sasl.mechanism must be one of ${mechanisms}, not undefined`],
    [
      { sasl: { mechanism: 'PLAIN', username: 'u', pasword: 'hunter2' } },
      'There is no option sasl.pasword: did you mean sasl.password?'
    ],
    [
      { sasl: { mechanism: 'SCRAM-SHA-512', ...user, saslPrep: true } },
      'There is no option sasl.saslPrep: did you mean sasl.saslprep?'
    ],
    [{ sasl: { mechanism: 'PLAIN', ...user, saslprep: true } }, 'There is no option sasl.saslprep'],
    [{ sasl: { mechanism: 'OAUTHBEARER', tokens: 't' } }, 'There is no option sasl.tokens: did you mean sasl.token?'],
    [{ sasl: { name: 'X' } }, 'sasl.authenticate must be a function, not undefined'],
    [{ sasl: { name: 7, async *authenticate() {} } }, 'sasl.name must be a string, not a number']
  ])('of an object the wrong member is named: %j', (options, message) => {
    expect(refusal({ ...required, ...options })!.message).toBe(message)
  })

  test('an observer may be more than that', () => {
    class Counting extends EventEmitter {
      batches = 0
      online = true
      onBatch(): void {
        this.batches++
      }
    }
    const counting = { batches: 0, onBatch() {}, batch() {}, onRetry: undefined }
    for (const observer of [new Counting(), counting, [counting, Object.create(null)]])
      expect(refusal({ ...required, observer })).toBeNull()
  })

  test('undefined is the same as absent', () => {
    const undefinedOnes = Object.fromEntries(Object.keys(baseOptionTable).map(name => [name, undefined]))
    expect(refusal({ ...undefinedOnes, ...required })).toBeNull()
    expect(refusal({})).toMatchObject({ message: expect.stringContaining('bootstrapBrokers is required') })
  })

  test('an unknown name is refused with the nearest known one', () => {
    const error = refusal({ ...required, bootstrapBroker: ['a'] })
    expect(error).toMatchObject({
      code: 'KAFKA_INVALID_ARGUMENT',
      message: expect.stringContaining('bootstrapBrokers?')
    })
  })

  test('names that a class above adds are known', () => {
    const table = { ...baseOptionTable, linger: { must: 'zero', holds: (value: unknown) => value === 0 } }
    const check = (options: object) => () => checkBaseOptions(options as BaseOptions, table)
    expect(check({ ...required, linger: 0 })).not.toThrow()
    expect(check({ ...required, linger: 1 })).toThrow('linger must be zero, not 1')
    expect(check({ ...required, lingr: 0 })).toThrow('linger?')
  })

  test('no secret is shown', () => {
    const secrets = ['sasl', 'tls', 'ssl']
    for (const name of secrets) expect(refusal({ ...required, [name]: 'hunter2' })!.message).not.toContain('hunter2')
    const sasl = { mechanism: 'NONE', username: 'u', password: 'hunter2' }
    expect(refusal({ ...required, sasl })!.message).not.toContain('hunter2')
  })

  test('a pool and what pools are made with exclude each other', () => {
    const error = refusal({ ...required, connections: pool, clientId: 'me', tls: true })
    expect(error!.message).toMatch(/^clientId, tls cannot be given together with connections/)
    expect(refusal({ ...required, connections: pool, context: 7, retries: 3 })).toBeNull()
  })

  test('a transport and tls exclude each other, and the error says what to write', () => {
    expect(refusal({ ...required, transport, tls: true })!.message).toContain('duplex(open)')
  })
})

describe('options > sasl', () => {
  test.each([
    [{ mechanism: 'PLAIN', username: 'u', password: 'p' }],
    [{ mechanism: 'SCRAM-SHA-256', username: 'u', password: () => 'p' }],
    [{ mechanism: 'SCRAM-SHA-512', username: 'u', password: async () => 'p', saslprep: true }],
    [{ mechanism: 'OAUTHBEARER', token: 't' }]
  ] as [SaslCredentials][])('%j is the mechanism that it names', credentials => {
    expect(saslMechanism(credentials).name).toBe(credentials.mechanism)
  })

  test('what is wrong with credentials is said by name, without the value', () => {
    const wrong: object = { mechanism: 'PLAIN', username: 'u', password: ['hunter2'] }
    // What JavaScript may give.
    expect(() => saslMechanism(wrong as SaslCredentials)).toThrow(/^sasl\.password must be a string/)
  })

  test('a mechanism is used as it is', () => {
    expect(saslMechanism(mechanism)).toBe(mechanism)
  })
})

describe('options > settings', () => {
  const settings = (options: Partial<BaseOptions>): ReturnType<typeof baseSettings> => {
    const whole = { ...required, ...options }
    const connections = whole.connections ?? new ConnectionPool(ownPoolOptions(whole))
    return baseSettings(whole, connections.settings, () => 0.5)
  }

  test('defaults', () => {
    expect(settings({})).toMatchObject({
      clientId: 'sluice',
      timeoutMs: 29_000,
      requestTimeoutMs: 30_000,
      connectTimeoutMs: 10_000,
      retries: Infinity,
      metadataMaxAgeMs: 300_000,
      autocreateTopics: false,
      strict: false,
      maxInflights: 5
    })
  })

  test('the broker’s time ends a second before ours', () => {
    expect(settings({ requestTimeout: 10_000 }).timeoutMs).toBe(9_000)
    expect(settings({ requestTimeout: 10_000, timeout: 9_000 }).timeoutMs).toBe(9_000)
    expect(() => settings({ requestTimeout: 10_000, timeout: 9_001 })).toThrow(
      /timeout \(9001\) must be at most requestTimeout/
    )
    expect(settings({ requestTimeout: 500 }).timeoutMs).toBe(1_000)
  })

  test.each([
    [true, Infinity],
    [false, 0],
    [0, 0],
    [4, 4]
  ])('retries %s', (retries, expected) => {
    expect(settings({ retries }).retries).toBe(expected)
  })

  test('of a pool that is given, the pool’s', () => {
    const connections = new ConnectionPool({
      clientId: 'shared',
      requestTimeout: 7_000,
      connectTimeout: 2_000,
      maxInflights: 1
    })
    const facts = { clientId: 'shared', requestTimeoutMs: 7_000, connectTimeoutMs: 2_000, maxInflights: 1 }
    expect(settings({ connections })).toMatchObject({ ...facts, timeoutMs: 6_000 })
  })
})

// Story: the options come from a class, whose accessor says that TLS is to be used. It was judged, and then not copied: the
// password went over the network as it was.
test('options that a class gives, or that are inherited, are used as they were judged', () => {
  class Config {
    readonly bootstrapBrokers = ['x:1']
    get tls(): true {
      return true
    }
    get clientId(): string {
      return 'mine'
    }
  }
  expect(ownPoolOptions(new Config())).toMatchObject({ tls: true, clientId: 'mine' })
  expect(ownPoolOptions(Object.create(new Config()) as Config)).toMatchObject({ tls: true, clientId: 'mine' })
})
