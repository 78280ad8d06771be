// What a caller lives through: waiting, back-pressure, cancelling, flushing, closing; and what one fault does to the rest.
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { brokerError } from '@sluice/protocol'
import {
  isKafkaError,
  Producer,
  ProduceAcks,
  stringSerializers,
  type CompressionCodec,
  type ProduceResult
} from '@sluice/producer'
import { failureOf, Stage } from './stage.ts'

const text = (records: readonly { readonly value: Uint8Array | null }[]): string[] =>
  records.map(record => String(record.value))

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error
  )
}

/** The first answer is there, so that nothing waits for metadata or identity any more. */
async function warm(stage: Stage): Promise<void> {
  await stage.during(stage.producer.send({ messages: [{ topic: 'orders', value: 'warm', partition: 0 }] }))
}

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

describe('aborting', () => {
  test('what waits for its topic leaves: not persisted', async () => {
    await using stage = await Stage.set()
    const abort = new AbortController()
    const sent = errorOf(stage.producer.send({ signal: abort.signal, messages: [{ topic: 'orders', value: 'v' }] }))
    abort.abort()
    expect(await stage.during(sent)).toMatchObject({ code: 'KAFKA_ABORTED', outcome: 'not-persisted' })
    stage.clock.advance(1_000)
    expect(stage.cluster.logNow('orders')).toEqual([])
  })

  test("what is in an open batch leaves it, and its neighbours' records stay", async () => {
    await using stage = await Stage.set({}, { linger: 100 })
    await warm(stage)
    const abort = new AbortController()
    const send = (value: string, signal?: AbortSignal): Promise<ProduceResult> =>
      stage.producer.send({ signal, messages: [{ topic: 'orders', value, partition: 0 }] })
    const before = send('before')
    const aborted = errorOf(send('aborted', abort.signal))
    const after = send('after')
    abort.abort()
    expect(await stage.during(aborted)).toMatchObject({ code: 'KAFKA_ABORTED', outcome: 'not-persisted' })
    expect((await stage.during(Promise.all([before, after]))).map(result => result.offsets[0]!.offset)).toEqual([
      1n,
      2n
    ])
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'before', 'after'])
  })

  test('what is in flight goes on: unknown', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    stage.cluster.pause(1)
    const abort = new AbortController()
    const sent = errorOf(
      stage.producer.send({ signal: abort.signal, messages: [{ topic: 'orders', value: 'v', partition: 0 }] })
    )
    stage.clock.advance(100)
    abort.abort()
    expect(await stage.during(sent)).toMatchObject({ code: 'KAFKA_ABORTED', outcome: 'unknown' })
    stage.cluster.resume(1)
    await stage.during(stage.producer.flush())
    stage.clock.advance(1_000)
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'v'])
  })

  test('a signal that was aborted before: refused', async () => {
    await using stage = await Stage.set()
    const sent = stage.producer.send({ signal: AbortSignal.abort(), messages: [{ topic: 'orders', value: 'v' }] })
    expect(await stage.during(errorOf(sent))).toMatchObject({ code: 'KAFKA_ABORTED', outcome: 'not-persisted' })
  })
})

describe('closing', () => {
  test('what was accepted is delivered, what comes later is refused, and nothing is left', async () => {
    await using stage = await Stage.set()
    const { producer, clock, cluster } = stage
    const sent = producer.send({ messages: [{ topic: 'orders', value: 'v' }] })
    const closed = producer.close()
    const again = producer.close()
    expect(producer.closed).toBe(true)
    const late = errorOf(producer.send({ messages: [{ topic: 'orders', value: 'late' }] }))
    await stage.during(Promise.all([closed, again]))
    expect((await sent).offsets).toHaveLength(1)
    expect(await late).toMatchObject({ code: 'KAFKA_CLOSED', outcome: 'not-persisted' })
    expect(cluster.connections()).toEqual([])
    expect([clock.pendingTimers, clock.pendingSoon]).toEqual([0, 0])
  })

  test('at its timeout what never left is not persisted, and what left is unknown', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    const { producer, cluster } = stage
    await warm(stage)
    cluster.pause(1)
    const left = errorOf(producer.send({ messages: [{ topic: 'orders', value: 'left', partition: 0 }] }))
    stage.clock.advance(50)
    for (let i = 0; i < 5; i++) stage.clock.advance(1)
    const never = errorOf(producer.send({ messages: [{ topic: 'nowhere', value: 'never', partition: 0 }] }))
    await stage.during(producer.close({ timeout: 500 }))
    expect(await left).toMatchObject({ outcome: 'unknown' })
    expect(await never).toMatchObject({ outcome: 'not-persisted' })
  })

  test('by force, at once, before anything is known', async () => {
    await using stage = await Stage.set()
    const sent = errorOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v' }] }))
    await stage.during(stage.producer.close({ force: true }))
    expect(await sent).toMatchObject({ code: 'KAFKA_PRODUCE_FAILED', outcome: 'not-persisted' })
    stage.clock.advance(100)
    expect(stage.clock.pendingTimers).toBe(0)
  })

  test('a producer that did nothing closes too', async () => {
    await using stage = await Stage.set()
    await stage.during(stage.producer.close())
    expect(stage.producer.isActive()).toBe(false)
  })
})

describe('without acknowledgement', () => {
  test('settles when handed over, gives its memory back, and the record arrives', async () => {
    await using stage = await Stage.set()
    const result = await stage.during(
      stage.producer.send({ acks: ProduceAcks.NO_RESPONSE, messages: [{ topic: 'orders', value: 'v', partition: 2 }] })
    )
    expect(result).toEqual({ offsets: [], unwritableNodes: [] })
    stage.clock.advance(100)
    expect(text(stage.cluster.logNow('orders', 2))).toEqual(['v'])
    expect(stage.producer.stats().queuedBytes).toBe(0)
  })

  test('drained resolves at once when nothing is busy', async () => {
    await using stage = await Stage.set()
    await stage.during(stage.producer.drained())
  })
})

describe('codecs', () => {
  /** Turns every byte around; slow ones first need longer. */
  function fakeCodec(compress: CompressionCodec['compress']): CompressionCodec {
    return { id: 4, name: 'fake', compress, decompress: input => input }
  }

  test('one that works elsewhere keeps the order, though later batches are done first', async () => {
    const done: (() => void)[] = []
    const codec = fakeCodec(input => {
      const half = Uint8Array.prototype.slice.call(input, 0, input.byteLength / 2)
      return new Promise(resolve => done.unshift(() => resolve(half)))
    })
    await using stage = await Stage.set({ checkRecords: false }, { compression: codec, batchSize: 4_096 })
    const messages = Array.from({ length: 12 }, (_, i) => ({
      topic: 'orders',
      value: `${i}`.repeat(1_000),
      partition: 0
    }))
    const sent = stage.producer.send({ messages })
    for (let i = 0; i < 50; i++) {
      stage.clock.advance(10)
      done.pop()?.()
      await Promise.resolve()
      await Promise.resolve()
    }
    const result = await stage.during(sent)
    expect(result.offsets).toEqual([{ topic: 'orders', partition: 0, offset: 0n }])
    expect(stage.cluster.offsets('orders', 0).endOffset).toBe(12n)
  })

  test('one that throws fails its batch, and the next goes on', async () => {
    let calls = 0
    const codec = fakeCodec(input => {
      if (++calls === 1) throw new Error('out of order')
      return input
    })
    await using stage = await Stage.set({}, { compression: codec })
    const error = await stage.during(
      failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'a', partition: 0 }] }))
    )
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { code: 'KAFKA_COMPRESSION' } })
    const result = await stage.during(
      stage.producer.send({ messages: [{ topic: 'orders', value: 'b', partition: 0 }] })
    )
    expect(result.offsets[0]!.offset).toBe(0n)
  })
})

describe('isolation', () => {
  test('a topic that does not exist fails alone, after five seconds', async () => {
    await using stage = await Stage.set()
    const { producer } = stage
    const both = producer.send({
      messages: [
        { topic: 'missing', value: 'v' },
        { topic: 'orders', value: 'v', partition: 0 }
      ]
    })
    const other = producer.send({ messages: [{ topic: 'orders', value: 'w', partition: 0 }] })
    await stage.during(other)
    expect(stage.clock.monotonicMs()).toBeLessThan(1_000)
    const error = await stage.during(failureOf(both))
    expect(error.failures.map(failure => [failure.index, failure.error.code])).toEqual([[0, 'KAFKA_UNKNOWN_TOPIC']])
    expect(error.produced.offsets).toEqual([{ topic: 'orders', partition: 0, offset: 0n }])
  })

  test('a refused record is blamed, its siblings are not', async () => {
    await using stage = await Stage.set({ topics: { orders: { partitions: 1, compacted: true } } })
    const messages = ['a', 'b', 'c'].map((key, i) => ({ topic: 'orders', key: i === 1 ? null : key, value: 'v' }))
    const error = await stage.during(failureOf(stage.producer.send({ messages })))
    expect(error.failures.map(failure => failure.outcome)).toEqual(['not-persisted', 'not-persisted', 'not-persisted'])
    expect(error.failures[0]!.error.message).not.toBe(error.failures[1]!.error.message)
    const next = await stage.during(stage.producer.send({ messages: [{ topic: 'orders', key: 'd', value: 'v' }] }))
    expect(next.offsets[0]!.offset).toBe(0n)
  })
})

describe('identity', () => {
  test('refused for lack of permission, and only a default: plain from then on, and told once', async () => {
    await using stage = await Stage.set()
    stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const fallbacks: unknown[] = []
    stage.producer.on('producer:fallback', event => fallbacks.push(event.error))
    await warm(stage)
    await warm(stage)
    expect(fallbacks).toEqual([brokerError(31)])
    expect(stage.cluster.logNow('orders', 0).map(record => record.producerId)).toEqual([-1n, -1n])
  })

  test('refused, and asked for: the sends that wait fail, and the next asks again', async () => {
    await using stage = await Stage.set({}, { idempotent: true })
    const allow = stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const error = await stage.during(
      failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] }))
    )
    expect(error.failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { code: 'KAFKA_BROKER', errorCode: 31 }
    })
    allow()
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
  })

  test('initIdempotentProducer gives a new one each time, and partitions go on under it', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const first = stage.producer.producerId
    const second = await stage.during(stage.producer.initIdempotentProducer())
    expect(second.producerId).not.toBe(first)
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0).map(record => [record.producerId, record.sequence])).toEqual([
      [first, 0],
      [second.producerId, 0]
    ])
  })

  test('a given pair is written under as it is', async () => {
    await using stage = await Stage.set({}, { producerId: 4_242n, producerEpoch: 7 })
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)[0]).toMatchObject({ producerId: 4_242n, producerEpoch: 7, sequence: 0 })
    expect([stage.producer.producerId, stage.producer.producerEpoch]).toEqual([4_242n, 7])
  })
})

describe('what a broker loses', () => {
  test('acknowledged records: told, and by default the rest goes on', async () => {
    await using stage = await Stage.set()
    const losses: unknown[] = []
    stage.producer.on('producer:dataloss', loss => losses.push([loss.topic, loss.partition, loss.continued]))
    await warm(stage)
    await warm(stage)
    stage.cluster.truncate('orders', 0, 1n)
    await warm(stage)
    expect(losses).toEqual([['orders', 0, true]])
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  test('a topic made anew under us: stopped until reset accepts it', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    stage.cluster.deleteTopic('orders')
    stage.cluster.createTopic('orders', 3)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    const error = await stage.during(
      failureOf(stage.producer.send({ messages: [{ topic: 'orders', value: 'v', partition: 0 }] }))
    )
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { code: 'KAFKA_FENCED' } })
    await stage.during(stage.producer.reset({ topic: 'orders' }))
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
  })
})

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

describe('many clients of one pool', () => {
  test('each delivers, and closing one leaves the pool to the other', async () => {
    await using stage = await Stage.set()
    const { connections } = stage.producer
    const { bootstrapBrokers } = stage.cluster.clientOptions()
    const other = new Producer({ bootstrapBrokers, connections, serializers: stringSerializers })
    await stage.during(other.send({ messages: [{ topic: 'orders', value: 'other', partition: 1 }] }))
    await stage.during(other.close())
    await warm(stage)
    expect(stage.cluster.logNow('orders')).toHaveLength(2)
  })
})
