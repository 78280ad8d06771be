// For each option and each field of a message a wrong value and its error; after each the producer still works.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConnectionPool, gzip, isKafkaError, Producer, stringSerializers } from '@sluice/producer'
import { errorOf, failureOf, Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await Stage.set()
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

// What follows is wrong on purpose, and so is outside the types.
type Wrong = Record<string, unknown>

/** Option, wrong value, what its error says. */
const constructorTable: readonly (readonly [option: string, value: unknown, message: string])[] = [
  ['clientId', 7, 'clientId must be a string of at most 32,767 bytes, not 7'],
  [
    'bootstrapBrokers',
    'localhost',
    "bootstrapBrokers must be a list of at least one broker, each 'host:port', 'host' or { host, port }"
  ],
  ['bootstrapBrokers', [], 'bootstrapBrokers must be'],
  ['bootstrapBrokers', ['host:port'], "bootstrapBrokers[0] must be 'host:port', 'host' or { host, port }"],
  ['timeout', -1, 'timeout must be a number of milliseconds'],
  ['timeout', 30_000, 'timeout (30000) must be at most requestTimeout (30000) - 1000'],
  ['requestTimeout', 0, 'requestTimeout must be a number of milliseconds'],
  ['connectTimeout', '10s', 'connectTimeout must be a number of milliseconds from 1 to 2,147,483,647, not "10s"'],
  ['retries', -1, 'retries must be true or false or a whole number'],
  ['retryDelay', 'fast', 'retryDelay must be'],
  ['metadataMaxAge', Number.NaN, 'metadataMaxAge must be a number of milliseconds'],
  ['autocreateTopics', 'yes', 'autocreateTopics must be true or false, not "yes"'],
  ['strict', 1, 'strict must be true or false, not 1'],
  ['maxResponseSize', 1.5, 'maxResponseSize must be a whole number of bytes'],
  ['maxInflights', 0, 'maxInflights must be a whole number at least 1, not 0'],
  ['maxInflights', 6, 'maxInflights (6) must be at most 5 with idempotent'],
  ['idleTimeout', 0, 'idleTimeout must be'],
  ['mapAddress', 'x', 'mapAddress must be a function'],
  ['tls', 'on', 'tls must be true, false, an object of node:tls options, or a function that gives one, not a string'],
  ['tlsServerName', 5, 'tlsServerName must be'],
  [
    'sasl',
    { mechanism: 'NTLM' },
    'sasl.mechanism must be one of "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"'
  ],
  ['sasl', { mechanism: 'PLAIN', username: 'u' }, 'sasl.password must be a string, or a function that gives one'],
  ['sasl', { password: 'p' }, 'sasl.mechanism must be one of'],
  ['sasl', 'PLAIN', 'sasl must be'],
  ['transport', {}, 'transport must be'],
  ['clock', {}, 'clock must be'],
  ['random', 0.5, 'random must be a function'],
  ['observer', [{ onBatch: true }], 'observer[0].onBatch must be a function that is told of it, not true'],
  ['observer', { onbatch: () => {} }, 'There is no option observer.onbatch: did you mean observer.onBatch?'],
  ['observer', () => {}, 'observer must be an observer (an object of functions) or a list in which each is'],
  ['connections', {}, 'connections must be a ConnectionPool'],
  ['producerId', 5, 'producerId must be a bigint'],
  ['producerId', 5n, 'producerId was given without producerEpoch'],
  ['producerEpoch', 40_000, 'producerEpoch must be a whole number from 0 to 32,767, not 40000'],
  ['producerEpoch', 3, 'producerEpoch was given without producerId'],
  ['idempotent', 'no', 'idempotent must be true or false'],
  ['acks', 2, 'acks must be one of -1, 0, 1, not 2'],
  ['compression', 'brotli', 'compression "brotli" has no codec'],
  ['compression', 'zstd', 'install @sluice/compression-zstd'],
  ['compression', {}, 'compression must be'],
  ['codecs', gzip(), 'codecs must be a list in which each is a codec'],
  ['codecs', [{ id: 9 }], 'codecs[0] must be a codec (an object with id, name, compress, decompress), not an object'],
  [
    'codecs',
    [gzip(), gzip],
    'codecs[1] must be a codec (an object with id, name, compress, decompress), not a function'
  ],
  [
    'codecs',
    [{ id: 1, name: 'gzip', compress: () => 0, decompress: () => 0, compressIntoLater: null }],
    'codecs[0] must be a codec'
  ],
  ['partitioner', 3, 'partitioner must be'],
  ['repeatOnStaleMetadata', 0, 'repeatOnStaleMetadata must be true or false'],
  ['serializers', String, 'serializers must be an object of functions: key, value, headerKey, headerValue'],
  ['serializers', { vaule: String }, 'There is no option serializers.vaule: did you mean serializers.value?'],
  ['serializers', { key: 'utf8' }, 'serializers.key must be a function that gives bytes or a string, not "utf8"'],
  ['interceptors', [{}], 'interceptors[0] must be an interceptor (an object with onSend), not an object'],
  ['linger', -5, 'linger must be a number of milliseconds'],
  ['batchSize', 0, 'batchSize must be a whole number of bytes'],
  ['maxRequestSize', 10, 'maxRequestSize must be a whole number of bytes from 1,024'],
  ['bufferMemory', 100, 'bufferMemory must be a whole number of bytes at least 4,096, not 100'],
  ['bufferTimeout', 'x', 'bufferTimeout must be'],
  ['maxWaiting', -1, 'maxWaiting must be'],
  ['deliveryTimeout', 0, 'deliveryTimeout must be'],
  ['deliveryTimeout', Number.NaN, 'deliveryTimeout must be a number of milliseconds from 1 to 2,147,483,647, not NaN'],
  ['retryUncertain', 'x', 'retryUncertain must be'],
  ['trustBaseOffset', 'x', 'trustBaseOffset must be'],
  ['dataLossPolicy', 'ignore', 'dataLossPolicy must be one of "continue", "fail", not "ignore"'],
  ['topicRecreatedPolicy', null, 'topicRecreatedPolicy must be'],
  ['batchsize', 100, 'There is no option batchsize: did you mean batchSize?'],
  ['brokers', ['x'], 'There is no option brokers']
]

function construct(options: Wrong): unknown {
  try {
    return new Producer({
      ...stage.cluster.clientOptions(),
      serializers: stringSerializers,
      ...options
    })
  } catch (error) {
    return error
  }
}

async function sendOne(): Promise<void> {
  const result = await stage.during(stage.producer.send({ messages: [{ topic: 'orders', value: 'fine' }] }))
  expect(result.offsets).toHaveLength(1)
}

describe('constructor options', () => {
  test.each(constructorTable)('%s: %o', (option, value, message) => {
    // A clock or a transport that is wrong must not be hidden by the cluster's own.
    const error = construct({ [option]: value })
    if (!isKafkaError(error, 'KAFKA_INVALID_ARGUMENT')) throw new Error(`${option} was taken`)
    expect(error.message).toContain(message)
  })

  test('options that do not go together', () => {
    const wrong = [
      [{ idempotent: true, acks: 1 }, 'idempotent needs acks ProduceAcks.ALL'],
      [
        { deliveryTimeout: 1_000, requestTimeout: 2_000 },
        'deliveryTimeout (1000) must be at least linger (0) + requestTimeout (2000)'
      ],
      [
        { deliveryTimeout: 1_000, linger: 1_000 },
        'deliveryTimeout (1000) must be at least 1 more than linger (1000): no time is left for a request'
      ],
      [{ deliveryTimeout: 1_000, linger: Number.NaN }, 'linger must be a number of milliseconds'],
      [{ tls: true }, 'transport cannot be given together with tls']
    ] as const
    for (const [options, message] of wrong)
      expect(construct(options)).toMatchObject({
        code: 'KAFKA_INVALID_ARGUMENT',
        message: expect.stringContaining(message)
      })
  })

  test('an explicit undefined is the same as an absent option, and the object is left alone', () => {
    const options = Object.freeze({
      ...stage.cluster.clientOptions(),
      linger: undefined,
      acks: undefined,
      tls: undefined
    })
    expect(new Producer(options)).toBeInstanceOf(Producer)
  })
})

/** Options of one call, and what the refusal says. */
const callTable: readonly (readonly [options: Wrong, message: string])[] = [
  [{}, 'send.messages is required'],
  [{ messages: 'x' }, 'send.messages must be a list of messages'],
  [{ acks: 7 }, 'send.acks must be one of -1, 0, 1, not 7'],
  [{ compression: 'lz4' }, 'install @sluice/compression-lz4'],
  [{ codecs: [1] }, 'send.codecs[0] must be a codec (an object with id, name, compress, decompress), not 1'],
  [{ partitioner: 1 }, 'send.partitioner must be'],
  [{ idempotent: true, acks: 1 }, 'idempotent needs acks'],
  [{ producerId: 5n }, 'producerId was given without producerEpoch'],
  [{ producerId: 5n, producerEpoch: 0, idempotent: false }, 'producerId (5n) needs idempotent'],
  [{ producerId: 5n, producerEpoch: 0, acks: 1 }, 'producerId (5n) needs idempotent'],
  [{ producerEpoch: -1 }, 'send.producerEpoch must be'],
  [{ repeatOnStaleMetadata: 'x' }, 'send.repeatOnStaleMetadata must be'],
  [{ autocreateTopics: 'x' }, 'send.autocreateTopics must be'],
  [{ timeout: 29_500 }, 'timeout (29500) must be at most requestTimeout'],
  [{ deliveryTimeout: 0 }, 'send.deliveryTimeout must be a positive number of milliseconds up to 2,147,483,647, not 0'],
  [{ deliveryTimeout: 2 ** 31 }, 'send.deliveryTimeout must be a positive number of milliseconds'],
  [{ bufferTimeout: -1 }, 'send.bufferTimeout must be'],
  [{ strict: 'x' }, 'send.strict must be'],
  [{ signal: {} }, 'send.signal must be an AbortSignal'],
  [{ records: 1 }, 'send.records must be true or false'],
  [{ linger: 5 }, 'send.linger describes the producer and differs from what it was made with'],
  [{ serializers: stringSerializers }, 'send.serializers belong to the producer'],
  [{ message: [] }, 'There is no option send.message: did you mean send.messages?']
]

describe('options of one call', () => {
  test.each(callTable)('%o', async (options, message) => {
    const wrong =
      'messages' in options || Object.keys(options).length === 0
        ? options
        : { messages: [{ topic: 'orders', value: 'v' }], ...options }
    const sent = stage.producer.send(wrong as unknown as Parameters<typeof stage.producer.send>[0])
    const error = await stage.during(
      sent.then(
        () => null,
        (thrown: unknown) => thrown
      )
    )
    expect(error).toMatchObject({
      code: 'KAFKA_INVALID_ARGUMENT',
      outcome: 'not-persisted',
      message: expect.stringContaining(message)
    })
    await sendOne()
  })
})

test('an option of the client, named with the value that it has, is taken: given or by default', async () => {
  const { bootstrapBrokers } = stage.cluster.clientOptions()
  const sent = stage.producer.send({ linger: 0, batchSize: 262_144, messages: [{ topic: 'orders', value: 'v' }] })
  expect((await stage.during(sent)).offsets).toHaveLength(1)
  const other = stage.producer.send({ bootstrapBrokers, messages: [{ topic: 'orders', value: 'v' }] })
  await expect(stage.during(other)).rejects.toThrow('send.bootstrapBrokers describes the producer')
})

test('an option of the client that another one changed, named with its usual value, is refused', async () => {
  const message = { topic: 'orders', value: 'v' }
  const hasty = new Producer({ ...stage.cluster.clientOptions(), deliveryTimeout: 5_000 })
  const usual = hasty.send({ requestTimeout: 30_000, messages: [message] })
  await expect(stage.during(usual)).rejects.toThrow('send.requestTimeout describes the producer')
  await stage.during(hasty.send({ requestTimeout: 5_000, messages: [message] }))
  await stage.during(hasty.close())
})

test('what the pool of a client was made with may be named in a call', async () => {
  const { bootstrapBrokers, ...poolOptions } = stage.cluster.clientOptions()
  const pool = new ConnectionPool({ ...poolOptions, clientId: 'shared', requestTimeout: 7_000 })
  const producer = new Producer({ bootstrapBrokers, connections: pool })
  const messages = [{ topic: 'orders', value: 'v' }]
  await stage.during(producer.send({ clientId: 'shared', requestTimeout: 7_000, messages }))
  const other = producer.send({ clientId: 'sluice', messages })
  await expect(stage.during(other)).rejects.toThrow('send.clientId describes the producer')
  await stage.during(producer.close())
  await stage.during(pool.close())
})

test('an identity is refused where nothing would be written under it', async () => {
  const identity = { producerId: 5n, producerEpoch: 0 }
  const says =
    'producerId (5n) needs idempotent, and so acks ProduceAcks.ALL (-1): what is sent without is written under no identity'
  for (const plain of [{ idempotent: false }, { acks: 0 }, { acks: 1, idempotent: false }] as const) {
    expect(construct({ ...identity, ...plain })).toMatchObject({ code: 'KAFKA_INVALID_ARGUMENT', message: says })
    const producer = new Producer({ ...stage.cluster.clientOptions(), ...plain })
    const messages = [{ topic: 'orders', value: 'v' }]
    await expect(stage.during(producer.send({ ...identity, messages }))).rejects.toThrow(says)
    await expect(stage.during(producer.initIdempotentProducer(identity))).rejects.toThrow(says)
    const asked = await stage.during(producer.send({ ...identity, acks: -1, idempotent: true, messages }))
    expect(asked.offsets).toHaveLength(1)
    await stage.during(producer.close())
  }
})

test('a call may give itself less than a millisecond, which is enough here', async () => {
  const sent = stage.producer.send({ deliveryTimeout: 0.5, messages: [{ topic: 'orders', value: 'v' }] })
  expect((await stage.during(sent)).offsets).toHaveLength(1)
})

const good = { topic: 'orders', key: 'k', value: 'v' }

/** One message, the code of its failure, and what it says. */
const messageTable: readonly (readonly [message: unknown, code: string, text: string])[] = [
  [null, 'KAFKA_INVALID_ARGUMENT', 'A message is null, not an object'],
  ['text', 'KAFKA_INVALID_ARGUMENT', 'A message is "text", not an object'],
  [{ ...good, topic: undefined }, 'KAFKA_INVALID_ARGUMENT', 'topic of a message is undefined'],
  [{ ...good, topic: '' }, 'KAFKA_INVALID_ARGUMENT', 'topic of a message is ""'],
  [{ ...good, topic: 'no/slash' }, 'KAFKA_INVALID_ARGUMENT', 'no/slash'],
  [{ topic: 'orders', key: 'k' }, 'KAFKA_SERIALIZATION', 'has no value; null is a tombstone'],
  [{ ...good, value: 5 }, 'KAFKA_SERIALIZATION', 'value of a message for orders could not be serialized'],
  [{ ...good, key: {} }, 'KAFKA_SERIALIZATION', 'key of a message for orders could not be serialized'],
  [{ ...good, partition: 3 }, 'KAFKA_INVALID_ARGUMENT', 'partition 3 is not one of orders, which has 3: 0 to 2'],
  [{ ...good, partition: -1 }, 'KAFKA_INVALID_ARGUMENT', 'partition -1 is not one of orders'],
  [{ ...good, partition: '0' }, 'KAFKA_INVALID_ARGUMENT', 'partition "0" is not one of orders'],
  [{ ...good, timestamp: -1 }, 'KAFKA_SERIALIZATION', 'timestamp -1 is not a whole number of milliseconds'],
  [{ ...good, timestamp: 1.5 }, 'KAFKA_SERIALIZATION', 'timestamp 1.5'],
  [{ ...good, timestamp: 2n ** 63n }, 'KAFKA_SERIALIZATION', 'timestamp 9223372036854775808n'],
  [{ ...good, timestamp: null }, 'KAFKA_SERIALIZATION', 'timestamp null is not a whole number of milliseconds'],
  [{ ...good, timestamp: '5' }, 'KAFKA_SERIALIZATION', 'timestamp "5"'],
  [{ ...good, timestamp: true }, 'KAFKA_SERIALIZATION', 'timestamp true'],
  [{ ...good, timestamp: 'now' }, 'KAFKA_SERIALIZATION', 'timestamp "now"'],
  [{ ...good, headers: 'x' }, 'KAFKA_SERIALIZATION', 'headers is "x", not a Map, an object or an array of pairs'],
  [{ ...good, headers: Promise.resolve({ a: 'b' }) }, 'KAFKA_SERIALIZATION', 'headers is a Promise, not a Map'],
  [{ ...good, headers: new Set([['a', 'b']]) }, 'KAFKA_SERIALIZATION', 'headers is a Set, not a Map'],
  [{ ...good, headers: new Headers({ a: 'b' }) }, 'KAFKA_SERIALIZATION', 'headers is a Headers, not a Map'],
  [{ ...good, headers: ['x'] }, 'KAFKA_SERIALIZATION', 'headers[0] is "x", not a pair'],
  [{ ...good, headers: [[null, 'v']] }, 'KAFKA_SERIALIZATION', 'headers[0] has null as its name'],
  [{ ...good, headers: { a: undefined } }, 'KAFKA_SERIALIZATION', 'headers[0] has no value; null is a value'],
  [
    { ...good, headers: new Map([['a', 5]]) },
    'KAFKA_SERIALIZATION',
    'headers[0] of a message for orders could not be serialized'
  ]
]

describe('fields of a message', () => {
  test.each(messageTable)('%o', async (message, code, text) => {
    const messages = [good, message, good] as (typeof good)[]
    const error = await stage.during(failureOf(stage.producer.send({ messages })))
    expect(error.failures).toHaveLength(1)
    expect(error.failures[0]).toMatchObject({
      index: 1,
      outcome: 'not-persisted',
      error: { code, message: expect.stringContaining(text) }
    })
    expect(error.produced.offsets).toHaveLength(1)
    await sendOne()
  })

  test('a record that no batch can hold', async () => {
    const messages = [good, { ...good, value: 'x'.repeat(2_000_000) }]
    const error = await stage.during(failureOf(stage.producer.send({ messages })))
    expect(error.failures).toMatchObject([
      { index: 1, outcome: 'not-persisted', error: { code: 'KAFKA_RECORD_TOO_LARGE' } }
    ])
    expect(error.failures[0]!.error.message).toContain('is larger than maxRequestSize (1,048,576)')
    await sendOne()
  })

  test('strict: nothing of the call is accepted', async () => {
    const before = stage.cluster.logNow('orders').length
    const sent = stage.producer.send({
      strict: true,
      messages: [good, { ...good, value: undefined as unknown as string }]
    })
    const error = await stage.during(
      sent.then(
        () => null,
        (thrown: unknown) => thrown
      )
    )
    expect(error).toMatchObject({ code: 'KAFKA_SERIALIZATION', index: 1, field: 'value', outcome: 'not-persisted' })
    expect(stage.cluster.logNow('orders')).toHaveLength(before)
  })

  const wrongForStrict: readonly (readonly [Wrong, string])[] = [
    [{ headers: ['x'] }, 'messages[1].headers[0] is "x", not a pair'],
    [{ headers: [['a']] }, 'messages[1].headers[0] is an array, not a pair'],
    [{ headers: new Map([[null, 'v']]) }, 'messages[1].headers[0] has null as its name'],
    [{ headers: { a: 'v', b: undefined } }, 'messages[1].headers[1] has no value'],
    [{ headers: 5 }, 'messages[1].headers is 5'],
    [{ headers: Promise.resolve({}) }, 'messages[1].headers is a Promise'],
    [{ headers: new Set() }, 'messages[1].headers is a Set'],
    [{ timestamp: null }, 'messages[1].timestamp is null'],
    [{ partition: 1.5 }, 'messages[1].partition is 1.5'],
    [{ topic: 7 }, 'messages[1].topic is 7'],
    [{ topic: 'no/slash' }, 'messages[1].topic is "no/slash", not the name of a topic']
  ]

  test.each(wrongForStrict)('strict: %o', async (wrong, problem) => {
    const before = stage.cluster.logNow('orders').length
    const messages = [good, { ...good, ...wrong }]
    const error = await stage.during(
      stage.producer.send({ strict: true, messages }).then(
        () => null,
        (thrown: unknown) => thrown
      )
    )
    expect(error).toMatchObject({ code: 'KAFKA_SERIALIZATION', index: 1, message: expect.stringContaining(problem) })
    expect(stage.cluster.logNow('orders')).toHaveLength(before)
  })
})

describe('strict', () => {
  const strict = true as const

  test('an interceptor may complete a message first', async () => {
    const onSend = <M>(message: M): M => ({ value: 'given by the interceptor', ...message })
    const producer = new Producer({ ...stage.cluster.clientOptions(), strict, interceptors: [{ onSend }] })
    const sent = producer.send({ messages: [{ topic: 'orders' } as typeof good] })
    expect((await stage.during(sent)).offsets).toHaveLength(1)
    await stage.during(producer.close())
  })

  test('an interceptor that fails on one message refuses them all', async () => {
    const onSend = <M extends { readonly key?: unknown }>(message: M): M => {
      if (message.key === 'bad') throw new Error('boom')
      return message
    }
    const before = stage.cluster.logNow('orders').length
    const producer = new Producer({ ...stage.cluster.clientOptions(), strict, interceptors: [{ onSend }] })
    const error = await stage.during(errorOf(producer.send({ messages: [good, { ...good, key: 'bad' }] })))
    expect(error).toMatchObject({ code: 'KAFKA_SERIALIZATION', index: 1, outcome: 'not-persisted' })
    await stage.during(producer.close())
    expect(stage.cluster.logNow('orders')).toHaveLength(before)
  })

  test.each([
    [{ value: 5 }, 'value', 'messages[1].value is 5; without a serializer it must be a Uint8Array or a string'],
    [{ key: {} }, 'key', 'messages[1].key is an object; without a serializer'],
    [{ key: { constructor: { name: 'hunter2' } } }, 'key', 'messages[1].key is an object; without'],
    [{ key: new Date(0) }, 'key', 'messages[1].key is a Date; without'],
    [{ headers: { a: 5 } }, 'headers[0]', 'messages[1].headers[0] has 5 as its value; without a serializer'],
    [{ headers: [[7, 'v']] }, 'headers[0]', 'messages[1].headers[0] has 7 as its name; without a serializer']
  ])('without serializers: %o', async (wrong, field, message) => {
    const before = stage.cluster.logNow('orders').length
    const producer = new Producer({ ...stage.cluster.clientOptions(), strict })
    const messages = [good, { ...good, key: null, ...wrong }] as (typeof good)[]
    const error = await stage.during(errorOf(producer.send({ messages })))
    expect(error).toMatchObject({
      code: 'KAFKA_SERIALIZATION',
      index: 1,
      field,
      message: expect.stringContaining(message)
    })
    await stage.during(producer.close())
    expect(stage.cluster.logNow('orders')).toHaveLength(before)
  })
})

describe("a user's code that throws", () => {
  const boom = (): never => {
    throw new Error('boom')
  }

  test.each([
    ['partitioner', { partitioner: boom }, 'KAFKA_SERIALIZATION'],
    ['partitioner that gives nonsense', { partitioner: () => Number.NaN }, 'KAFKA_SERIALIZATION']
  ])('%s: fails that message only', async (_name, options, code) => {
    const error = await stage.during(
      failureOf(stage.producer.send({ ...options, messages: [good, { ...good, partition: 0 }] }))
    )
    expect(error.failures.map(failure => [failure.index, failure.error.code])).toEqual([[0, code]])
    await sendOne()
  })

  test('an interceptor and a serializer: fail that message only', async () => {
    const { cluster, clock } = stage
    const onSend = <M extends { readonly key?: unknown }>(message: M): M => (message.key === 'bad' ? boom() : message)
    const value = (text: string): string => (text === 'bad' ? boom() : text)
    const producer = new Producer({ ...cluster.clientOptions(), interceptors: [{ onSend }], serializers: { value } })
    const messages = ['good', 'bad', 'good'].map(text => ({ topic: 'orders', value: text }))
    const error = await stage.during(
      failureOf(producer.send({ messages: [...messages, { topic: 'orders', key: 'bad', value: 'x' }] }))
    )
    expect(error.failures.map(failure => failure.index)).toEqual([1, 3])
    clock.advance(1)
    await stage.during(producer.close())
  })

  test('a serializer that gives a header no name: fails that message only, not its batch', async () => {
    const headerKey = Object.assign((name: string) => name, { into: () => false })
    const producer = new Producer({ ...stage.cluster.clientOptions(), serializers: { headerKey } })
    const messages = [
      { topic: 'orders', value: 'a', partition: 0 },
      { topic: 'orders', value: 'b', partition: 0, headers: new Map([['trace', 'x']]) },
      { topic: 'orders', value: 'c', partition: 0, headers: { trace: 'x' } }
    ]
    const error = await stage.during(failureOf(producer.send({ messages })))
    expect(error.failures).toMatchObject([
      {
        index: 1,
        outcome: 'not-persisted',
        error: { code: 'KAFKA_SERIALIZATION', field: 'headers[0]', message: 'headers[0] has null as its name' }
      }
    ])
    await stage.during(producer.close())
  })
})
