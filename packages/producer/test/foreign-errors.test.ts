// Errors of users' code that only look like ours: whatever they are, every call ends.
import { isKafkaError, SerializationError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { Producer, stringSerializers } from '@sluice/producer'
import { errorOf, Stage, warm } from './stage.ts'

const one = { messages: [{ topic: 'orders', value: 'v', partition: 0 }] }

/** Such as an error of a copy of the library from before it had what it has, or of somebody's registry client. */
const lookalike = (): Error => Object.assign(new Error('down'), { code: 'KAFKA_REGISTRY', retriable: true })
const frozen = (): Error => Object.freeze(new SerializationError('frozen'))

/** Its message has no text form. */
const mute = (): Error => Object.assign(new Error(), { message: Object.create(null) as string })

describe.each([
  ['one whose message cannot be told', mute],
  ['one that looks like ours', lookalike],
  ['one of ours that nobody can change', frozen]
])('%s', (_what, make) => {
  const boom = (): never => {
    throw make()
  }

  test('from what prepares a serializer: the call ends, and so does a close', async () => {
    await using stage = await Stage.set()
    const value = Object.assign((given: string) => given, { prepare: () => Promise.reject(make()) })
    const producer = new Producer({ ...stage.cluster.clientOptions(), serializers: { value } })
    const error = await stage.during(errorOf(producer.send(one)))
    expect(error).toMatchObject({ code: 'KAFKA_PRODUCE_FAILED', outcome: 'not-persisted' })
    await stage.during(producer.close({ force: true }))
  })

  const table: readonly (readonly [who: string, options: object, send: object])[] = [
    ['a serializer', { serializers: { ...stringSerializers, value: boom } }, {}],
    ['a partitioner', {}, { partitioner: boom }],
    ['an interceptor', { interceptors: [{ onSend: boom }] }, {}],
    ['a codec', { compression: { id: 1, name: 'gzip', compress: boom, decompress: boom } }, {}]
  ]

  test.each(table)('from %s: the call ends, and the next one is sent', async (_who, options, send) => {
    await using stage = await Stage.set({}, options)
    const messages = [{ topic: 'orders', value: 'bad' }]
    const error = await stage.during(errorOf(stage.producer.send({ messages, ...send })))
    expect(error).toMatchObject({ code: 'KAFKA_PRODUCE_FAILED', outcome: 'not-persisted' })
    await stage.during(stage.producer.flush())
    await stage.during(stage.producer.close())
  })

  test('as the reason of an abort: the call ends', async () => {
    await using stage = await Stage.set()
    const abort = new AbortController()
    const sent = errorOf(stage.producer.send({ ...one, signal: abort.signal }))
    abort.abort(make())
    expect(await stage.during(sent)).toMatchObject({ code: 'KAFKA_ABORTED', outcome: 'not-persisted' })
    await stage.during(stage.producer.close())
  })

  test('of a list that is read under `strict`', async () => {
    await using stage = await Stage.set({}, { strict: true })
    await warm(stage)
    const list = new Proxy([...one.messages], {
      get: (given, name) => (name === '0' ? boom() : (Reflect.get(given, name) as unknown))
    })
    const error = await stage.during(errorOf(stage.producer.send({ messages: list })))
    expect(isKafkaError(error)).toBe(true)
    expect(error).toMatchObject({ outcome: 'not-persisted' })
    await stage.during(stage.producer.close())
  })
})
