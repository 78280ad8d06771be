// Users' code that gives what cannot be used: told in their words, of their records alone, and nothing ends but the call.
import { expect, test } from 'vitest'
import { isKafkaError, Producer, stringSerializers, type ProducerOptions } from '@sluice/producer'
import { errorOf, failureOf, Stage, text, warm } from './stage.ts'

type Options = Partial<ProducerOptions<string, string, string, string>>

const unusable: readonly [what: string, options: object, says: RegExp][] = [
  [
    'an into that returns nothing',
    {
      serializers: { ...stringSerializers, value: Object.assign((value: string) => value, { into: () => undefined }) }
    },
    /into of value for orders returned undefined, neither true nor false/
  ],
  [
    'an into that returns a promise',
    {
      serializers: { ...stringSerializers, value: Object.assign((value: string) => value, { into: async () => true }) }
    },
    /into of value for orders returned a Promise, neither true nor false/
  ],
  ['an interceptor that returns nothing', { interceptors: [{ onSend() {} }] }, /must return a message, at once, not/],
  [
    'an interceptor that is async',
    { interceptors: [{ onSend: async <M>(message: M): Promise<M> => message }] },
    /must return a message, at once, not/
  ],
  ['a forTopic that returns nothing', { partitioner: { forTopic() {} } }, /forTopic gave undefined/],
  [
    'a forTopic that throws',
    {
      partitioner: {
        forTopic() {
          throw new Error('boom')
        }
      }
    },
    /The partitioner's forTopic failed for orders: boom/
  ]
]

test.each(unusable)('%s fails its message, and writes nothing', async (_, options, says) => {
  await using stage = await Stage.set({}, options)
  const error = await stage.during(errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] })))
  expect(isKafkaError(error)).toBe(true)
  expect((error as Error).message).toMatch(says)
  expect([0, 1, 2].flatMap(partition => stage.cluster.logNow('orders', partition))).toEqual([])
})

test('an interceptor that returns nothing for one message leaves the others alone', async () => {
  const onSend = <M extends { readonly value?: unknown }>(message: M): M | undefined =>
    message.value === 'bad' ? undefined : message
  await using stage = await Stage.set({}, { interceptors: [{ onSend }] } as unknown as Options)
  const messages = ['a', 'bad', 'b'].map(value => ({ topic: 'orders', partition: 0, value }))
  const error = await stage.during(failureOf(stage.producer.send({ messages })))
  expect(error.failures).toMatchObject([{ index: 1, error: { code: 'KAFKA_SERIALIZATION' } }])
  expect(text(stage.cluster.logNow('orders', 0))).toEqual(['a', 'b'])
})

test.each([
  ['a promise', async () => ({})],
  ['nothing', () => undefined],
  ['half a stream', () => ({ write() {} })]
])('a transport whose connect gives %s is told of, and the producer can be closed', async (_, connect) => {
  await using stage = await Stage.set()
  const transport = { connect } as unknown as NonNullable<Options['transport']>
  const producer = new Producer({ ...stage.cluster.clientOptions(), transport })
  const error = await stage.during(errorOf(producer.connect()))
  expect((error as Error).message).toContain("the transport's connect must return a stream with write and destroy")
  await stage.during(producer.close())
})

test.each([
  ['nothing', () => undefined],
  ['no host', ({ port }: { port: number }) => ({ host: undefined, port })],
  ['no port', ({ host }: { host: string }) => ({ host })]
])('a mapAddress that gives %s is told of, and the producer can be closed', async (_, mapAddress) => {
  await using stage = await Stage.set({}, {
    mapAddress,
    bufferTimeout: 1_000,
    deliveryTimeout: 2_000
  } as unknown as Options)
  const refused = await stage.during(errorOf(stage.producer.connectToBrokers()))
  expect((refused as Error).message).toContain('it must return { host, port }: a name and a number')
})

test('questions take a callback alone, and many may wait for an event without a warning', async () => {
  await using stage = await Stage.set()
  await warm(stage)
  const brokers = await stage.during(
    new Promise(resolve => {
      stage.producer.metadata((_, result) => resolve(result?.brokers.size))
    })
  )
  const identity = await stage.during(
    new Promise(resolve => {
      stage.producer.initIdempotentProducer((_, result) => resolve(typeof result?.producerId))
    })
  )
  expect([brokers, identity]).toEqual([3, 'bigint'])
  expect(stage.producer.getMaxListeners()).toBe(0)
})
