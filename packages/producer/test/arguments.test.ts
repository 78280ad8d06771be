// Arguments that are wrong as a whole: the outcome says so, nothing is thrown, and the producer is as before.
import { describe, expect, test } from 'vitest'
import { ConnectionPool, Producer, roundRobin, type ProduceResult } from '@sluice/producer'
import { errorOf, failureOf, Stage, text, warm } from './stage.ts'

const refused = { code: 'KAFKA_INVALID_ARGUMENT' }

describe('wrong arguments', () => {
  test('send: nothing, no object, no messages', async () => {
    await using stage = await Stage.set()
    for (const wrong of [undefined, null, 5, 'x', [], () => {}, {}, { messages: null }, { messages: {} }]) {
      const error = await stage.during(errorOf(stage.producer.send(wrong as never)))
      expect(error).toMatchObject({ ...refused, outcome: 'not-persisted' })
      const told = new Promise(resolve => {
        expect(stage.producer.send(wrong as never, resolve)).toBe(true)
      })
      expect(await stage.during(told)).toMatchObject(refused)
    }
    await warm(stage)
  })

  test('a callback that is no function', async () => {
    await using stage = await Stage.set()
    const { producer } = stage
    const wrong = 'x' as never
    const calls: unknown[] = [
      producer.send({ messages: [{ topic: 'orders', value: 'v' }] }, wrong),
      producer.flush(wrong),
      producer.partitionsFor('orders', wrong),
      producer.reset({ topic: 'orders' }, wrong)
    ]
    for (const call of calls) expect(await stage.during(errorOf(call as Promise<unknown>))).toMatchObject(refused)
    stage.clock.advance(1_000)
    expect(stage.cluster.logNow('orders')).toEqual([])
  })

  test('initIdempotentProducer and partitionsFor', async () => {
    await using stage = await Stage.set()
    const wrongOptions: readonly (readonly [unknown, string])[] = [
      [{ acks: 9 }, 'initIdempotentProducer.acks must be'],
      [{ linger: 77 }, 'initIdempotentProducer.linger describes the producer'],
      [{ timeot: 5 }, 'There is no option initIdempotentProducer.timeot: did you mean initIdempotentProducer.timeout?'],
      [{ messages: [] }, 'There is no option initIdempotentProducer.messages'],
      [{ producerId: 5n }, 'producerId was given without producerEpoch'],
      [{ idempotent: true, acks: 1 }, 'idempotent needs acks'],
      ['x', 'initIdempotentProducer must be an object'],
      [null, 'initIdempotentProducer must be an object']
    ]
    for (const [wrong, message] of wrongOptions)
      expect(await stage.during(errorOf(stage.producer.initIdempotentProducer(wrong as never)))).toMatchObject({
        ...refused,
        message: expect.stringContaining(message)
      })
    for (const wrong of ['', 5, null, undefined])
      expect(await stage.during(errorOf(stage.producer.partitionsFor(wrong as never)))).toMatchObject(refused)
  })

  test('an interceptor that gives nothing, and a message that is none: those messages fail alone', async () => {
    await using stage = await Stage.set()
    const onSend = <M>(message: M): M =>
      (message as { value?: unknown }).value === 'bad' ? (undefined as never) : message
    const producer = new Producer({ ...stage.cluster.clientOptions(), interceptors: [{ onSend }] })
    const messages = ['a', 'bad', 'b'].map(value => ({ topic: 'orders', value, partition: 0 }))
    const error = await stage.during(failureOf(producer.send({ messages })))
    expect(error.failures).toMatchObject([
      { index: 1, topic: 'orders', outcome: 'not-persisted', error: { code: 'KAFKA_SERIALIZATION' } }
    ])
    const none = await stage.during(failureOf(producer.send({ messages: [null as never, messages[2]!] })))
    expect(none.failures).toMatchObject([{ index: 0, topic: '' }])
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['a', 'b', 'b'])
    await stage.during(producer.close())
  })
})

describe('what options say', () => {
  test("the constructor's own options, given to send, change nothing", async () => {
    await using stage = await Stage.set()
    const options = { ...stage.cluster.clientOptions(), linger: 0, batchSize: 5_000, retries: 3, compression: 'gzip' }
    const producer = new Producer(options)
    const copy = { ...options }
    await stage.during(producer.send({ ...options, messages: [{ topic: 'orders', value: 'v' }] }))
    expect(options).toEqual(copy)
    await stage.during(producer.close())
  })

  test("the constructor's own partitioner, given to send, goes on where it was", async () => {
    await using stage = await Stage.set()
    const options = { ...stage.cluster.clientOptions(), partitioner: roundRobin() }
    const producer = new Producer(options)
    const partitions: number[] = []
    for (const value of ['a', 'b', 'c', 'd']) {
      const call =
        value === 'b'
          ? { messages: [{ topic: 'orders', value }] }
          : { ...options, messages: [{ topic: 'orders', value }] }
      const { offsets } = await stage.during(producer.send(call))
      partitions.push(offsets[0]!.partition)
    }
    const [first] = partitions
    expect(partitions).toEqual([0, 1, 2, 3].map(step => (first! + step) % 3))
    await stage.during(producer.close())
  })

  test('compression and codecs of one call', async () => {
    await using stage = await Stage.set()
    const send = async (compression: string): Promise<ProduceResult> =>
      stage.producer.send({ compression, messages: [{ topic: 'orders', value: 'x'.repeat(5_000), partition: 0 }] })
    await stage.during(Promise.all([send('gzip'), send('none'), send('gzip')]))
    const codecs = stage.cluster.storedBatches('orders', 0).map(batch => batch[22]! & 7)
    expect(codecs).toEqual([1, 0, 1])
  })

  test('a partitioner of one call is asked for every message without a partition, keyed or not', async () => {
    await using stage = await Stage.set()
    const messages = [
      { topic: 'orders', key: 'k', value: 'v' },
      { topic: 'orders', value: 'v' },
      { topic: 'orders', value: 'v', partition: 0 }
    ]
    const result = await stage.during(stage.producer.send({ partitioner: () => 5, messages, records: true }))
    expect(result.records!.map(record => record.partition)).toEqual([2, 2, 0])
  })
})

test('a producer that could not be made leaves nobody who listens to the pool', async () => {
  const pool = new ConnectionPool()
  const listeners = (): number => pool.eventNames().reduce((sum, name) => sum + pool.listenerCount(name), 0)
  const before = listeners()
  const wrong = { connections: pool, bootstrapBrokers: ['b:1'], compression: 'zstd' }
  expect(() => new Producer(wrong as never)).toThrow('zstd')
  expect(listeners()).toBe(before)
  await pool.close()
})
