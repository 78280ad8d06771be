// How much may wait, who is told to, and what becomes of memory.
import { describe, expect, test } from 'vitest'
import { isKafkaError, Producer, stringSerializers, type CallOptions, type ProduceResult } from '@sluice/producer'
import { errorOf, failureOf, Stage, text, warm } from './stage.ts'

describe('lingering', () => {
  test('a batch waits for company, then leaves as one', async () => {
    await using stage = await Stage.set({}, { linger: 50 })
    await warm(stage)
    const before = stage.producer.stats().requests
    const sends: Promise<ProduceResult>[] = []
    for (let i = 0; i < 5; i++) {
      sends.push(stage.producer.send({ messages: [{ topic: 'orders', value: `${i}`, partition: 0 }] }))
      stage.clock.advance(5)
    }
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
    await stage.during(Promise.all(sends))
    expect(stage.producer.stats().requests - before).toBe(1)
  })

  test('flush ends it, and does not reject for what failed', async () => {
    await using stage = await Stage.set({}, { linger: 60_000 })
    const sent = stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] })
    const failing = errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 99 }] }))
    await stage.during(stage.producer.flush())
    expect((await sent).offsets).toHaveLength(1)
    expect(isKafkaError(await failing, 'KAFKA_PRODUCE_FAILED')).toBe(true)
    expect(stage.clock.monotonicMs()).toBeLessThan(1_000)
  })

  test('a call whose time is shorter than that leaves in the middle of it', async () => {
    await using stage = await Stage.set({}, { linger: 60_000 })
    await warm(stage, { deliveryTimeout: 2_000 })
    expect(stage.clock.monotonicMs()).toBeLessThan(1_200)
    expect(stage.clock.monotonicMs()).toBeGreaterThan(900)
  })

  test('flush from a callback of a send waits for what was sent before, not for itself', async () => {
    await using stage = await Stage.set()
    const flushed = new Promise<void>(resolve => {
      stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] }, () => {
        stage.producer.flush(() => resolve())
      })
    })
    await stage.during(flushed)
  })
})

describe('memory', () => {
  test.each([
    ['a batch begins with as much as the one before it came to', 33_554_432, 131_072],
    ['where it is scarce, a batch begins with the least', 262_144, 4_096]
  ])('%s', async (_name, bufferMemory, bytes) => {
    await using stage = await Stage.set({}, { bufferMemory })
    await warm(stage)
    const begun: number[] = []
    for (const value of ['x'.repeat(100_000), 'small', 'small']) {
      const sent = stage.producer.send({ messages: [{ topic: 'orders', value, partition: 0 }] })
      begun.push(stage.producer.stats().queuedBytes)
      await stage.during(sent)
    }
    expect(begun).toEqual([131_072, bytes, 4_096])
  })

  test('with little of it, calls wait in order, callers are told to wait and then to go on, and all is delivered', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 16_384, batchSize: 4_096 })
    const { producer } = stage
    let drains = 0
    producer.on('producer:drain', () => drains++)
    const value = 'x'.repeat(1_000)
    const answers: boolean[] = []
    const done = Array.from(
      { length: 100 },
      (_, i) =>
        new Promise<void>((resolve, reject) => {
          const took = producer.send({ messages: [{ topic: 'orders', value: `${i} ${value}`, partition: 0 }] }, error =>
            error === null ? resolve() : reject(error)
          )
          answers.push(took)
        })
    )
    expect(answers.filter(took => !took).length).toBeGreaterThan(50)
    await stage.during(Promise.all(done))
    stage.clock.advance(10)
    expect(drains).toBeGreaterThan(0)
    expect(text(stage.cluster.logNow('orders', 0)).map(line => Number(line.split(' ')[0]))).toEqual(
      Array.from({ length: 100 }, (_, i) => i)
    )
    expect(producer.stats().queuedBytes).toBe(0)
  })

  test('a call larger than all of it is admitted record by record', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 16_384, batchSize: 4_096 })
    const messages = Array.from({ length: 200 }, (_, i) => ({
      topic: 'orders',
      value: `${i} ${'x'.repeat(1_000)}`,
      partition: i % 3
    }))
    const result = await stage.during(stage.producer.send({ messages }))
    expect(result.offsets.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0n],
      [1, 0n],
      [2, 0n]
    ])
    expect(stage.cluster.logNow('orders')).toHaveLength(200)
  })

  test('no room within bufferTimeout: not persisted', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { bufferMemory: 8_192, batchSize: 4_096, bufferTimeout: 1_000 })
    await warm(stage)
    stage.cluster.pause(1)
    const first = errorOf(
      stage.producer.send({
        messages: Array.from({ length: 20 }, () => ({ topic: 'orders', value: 'x'.repeat(1_000), partition: 0 }))
      })
    )
    stage.clock.advance(1_100)
    stage.cluster.resume(1)
    const error = await stage.during(first)
    if (!isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) throw new Error('All were acknowledged')
    expect(new Set(error.failures.map(failure => failure.error.code))).toEqual(new Set(['KAFKA_BUFFER_FULL']))
    expect(error.outcome).toBe('not-persisted')
    expect(stage.cluster.logNow('orders', 0).length).toBe(21 - error.failures.length)
  })

  test('more than maxWaiting wait: the next call is refused at once', async () => {
    await using stage = await Stage.set({}, { maxWaiting: 2 })
    const waiting = stage.producer.send({
      messages: Array.from({ length: 3 }, () => ({ topic: 'orders', value: 'v' }))
    })
    const refused = await stage.during(errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] })))
    expect(refused).toMatchObject({ code: 'KAFKA_BUFFER_FULL', outcome: 'not-persisted' })
    await stage.during(waiting)
  })
})

describe('who was told to wait', () => {
  test('is told to go on when the last that waits fails in its serializer', async () => {
    await using stage = await Stage.set()
    const value = (given: string): string => {
      if (given === 'bad') throw new Error('bad')
      return given
    }
    const producer = new Producer({
      ...stage.cluster.clientOptions(),
      serializers: { value },
      bufferMemory: 8_192,
      batchSize: 4_096
    })
    let drains = 0
    producer.on('producer:drain', () => drains++)
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] }))
    stage.clock.advance(10)
    drains = 0
    const ends: string[] = []
    const send = (given: string, partition: number): boolean =>
      producer.send({ messages: [{ topic: 'orders', value: given, partition }] }, error =>
        ends.push(error?.code ?? 'acked')
      )
    send('x'.repeat(3_500), 0)
    send('x'.repeat(3_500), 1)
    expect(send('bad', 2)).toBe(false)
    await stage.during(producer.flush())
    stage.clock.advance(1_000)
    expect(ends).toHaveLength(3)
    expect(drains).toBe(1)
    await stage.during(producer.close())
  })

  test('is told so by the promise form too, and the event comes once', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 8_192, batchSize: 4_096 })
    let drains = 0
    stage.producer.on('producer:drain', () => drains++)
    const messages = Array.from({ length: 10 }, () => ({ topic: 'orders', value: 'x'.repeat(3_000) }))
    expect(stage.producer.send({ messages }, () => {})).toBe(false)
    await stage.during(stage.producer.flush())
    stage.clock.advance(1_000)
    expect(drains).toBe(1)
  })
})

describe('waiting', () => {
  test('a call that would find room does not overtake one that waits', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 8_192, batchSize: 4_096 })
    await warm(stage)
    const send = async (...messages: (readonly [number, string])[]): Promise<ProduceResult> =>
      stage.producer.send({ messages: messages.map(([partition, value]) => ({ topic: 'orders', value, partition })) })
    const sends = [
      send([1, 'first']),
      send([0, 'x'.repeat(3_900)]),
      send([0, 'y'.repeat(3_900)], [1, 'a']),
      send([1, 'b'])
    ]
    expect(stage.producer.stats().queuedRecords).toBe(5)
    await stage.during(Promise.all(sends))
    expect(text(stage.cluster.logNow('orders', 1))).toEqual(['first', 'a', 'b'])
  })

  test('a partitioner is asked once per message, however long it waits', async () => {
    const asked = new Map<unknown, number>()
    const partitioner = (message: { readonly key?: unknown }): number => {
      asked.set(message.key, (asked.get(message.key) ?? 0) + 1)
      return 0
    }
    await using stage = await Stage.set(
      { topics: { orders: 3, other: 1 } },
      { bufferMemory: 8_192, batchSize: 4_096, partitioner }
    )
    const sends: Promise<ProduceResult>[] = []
    for (let i = 0; i < 20; i++) {
      const topic = i % 2 === 0 ? 'orders' : 'other'
      sends.push(stage.producer.send({ messages: [{ topic, key: `${i}`, value: 'x'.repeat(3_000) }] }))
      if (i % 5 === 0) stage.clock.advance(1)
    }
    await stage.during(Promise.all(sends))
    expect([...asked.values()]).toEqual(Array.from({ length: 20 }, () => 1))
  })

  test('a message parked for its serializer says so when its time is over', async () => {
    await using stage = await Stage.set()
    const value = Object.assign((given: string) => given, { prepare: () => new Promise<void>(() => {}) })
    const producer = new Producer({ ...stage.cluster.clientOptions(), serializers: { value }, bufferTimeout: 1_000 })
    const error = await stage.during(failureOf(producer.send({ messages: [{ topic: 'orders', value: 'v' }] })))
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { code: 'KAFKA_TIMEOUT' } })
    expect(error.message).toContain('serializer')
    await stage.during(producer.close())
  })

  test('prepare: awaited once per topic and field, messages in order; one that rejects fails those that wait, and is asked again', async () => {
    await using stage = await Stage.set()
    const asked: string[] = []
    let fails = true
    const prepare = async ({ topic, part }: { topic: string; part: string }): Promise<void> => {
      asked.push(`${topic} ${part}`)
      await Promise.resolve()
      if (fails) throw new Error('no schema')
    }
    const value = Object.assign((given: string) => given, { prepare })
    const producer = new Producer({ ...stage.cluster.clientOptions(), serializers: { value } })
    const send = async (given: string): Promise<ProduceResult> =>
      producer.send({ messages: [{ topic: 'orders', value: given, partition: 0 }] })
    const errors = await stage.during(Promise.all([failureOf(send('a')), failureOf(send('b'))]))
    expect(errors.map(error => error.failures[0]!.error.code)).toEqual(['KAFKA_SERIALIZATION', 'KAFKA_SERIALIZATION'])
    expect(asked).toEqual(['orders value'])
    fails = false
    await stage.during(Promise.all(['c', 'd', 'e'].map(send)))
    expect(asked).toEqual(['orders value', 'orders value'])
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['c', 'd', 'e'])
    await stage.during(producer.close())
  })

  test('missing topics: autocreate of one call makes it for all', async () => {
    await using stage = await Stage.set({ autocreateTopics: true })
    const patient = stage.producer.send({ messages: [{ topic: 'made', value: '1' }] })
    const maker = stage.producer.send({ autocreateTopics: true, messages: [{ topic: 'made', value: '2' }] })
    await stage.during(Promise.all([patient, maker]))
    expect(text(stage.cluster.logNow('made'))).toEqual(['1', '2'])
  })

  test('bufferTimeout starts anew with each record admitted', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 8_192, batchSize: 4_096, bufferTimeout: 1_000 })
    await warm(stage)
    stage.cluster.intercept('Produce', () => ({ delay: 400 }))
    const messages = Array.from({ length: 12 }, () => ({ topic: 'orders', value: 'x'.repeat(3_000), partition: 0 }))
    await stage.during(stage.producer.send({ messages }))
    expect(stage.clock.monotonicMs()).toBeGreaterThan(3_000)
  })
})

describe('results', () => {
  test('records of a call that failed in part: those that were acknowledged, in order', async () => {
    await using stage = await Stage.set()
    const messages = [0, 99, 1].map(partition => ({ topic: 'orders', value: `${partition}`, partition, timestamp: 5 }))
    const error = await stage.during(failureOf(stage.producer.send({ records: true, messages })))
    expect(error.produced.records).toHaveLength(2)
    expect([...error.produced.records!].map(record => [record.partition, record.timestamp])).toEqual([
      [0, 5n],
      [1, 5n]
    ])
  })

  test('records without acknowledgement: one per message, their place not known', async () => {
    await using stage = await Stage.set()
    const messages = [1, 0].map(partition => ({ topic: 'orders', value: 'v', partition, timestamp: 7n }))
    const result = await stage.during(stage.producer.send({ acks: 0, records: true, messages }))
    expect(result).toEqual({
      offsets: [],
      unwritableNodes: [],
      records: [1, 0].map(partition => ({ topic: 'orders', partition, offset: -1n, timestamp: 7n }))
    })
  })

  test('offsets are in order of first appearance', async () => {
    await using stage = await Stage.set()
    const messages = [2, 0, 2, 1, 0].map(partition => ({ topic: 'orders', value: 'v', partition }))
    const result = await stage.during(stage.producer.send({ messages }))
    expect(result.offsets.map(each => each.partition)).toEqual([2, 0, 1])
  })
})

// Story: a call larger than the memory is let in bit by bit; its last message is for a topic that nobody has asked for. That
// one's time was counted from the call, and was over before the first broker was asked.
test('the time of a message that waits for its topic begins when it begins to wait', async () => {
  const options = { bufferMemory: 8_192, batchSize: 4_096, bufferTimeout: 1_000 }
  await using stage = await Stage.set({ topics: { orders: 3, later: 1 } }, options)
  await warm(stage)
  stage.cluster.intercept('Produce', () => ({ delay: 400 }))
  stage.cluster.intercept('Metadata', () => ({ delay: 50 }))
  const orders = Array.from({ length: 12 }, () => ({ topic: 'orders', value: 'x'.repeat(3_000), partition: 0 }))
  const sent = stage.producer.send({ messages: [...orders, { topic: 'later', value: 'v', partition: 0 }] })
  expect((await stage.during(sent)).offsets.map(({ topic }) => topic)).toEqual(['orders', 'later'])
})

describe('when the first in line leaves without having been let in', () => {
  interface Line {
    readonly stage: Stage
    /** It needs more than there is. */
    readonly head: (options?: CallOptions) => Promise<unknown>
    /** It needs what there is. */
    readonly next: () => Promise<unknown>
  }

  /** One partition has no leader, and most of the memory. */
  async function line(): Promise<Line> {
    const stage = await Stage.set({ brokers: 1 }, { bufferMemory: 12_288, batchSize: 16_384 })
    await warm(stage)
    stage.cluster.moveLeader('orders', 0, -1)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    const send = (value: string, partition: number, options: CallOptions = {}): Promise<unknown> =>
      errorOf(stage.producer.send({ ...options, messages: [{ topic: 'orders', value, partition }] }))
    void send('x'.repeat(8_000), 0)
    return { stage, head: options => send('y'.repeat(200), 0, options), next: () => send('b', 1) }
  }

  test('by an abort: the next goes in', async () => {
    const { stage, head, next } = await line()
    await using _ = stage
    const abort = new AbortController()
    const first = head({ signal: abort.signal })
    const second = next()
    abort.abort()
    await stage.during(first)
    expect(await stage.during(second)).toBeNull()
  })

  test('because its time is over: the next goes in', async () => {
    const { stage, head, next } = await line()
    await using _ = stage
    const first = head({ bufferTimeout: 100 })
    const second = next()
    expect(await stage.during(first)).toMatchObject({ code: 'KAFKA_PRODUCE_FAILED' })
    const before = stage.clock.monotonicMs()
    expect(await stage.during(second)).toBeNull()
    expect(stage.clock.monotonicMs() - before).toBeLessThan(1_000)
  })
})

// Story: a call of two topics is larger than the memory; the second topic's serializer takes its time. When it is ready, the
// messages of that topic go in one by one, as memory comes back; those behind were told that none had come for too long.
test('messages that waited for their topic since different times wait for memory together', async () => {
  let ready = (): void => {}
  const prepare = ({ topic }: { readonly topic: string }): Promise<void> | void =>
    topic === 'later' ? new Promise(resolve => (ready = resolve)) : undefined
  const value = Object.assign((given: string) => given, { prepare })
  await using stage = await Stage.set({ topics: { orders: 3, later: 1 } })
  const options = { bufferMemory: 8_192, batchSize: 4_096, bufferTimeout: 1_500 }
  const producer = new Producer({
    ...stage.cluster.clientOptions(),
    ...options,
    serializers: { ...stringSerializers, value }
  })
  await stage.during(producer.send({ messages: [{ topic: 'orders', value: 'warm', partition: 0 }] }))
  stage.cluster.intercept('Produce', () => ({ delay: 400 }))
  const messages = Array.from({ length: 24 }, (_, index) => ({
    topic: index % 4 === 0 ? 'orders' : 'later',
    value: 'x'.repeat(3_000),
    partition: 0
  }))
  const sent = producer.send({ messages })
  for (let ms = 0; ms < 1_000; ms += 10) {
    stage.clock.advance(10)
    await Promise.resolve()
  }
  ready()
  const { offsets } = await stage.during(sent)
  expect(offsets.map(({ topic }) => topic)).toEqual(['orders', 'later'])
  await stage.during(producer.close())
})

// Story: a serializer gives each key in the same memory. A message that waited for memory had chosen its partition by its key,
// and was written with the key of one that was sent meanwhile.
test('the key of a message that waits is its own, whatever becomes of the memory that it was in', async () => {
  const scratch = Buffer.alloc(1)
  const key = (given: string): Uint8Array => {
    scratch.write(given)
    return scratch
  }
  await using stage = await Stage.set({ topics: { orders: 1, other: 1 } })
  const options = { bufferMemory: 8_192, batchSize: 4_096, serializers: { ...stringSerializers, key } }
  const producer = new Producer({ ...stage.cluster.clientOptions(), ...options })
  const send = (topic: string, name: string, value: string): Promise<unknown> =>
    producer.send({ messages: [{ topic, key: name, value }] })
  await stage.during(send('orders', 'w', 'warm'))
  stage.cluster.intercept('Produce', () => ({ delay: 400 }))
  const held = stage.cluster.intercept('Metadata', () => ({ delay: 200 }))
  const all = [send('orders', 'x', 'x'.repeat(3_000)), send('orders', 'y', 'y'.repeat(3_000))]
  all.push(send('other', 'b', 'b'), send('orders', 'a', 'z'.repeat(3_000)))
  await stage.during(Promise.all(all))
  held()
  const keys = stage.cluster.logNow('orders', 0).map(record => String(record.key))
  expect(keys).toEqual(['w', 'x', 'y', 'a'])
  await stage.during(producer.close())
})
