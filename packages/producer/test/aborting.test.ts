// What becomes of a call whose signal is aborted, wherever its records are.
import { describe, expect, test } from 'vitest'
import { type ProduceResult } from '@sluice/producer'
import { errorOf, Stage, text, warm } from './stage.ts'

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

describe('aborting in every state', () => {
  const aborted = (outcome: string): object => ({ code: 'KAFKA_ABORTED', outcome })

  test('a sealed batch of aborted records only, that never left, is dropped: not persisted', async () => {
    await using stage = await Stage.set({}, { batchSize: 1_024 })
    await warm(stage)
    stage.cluster.moveLeader('orders', 0, -1)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    const abort = new AbortController()
    const messages = Array.from({ length: 4 }, () => ({ topic: 'orders', value: 'x'.repeat(900), partition: 0 }))
    const sent = errorOf(stage.producer.send({ signal: abort.signal, messages }))
    stage.clock.advance(100)
    abort.abort()
    expect(await stage.during(sent)).toMatchObject(aborted('not-persisted'))
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
    stage.cluster.moveLeader('orders', 0, 1)
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  test('a batch that was refused for certain and waits to be tried again is dropped; one that may be written goes on', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { retryDelay: 1_000 })
    await warm(stage)
    for (const [code, outcome] of [
      [19, 'not-persisted'],
      [7, 'unknown']
    ] as const) {
      const allow = stage.cluster.intercept('Produce', () => ({ error: code, execute: code === 7 }))
      const abort = new AbortController()
      const message = { topic: 'orders', value: outcome, partition: 0 }
      const sent = errorOf(stage.producer.send({ signal: abort.signal, messages: [message] }))
      stage.clock.advance(1_100)
      abort.abort()
      expect(await stage.during(sent)).toMatchObject(aborted(outcome))
      allow()
    }
    await warm(stage)
    const log = stage.cluster.logNow('orders', 0)
    expect(log.map(({ value, sequence }) => [String(value), sequence])).toEqual([
      ['warm', 0],
      ['unknown', 1],
      ['warm', 2]
    ])
  })

  test('a sealed batch shared with another call goes on: unknown, and the other call is delivered', async () => {
    await using stage = await Stage.set({}, { batchSize: 2_048 })
    await warm(stage)
    stage.cluster.moveLeader('orders', 0, -1)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    const abort = new AbortController()
    const send = (value: string, signal?: AbortSignal): Promise<unknown> =>
      stage.producer.send({ signal, messages: [{ topic: 'orders', value: value.repeat(900), partition: 0 }] })
    const other = send('o')
    const mine = errorOf(send('m', abort.signal))
    const behind = send('b')
    stage.clock.advance(100)
    abort.abort()
    expect(await stage.during(mine)).toMatchObject(aborted('unknown'))
    stage.cluster.moveLeader('orders', 0, 1)
    await stage.during(Promise.all([other, behind]))
    expect(text(stage.cluster.logNow('orders', 0)).map(value => value[0])).toEqual(['w', 'o', 'm', 'b'])
  })

  test('while it waits for memory: not persisted, and those behind it go on', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 8_192, batchSize: 4_096 })
    await warm(stage)
    const send = (value: string, signal?: AbortSignal): Promise<unknown> =>
      stage.producer.send({ signal, messages: [{ topic: 'orders', value: value.repeat(3_000), partition: 0 }] })
    const abort = new AbortController()
    const first = [send('1'), send('2')]
    const mine = errorOf(send('m', abort.signal))
    const last = send('3')
    abort.abort()
    expect(await stage.during(mine)).toMatchObject(aborted('not-persisted'))
    await stage.during(Promise.all([...first, last]))
    expect(text(stage.cluster.logNow('orders', 0)).map(value => value[0])).toEqual(['w', '1', '2', '3'])
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
  })

  test('the last that waits is aborted: who was told to wait is told to go on', async () => {
    await using stage = await Stage.set()
    stage.cluster.intercept('Metadata', () => ({ drop: true }))
    let drains = 0
    stage.producer.on('producer:drain', () => drains++)
    const abort = new AbortController()
    expect(stage.producer.send({ signal: abort.signal, messages: [{ topic: 'orders', value: 'v' }] }, () => {})).toBe(
      false
    )
    stage.clock.advance(100)
    abort.abort()
    stage.clock.advance(1)
    expect(drains).toBe(1)
  })

  test('after one of its records failed, unknown: unknown', async () => {
    await using stage = await Stage.set({}, { retries: false })
    await warm(stage)
    stage.cluster.moveLeader('orders', 0, 1)
    stage.cluster.moveLeader('orders', 1, -1)
    await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
    stage.cluster.intercept('Produce', () => ({ cut: 0 }))
    const abort = new AbortController()
    const messages = [0, 1].map(partition => ({ topic: 'orders', value: 'v', partition }))
    const sent = errorOf(stage.producer.send({ signal: abort.signal, messages }))
    stage.clock.advance(50)
    expect(stage.producer.stats().unknown).toBe(1)
    abort.abort()
    expect(await stage.during(sent)).toMatchObject(aborted('unknown'))
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  test('while it waits for memory, one of its messages failed already: not persisted, and each is counted once', async () => {
    const onSend = <M extends { value: unknown }>(message: M): M => {
      if (message.value === 'bad') throw new Error('bad')
      return message
    }
    await using stage = await Stage.set({}, { bufferMemory: 8_192, batchSize: 4_096, interceptors: [{ onSend }] })
    await warm(stage)
    const large = (value: string): { topic: string; value: string; partition: number } => ({
      topic: 'orders',
      value: value.repeat(3_000),
      partition: 0
    })
    const first = ['1', '2'].map(value => stage.producer.send({ messages: [large(value)] }))
    const abort = new AbortController()
    const messages = [large('a'), { topic: 'orders', value: 'bad', partition: 0 }, large('b')]
    const mine = errorOf(stage.producer.send({ signal: abort.signal, messages }))
    abort.abort()
    expect(await stage.during(mine)).toMatchObject(aborted('not-persisted'))
    await stage.during(Promise.all(first))
    expect(stage.producer.stats()).toMatchObject({ delivered: 3, failed: 3, unknown: 0, queuedRecords: 0 })
  })

  test('in a callback of one that fails with it: not persisted, and each is counted once', async () => {
    await using stage = await Stage.set()
    const abort = new AbortController()
    const ends: unknown[] = []
    const messages = [{ topic: 'missing', value: 'v' }]
    stage.producer.send({ messages }, error => {
      ends.push(error?.code)
      abort.abort()
      stage.producer.send({ messages }, again => ends.push(again?.code))
    })
    stage.producer.send({ signal: abort.signal, messages }, error => ends.push([error?.code, error?.outcome]))
    await stage.during(stage.producer.flush())
    expect(ends).toEqual(['KAFKA_PRODUCE_FAILED', ['KAFKA_ABORTED', 'not-persisted']])
    await stage.during(stage.producer.flush())
    expect(ends.at(-1)).toBe('KAFKA_PRODUCE_FAILED')
    expect(stage.producer.stats()).toMatchObject({ failed: 3, unknown: 0, queuedRecords: 0 })
  })

  test('in a callback, when its own record is in the log and not told yet: unknown', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const abort = new AbortController()
    const ends: unknown[] = []
    const one = (value: string): { topic: string; value: string; partition: number }[] => [
      { topic: 'orders', value, partition: 0 }
    ]
    stage.producer.send({ messages: one('a') }, () => abort.abort())
    stage.producer.send({ signal: abort.signal, messages: one('b') }, error => ends.push(error?.outcome))
    await stage.during(stage.producer.flush())
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'a', 'b'])
    expect(ends).toEqual(['unknown'])
  })

  test('by an observer of the outcome: unknown', async () => {
    const abort = new AbortController()
    await using stage = await Stage.set({}, { observer: { onOutcome: () => abort.abort() } })
    const sent = stage.producer.send({
      signal: abort.signal,
      messages: [{ topic: 'orders', value: 'v', partition: 0 }]
    })
    expect(await stage.during(errorOf(sent))).toMatchObject(aborted('unknown'))
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['v'])
  })

  test('after the call is over: nothing, and the signal is let go of', async () => {
    await using stage = await Stage.set()
    const abort = new AbortController()
    let listeners = 0
    const { signal } = abort
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => {
        listeners++
        add(...args)
      },
      removeEventListener: (...args: Parameters<typeof remove>) => {
        listeners--
        remove(...args)
      }
    })
    await stage.during(stage.producer.send({ signal, messages: [{ topic: 'orders', value: 'v' }] }))
    expect(listeners).toBe(0)
    abort.abort()
    await warm(stage)
  })

  test('one signal for very many calls: no warning, and all end', async () => {
    await using stage = await Stage.set()
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const abort = new AbortController()
    const sent = Array.from({ length: 50 }, () =>
      errorOf(stage.producer.send({ signal: abort.signal, messages: [{ topic: 'orders', value: 'v' }] }))
    )
    abort.abort()
    expect(new Set((await stage.during(Promise.all(sent))).map(error => (error as Error).name))).toEqual(
      new Set(['AbortedError'])
    )
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  test('between retries: unknown if it may have been written, and it goes on under its identity', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    let answers = 0
    stage.cluster.intercept('Produce', () => (++answers === 1 ? { cut: 0 } : undefined))
    const abort = new AbortController()
    const sent = errorOf(
      stage.producer.send({ signal: abort.signal, messages: [{ topic: 'orders', value: 'v', partition: 0 }] })
    )
    stage.clock.advance(20)
    abort.abort()
    expect(await stage.during(sent)).toMatchObject(aborted('unknown'))
    await warm(stage)
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'v', 'warm'])
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
  })

  test('a waiting call whose end leaves nobody waiting ends the hurry of others', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 8_192, batchSize: 4_096, linger: 1_000 })
    await warm(stage)
    const big = 'x'.repeat(3_500)
    const abort = new AbortController()
    stage.cluster.pause(stage.cluster.leadership('orders', 0).leaderId)
    const held = [0, 0].map(partition =>
      stage.producer.send({ messages: [{ topic: 'orders', value: big, partition }] })
    )
    // Its topic is learnt while there is no memory.
    stage.cluster.createTopic('later', 1)
    const mine = errorOf(stage.producer.send({ signal: abort.signal, messages: [{ topic: 'later', value: 'v' }] }))
    stage.clock.advance(200)
    abort.abort()
    expect(await stage.during(mine)).toMatchObject(aborted('not-persisted'))
    stage.cluster.resume(stage.cluster.leadership('orders', 0).leaderId)
    await stage.during(Promise.all(held))
    const startMs = stage.clock.monotonicMs()
    await warm(stage)
    expect(stage.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(1_000)
  })
})

// Story: the records of a call stand in a sealed batch of their own and, with another call's, in the open one. The end of the
// first is observed, and the observer aborts the other call: the open batch is another one from then on. The first call was
// told that nothing is written, and its record was in that.
test('an abort in the middle of an abort: what is not told is not written either', async () => {
  const first = new AbortController()
  const second = new AbortController()
  const observer = {
    onOutcome: ({ outcome }: { readonly outcome: string }): void => {
      if (outcome === 'not-persisted') second.abort()
    }
  }
  await using stage = await Stage.set({}, { batchSize: 1_024, observer })
  await warm(stage)
  stage.cluster.moveLeader('orders', 0, -1)
  await stage.during(stage.producer.metadata({ topics: ['orders'], forceUpdate: true }))
  const message = (value: string): { topic: string; value: string; partition: number } => ({
    topic: 'orders',
    value,
    partition: 0
  })
  const messages = [message('x'.repeat(900)), message('1'.repeat(100))]
  const one = errorOf(stage.producer.send({ signal: first.signal, messages }))
  const two = errorOf(stage.producer.send({ signal: second.signal, messages: [message('2')] }))
  first.abort()
  expect(await stage.during(one)).toMatchObject({ outcome: 'not-persisted' })
  await stage.during(two)
  stage.cluster.moveLeader('orders', 0, 1)
  await warm(stage)
  expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'warm'])
})
