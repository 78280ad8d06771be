// Users' code that runs in the middle of ours: callbacks, serializers, partitioners, listeners.
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { Producer, stringSerializers, type ProduceResult } from '@sluice/producer'
import { errorOf, Stage, text, warm } from './stage.ts'

describe('callbacks', () => {
  test('run in the context of their call', async () => {
    await using stage = await Stage.set()
    const context = new AsyncLocalStorage<string>()
    const seen = new Promise<string | undefined>(resolve => {
      context.run(
        'mine',
        () =>
          void stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] }, () => resolve(context.getStore()))
      )
    })
    expect(await stage.during(seen)).toBe('mine')
  })

  test('never before the call has returned, whatever its outcome', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const early: string[] = []
    for (const messages of [[], [{ topic: 'orders', value: 5 as unknown as string }], null as never]) {
      let hasReturned = false
      stage.producer.send({ messages }, () => {
        if (!hasReturned) early.push(JSON.stringify(messages))
      })
      hasReturned = true
    }
    stage.clock.advance(10)
    expect(early).toEqual([])
  })
})

/** What surfaces as an uncaught exception while the task runs, instead of ending the process. */
async function uncaughtDuring(task: () => Promise<void>): Promise<string[]> {
  const caught: string[] = []
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', error => caught.push(error.message))
  try {
    await task()
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of before) process.on('uncaughtException', listener)
  }
  return caught
}

const boom = (): never => {
  throw new Error('boom')
}

describe("users' code that throws surfaces, and the pipeline goes on", () => {
  test('a callback', async () => {
    await using stage = await Stage.set()
    const caught = await uncaughtDuring(async () => {
      stage.producer.send({ messages: [{ topic: 'orders', value: 'a', partition: 0 }] }, boom)
      await warm(stage)
      stage.producer.flush(boom)
      stage.clock.advance(10)
    })
    expect(caught).toEqual(['boom', 'boom'])
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['a', 'warm'])
  })

  test("a listener of 'producer:dataloss'", async () => {
    await using stage = await Stage.set()
    stage.producer.on('producer:dataloss', boom)
    await warm(stage)
    await warm(stage)
    stage.cluster.truncate('orders', 0, 1n)
    const caught = await uncaughtDuring(() => warm(stage))
    expect(caught).toEqual(['boom'])
    expect(stage.producer.stats()).toMatchObject({ inFlight: 0, queuedBytes: 0 })
  })

  test("a listener of 'producer:fallback'", async () => {
    await using stage = await Stage.set()
    stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    stage.producer.on('producer:fallback', boom)
    const caught = await uncaughtDuring(() => warm(stage))
    expect(caught).toEqual(['boom'])
  })

  test("a listener of 'producer:drain'", async () => {
    await using stage = await Stage.set({}, { bufferMemory: 8_192, batchSize: 4_096 })
    stage.producer.on('producer:drain', boom)
    const caught = await uncaughtDuring(async () => {
      const messages = Array.from({ length: 10 }, () => ({ topic: 'orders', value: 'x'.repeat(2_000), partition: 0 }))
      stage.producer.send({ messages }, () => {})
      await stage.during(stage.producer.flush())
      stage.clock.advance(10)
      await warm(stage)
    })
    expect(caught).toEqual(['boom'])
  })

  test("a listener of 'client:broker:drain': those behind it are told, and `drained` is", async () => {
    await using stage = await Stage.set({ brokers: 1 }, { maxInflights: 1 })
    await warm(stage)
    const told: string[] = []
    stage.producer.on('client:broker:drain', boom)
    stage.producer.on('client:broker:drain', ({ broker }) => told.push(`${broker.nodeId} takes more`))
    const caught = await uncaughtDuring(async () => {
      stage.cluster.intercept('Produce', () => ({ delay: 1_000 }))
      const slow = warm(stage)
      stage.clock.advance(10)
      await stage.during(Promise.all([slow, stage.producer.drained().then(() => told.push('drained'))]))
    })
    expect(told).toEqual(['1 takes more', 'drained'])
    expect(caught).toEqual(['boom'])
  })

  test("a partitioner's `appended`", async () => {
    const partitioner = { forTopic: () => ({ partition: () => 0, appended: boom }) }
    await using stage = await Stage.set({}, { partitioner, batchSize: 1_024 })
    const caught = await uncaughtDuring(async () => {
      const messages = Array.from({ length: 4 }, (_, i) => ({ topic: 'orders', value: `${i}`.repeat(400) }))
      const result = await stage.during(stage.producer.send({ messages }))
      expect(result.offsets).toEqual([{ topic: 'orders', partition: 0, offset: 0n }])
    })
    expect(new Set(caught)).toEqual(new Set(['boom']))
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(4)
  })

  test('a retryDelay', async () => {
    await using stage = await Stage.set({}, { retryDelay: boom })
    let refusals = 0
    stage.cluster.intercept('Produce', () => (++refusals === 1 ? { error: 19 } : undefined))
    const caught = await uncaughtDuring(() => warm(stage))
    expect(caught).toContain('boom')
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
  })
})

describe("users' code that throws what has no text form fails its own records, and no others", () => {
  const mute: unknown = Object.create(null)
  const throwMute = (): never => {
    throw mute
  }
  const throwFor = <Value>(value: Value): Value => (value === ('bad' as unknown) ? throwMute() : value)
  const codec = { id: 1 as const, name: 'gzip' as const, decompress: (input: Uint8Array) => input }
  const table: readonly (readonly [who: string, options: object, send: object])[] = [
    ['a partitioner', {}, { partitioner: throwMute }],
    [
      'an interceptor',
      { interceptors: [{ onSend: <M extends { value: unknown }>(m: M) => (throwFor(m.value), m) }] },
      {}
    ],
    ['a serializer', { serializers: { ...stringSerializers, value: throwFor } }, {}],
    ['a codec', {}, { compression: { ...codec, compress: throwMute } }],
    ['a codec that takes its time', {}, { compression: { ...codec, compress: () => Promise.reject(mute) } }]
  ]

  test.each(table)('%s', async (_who, options, send) => {
    await using stage = await Stage.set({}, options)
    await warm(stage)
    const bad = stage.producer.send({ messages: [{ topic: 'orders', value: 'bad' }], ...send })
    const good = stage.producer.send({ messages: [{ topic: 'orders', value: 'good', partition: 1 }] })
    expect(await stage.during(errorOf(bad))).toMatchObject({
      code: 'KAFKA_PRODUCE_FAILED',
      outcome: 'not-persisted',
      message: expect.stringContaining('no text form')
    })
    await stage.during(good)
    await stage.during(stage.producer.close())
  })
})

describe('what users give that throws when it is read', () => {
  const boomTopic = { value: 'bad' as string }
  Object.defineProperty(boomTopic, 'topic', { get: boom, enumerable: true })
  const boomOptions = { messages: [{ topic: 'orders', value: 'bad' }] }
  Object.defineProperty(boomOptions, 'records', { get: boom, enumerable: true })
  const boomList = new Proxy<{ topic: string; value: string }[]>([boomTopic as never], {
    get: (list, name) => (name === '0' ? boom() : (Reflect.get(list, name) as unknown))
  })
  const identity = { onSend: <M>(message: M): M => message }
  const table: readonly (readonly [what: string, options: object, send: object, code: string])[] = [
    ['a topic', {}, { messages: [boomTopic] }, 'KAFKA_PRODUCE_FAILED'],
    [
      'a topic that waits',
      { bufferMemory: 8_192, batchSize: 4_096 },
      { messages: [boomTopic] },
      'KAFKA_PRODUCE_FAILED'
    ],
    ['a topic, where all is checked before', {}, { strict: true, messages: [boomTopic] }, 'KAFKA_INVALID_ARGUMENT'],
    ['a message', {}, { messages: boomList }, 'KAFKA_PRODUCE_FAILED'],
    ['a message that is intercepted', { interceptors: [identity] }, { messages: boomList }, 'KAFKA_PRODUCE_FAILED'],
    ['an option', {}, boomOptions, 'KAFKA_INVALID_ARGUMENT']
  ]

  test.each(['key', 'value', 'headers', 'partition', 'timestamp'])(
    'of %s it says that it cannot be read',
    async field => {
      await using stage = await Stage.set()
      const message = Object.defineProperty({ topic: 'orders', value: 'v' }, field, { get: boom, enumerable: true })
      expect(await stage.during(errorOf(stage.producer.send({ messages: [message] })))).toMatchObject({
        message: expect.stringContaining('A message for orders cannot be read: boom')
      })
    }
  )

  test.each([1, 2, 3, 4, 5, 6])(
    'the length of a list, at its reading %i: the call ends, and so does a flush',
    async time => {
      await using stage = await Stage.set()
      let readings = 0
      const list = new Proxy([{ topic: 'orders', value: 'v', partition: 0 }], {
        get: (given, name) =>
          name === 'length' && ++readings === time ? boom() : (Reflect.get(given, name) as unknown)
      })
      await stage.during(errorOf(stage.producer.send({ messages: list })))
      await stage.during(stage.producer.flush())
    }
  )

  test.each([1, 2, 3, 4])('a message, at its reading %i: that call fails, and the next is sent', async time => {
    await using stage = await Stage.set()
    await warm(stage)
    let readings = 0
    const list = new Proxy([{ topic: 'orders', value: 'v', partition: 0 }], {
      get: (given, name) => (name === '0' && ++readings === time ? boom() : (Reflect.get(given, name) as unknown))
    })
    await stage.during(errorOf(stage.producer.send({ messages: list })))
    await warm(stage)
    await stage.during(stage.producer.close())
  })

  test.each(table)('%s: that call fails, and nothing else', async (_what, options, send, code) => {
    await using stage = await Stage.set({}, options)
    const before = stage.producer.send({ messages: [{ topic: 'orders', value: 'x'.repeat(3_000), partition: 1 }] })
    const ends: unknown[] = []
    stage.producer.send(send as never, error => ends.push([error?.code, error?.outcome]))
    const after = stage.producer.send({ messages: [{ topic: 'orders', value: 'good', partition: 1 }] })
    await stage.during(Promise.all([before, after]))
    expect(ends).toEqual([[code, 'not-persisted']])
    await stage.during(stage.producer.close())
  })
})

describe("users' code that calls the producer back", () => {
  test('a serializer that sends: both records are whole, the outer first', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const { cluster } = stage
    let inner: Promise<ProduceResult> | null = null
    const value = (given: string): string => {
      if (given === 'outer') inner = producer.send({ messages: [{ topic: 'orders', value: 'inner', partition: 0 }] })
      return given
    }
    const producer = new Producer({ ...cluster.clientOptions(), serializers: { value } })
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: 'first', partition: 0 }] }))
    const messages = ['outer', 'more'].map(each => ({ topic: 'orders', value: each, partition: 0 }))
    await stage.during(producer.send({ messages }))
    await stage.during(inner!)
    expect(text(cluster.logNow('orders', 0))).toEqual(['warm', 'first', 'outer', 'more', 'inner'])
    await stage.during(producer.close())
  })

  test('a serializer that sends, when the rest of its own call finds no memory: the outer still first', async () => {
    await using stage = await Stage.set()
    let inner: Promise<ProduceResult> | null = null
    const value = (given: string): string => {
      if (given.startsWith('1'))
        inner = producer.send({ messages: [{ topic: 'orders', value: 'inner', partition: 0 }] })
      return given
    }
    const options = { bufferMemory: 8_192, batchSize: 4_096, serializers: { value } }
    const producer = new Producer({ ...stage.cluster.clientOptions(), ...options })
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: '0', partition: 0 }] }))
    const messages = ['1', '2', '3', '4'].map(each => ({ topic: 'orders', value: each.repeat(3_000), partition: 0 }))
    await stage.during(producer.send({ messages }))
    await stage.during(inner!)
    expect(text(stage.cluster.logNow('orders', 0)).map(each => each[0])).toEqual(['0', '1', '2', '3', '4', 'i'])
    await stage.during(producer.close())
  })

  test('a serializer that sends while it runs for a call that waited', async () => {
    await using stage = await Stage.set()
    const { cluster } = stage
    const done: Promise<ProduceResult>[] = []
    const value = (given: string): string => {
      if (given === 'outer') done.push(producer.send({ messages: [{ topic: 'orders', value: 'inner', partition: 0 }] }))
      return given
    }
    const producer = new Producer({ ...cluster.clientOptions(), serializers: { value } })
    done.push(
      producer.send({ messages: [{ topic: 'orders', value: 'outer', partition: 0 }] }),
      producer.send({ messages: [{ topic: 'orders', value: 'after', partition: 0 }] })
    )
    await stage.during(Promise.all(done))
    await stage.during(producer.close())
    expect(text(cluster.logNow('orders', 0))).toEqual(['outer', 'after', 'inner'])
  })

  test('a partitioner that sends: each message goes where it was put', async () => {
    await using stage = await Stage.set()
    let inner: Promise<ProduceResult> | null = null
    const partitioner = (message: { value?: unknown }, context: { key: Uint8Array | null }): number => {
      if (message.value === 'outer')
        inner ??= stage.producer.send({ messages: [{ topic: 'orders', key: '1', value: 'inner' }] })
      return Number(String(context.key === null ? 9 : Buffer.from(context.key)))
    }
    await warm(stage)
    const result = await stage.during(
      stage.producer.send({
        partitioner,
        messages: [{ topic: 'orders', key: '2', value: 'outer' }]
      })
    )
    await stage.during(inner!)
    expect(result.offsets[0]!.partition).toBe(2)
  })

  test('a serializer that closes by force, or aborts its own call: the call ends once, and nothing is left', async () => {
    for (const how of ['close', 'abort'] as const) {
      await using stage = await Stage.set()
      const abort = new AbortController()
      let closed: Promise<void> | null = null
      const value = (given: string): string => {
        if (given === 'b' && how === 'abort') abort.abort()
        if (given === 'b' && how === 'close') closed = producer.close({ force: true })
        return given
      }
      const producer = new Producer({ ...stage.cluster.clientOptions(), serializers: { value } })
      await stage.during(producer.send({ messages: [{ topic: 'orders', value: 'first', partition: 0 }] }))
      const ends: unknown[] = []
      const messages = ['a', 'b', 'c'].map(each => ({ topic: 'orders', value: each, partition: 0 }))
      producer.send({ signal: abort.signal, messages }, error => ends.push(error?.outcome))
      await stage.during(closed ?? producer.flush())
      stage.clock.advance(1_000)
      expect(ends).toEqual(['not-persisted'])
      expect(text(stage.cluster.logNow('orders', 0))).toEqual(['first'])
      expect(producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
      await stage.during(producer.close({ force: true }))
    }
  })

  test('an observer that sends when a batch leaves: nothing is forgotten', async () => {
    await using stage = await Stage.set()
    const sent: Promise<ProduceResult>[] = []
    const onBatch = ({ partition }: { partition: number }): void => {
      if (partition < 2 && armed)
        sent.push(producer.send({ messages: [{ topic: 'orders', value: 'x', partition: partition + 1 }] }))
    }
    let armed = false
    const producer = new Producer({
      ...stage.cluster.clientOptions(),
      serializers: stringSerializers,
      observer: { onBatch },
      deliveryTimeout: 5_000
    })
    for (let partition = 0; partition < 3; partition++) {
      stage.cluster.moveLeader('orders', partition, 1)
      await stage.during(producer.send({ messages: [{ topic: 'orders', value: 'warm', partition }] }))
    }
    armed = true
    await stage.during(producer.send({ messages: [{ topic: 'orders', value: 'x', partition: 0 }] }))
    await stage.during(producer.flush())
    await stage.during(Promise.all(sent))
    expect(sent).toHaveLength(2)
    await stage.during(producer.close())
  })

  test('a callback of what expired that sends again: the new record has its own time', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { deliveryTimeout: 2_000, batchSize: 1_024 })
    await warm(stage)
    stage.cluster.moveLeader('orders', 0, -1)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    const again: Promise<ProduceResult>[] = []
    for (const name of ['a', 'b', 'c']) {
      stage.producer.send({ messages: [{ topic: 'orders', value: name.repeat(400), partition: 0 }] }, error => {
        if (error !== null)
          again.push(stage.producer.send({ messages: [{ topic: 'orders', value: `${name} again`, partition: 0 }] }))
      })
    }
    stage.clock.advance(2_100)
    expect(again).toHaveLength(3)
    stage.cluster.moveLeader('orders', 0, 1)
    await stage.during(Promise.all(again))
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'a again', 'b again', 'c again'])
  })

  test('a callback of what expired that aborts another that expires: both end once', async () => {
    await using stage = await Stage.set({}, { bufferTimeout: 1_000 })
    stage.cluster.intercept('Metadata', () => ({ drop: true }))
    const ends: string[] = []
    const abort = new AbortController()
    const send = (topic: string, signal?: AbortSignal, then = (): void => {}): void => {
      stage.producer.send({ signal, messages: [{ topic, value: 'v' }] }, error => {
        ends.push(`${topic} ${error?.code}`)
        then()
      })
    }
    send('orders', undefined, () => abort.abort())
    send('orders', abort.signal)
    stage.clock.advance(500)
    send('orders')
    stage.clock.advance(600)
    expect(ends).toEqual(['orders KAFKA_PRODUCE_FAILED', 'orders KAFKA_ABORTED'])
    stage.clock.advance(500)
    expect(ends).toHaveLength(3)
    expect(stage.producer.stats().queuedRecords).toBe(0)
  })

  test('a callback that closes by force in the middle of an answer', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    let closed: Promise<void> | null = null
    const ends: string[] = []
    for (let partition = 0; partition < 3; partition++) {
      stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition }] }, error => {
        ends.push(`${partition} ${error?.outcome ?? 'acked'}`)
        closed ??= stage.producer.close({ force: true })
      })
    }
    await stage.during(stage.producer.flush())
    await stage.during(closed!)
    expect(ends).toEqual(['0 acked', '1 unknown', '2 unknown'])
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
  })

  test('an interceptor that aborts the call under way', async () => {
    await using stage = await Stage.set()
    const abort = new AbortController()
    const onSend = <M>(message: M): M => {
      abort.abort()
      return message
    }
    const producer = new Producer({ ...stage.cluster.clientOptions(), interceptors: [{ onSend }] })
    const sent = errorOf(producer.send({ signal: abort.signal, messages: [{ topic: 'orders', value: 'v' }] }))
    expect(await stage.during(sent)).toMatchObject({ code: 'KAFKA_ABORTED', outcome: 'not-persisted' })
    await stage.during(producer.close())
  })
})
