// Codecs that are slow, fail, or give nonsense.
import { describe, expect, test } from 'vitest'
import type { CompressionCodec } from '@sluice/producer'
import { errorOf, failureOf, Stage, text, warm } from './stage.ts'

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

describe('codecs that misbehave', () => {
  const codecOf = (
    compress: (input: Uint8Array) => unknown,
    more: Partial<Record<keyof CompressionCodec, unknown>> = {}
  ): CompressionCodec =>
    ({ id: 4, name: 'fake', compress, decompress: (input: Uint8Array) => input, ...more }) as CompressionCodec

  const big = (name: string): { topic: string; value: string; partition: number } => ({
    topic: 'orders',
    value: name.repeat(3_000),
    partition: 0
  })

  async function expectClean(stage: Stage): Promise<void> {
    await stage.during(stage.producer.flush())
    await Promise.resolve()
    stage.clock.advance(100)
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
  }

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      }
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['gives nothing', () => undefined],
    ['gives no bytes', () => new Uint8Array(0)],
    ['resolves to nothing', () => Promise.resolve()],
    ['gives a text', () => 'text']
  ])('one that %s: its batch fails alone, those behind it go on, memory comes back', async (_name, fail) => {
    let calls = 0
    const codec = codecOf(input => (++calls === 1 ? fail() : input))
    await using stage = await Stage.set({}, { compression: codec, batchSize: 4_096, deliveryTimeout: 5_000 })
    const ends = ['a', 'b', 'c'].map(name => errorOf(stage.producer.send({ messages: [big(name)] })))
    const errors = await stage.during(Promise.all(ends))
    expect(errors[0]).toMatchObject({ outcome: 'not-persisted', failures: [{ error: { code: 'KAFKA_COMPRESSION' } }] })
    expect(errors.slice(1)).toEqual([null, null])
    expect(stage.clock.monotonicMs()).toBeLessThan(1_000)
    expect(text(stage.cluster.logNow('orders', 0)).map(value => value[0])).toEqual(['b', 'c'])
    await expectClean(stage)
  })

  test('compressInto that throws, or gives nonsense, now or later: as compress that throws', async () => {
    const wrong = [
      () => {
        throw new Error('no')
      },
      () => Number.NaN,
      () => 1e9,
      () => 0,
      () => 'x'
    ]
    const now = wrong.map(compressInto => ({ compressInto }))
    const later = wrong.map(compressIntoLater => ({ compressInto: () => -1, compressIntoLater }))
    const rejecting = { compressIntoLater: () => Promise.reject(new Error('no')) }
    for (const more of [...now, ...later, rejecting]) {
      const codec = codecOf(input => input, more)
      await using stage = await Stage.set({}, { compression: codec, deliveryTimeout: 5_000 })
      const error = await stage.during(failureOf(stage.producer.send({ messages: [big('a')] })))
      expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { code: 'KAFKA_COMPRESSION' } })
      await expectClean(stage)
    }
  })

  /** Half of what it is given. */
  const halve = (input: Uint8Array, output: Uint8Array, at: number): number => {
    output.set(input.subarray(0, input.length / 2), at)
    return Math.floor(input.length / 2)
  }

  test('compressIntoLater is asked in place of compress, and what it wrote is what is sent', async () => {
    const codec = codecOf(
      () => {
        throw new Error('not asked')
      },
      {
        compressIntoLater: (input: Uint8Array, output: () => Uint8Array, at: number) =>
          Promise.resolve(halve(input, output(), at))
      }
    )
    await using stage = await Stage.set({ checkRecords: false }, { compression: codec })
    await stage.during(stage.producer.send({ messages: [big('a')] }))
    expect(stage.producer.stats()).toMatchObject({ delivered: 1, failed: 0 })
    await expectClean(stage)
  })

  test('compressIntoLater that finds no room, or gains nothing: the records are sent as they are', async () => {
    for (const compressIntoLater of [
      () => Promise.resolve(-1),
      (input: Uint8Array, output: () => Uint8Array, at: number) => {
        output().set(input, at)
        return Promise.resolve(input.length)
      }
    ]) {
      const codec = codecOf(input => input, { compressInto: () => -1, compressIntoLater })
      await using stage = await Stage.set({}, { compression: codec })
      await stage.during(stage.producer.send({ messages: [big('a')] }))
      expect(text(stage.cluster.logNow('orders', 0))).toEqual([big('a').value])
      await expectClean(stage)
    }
  })

  test('compressIntoLater that waits for its turn holds no memory for what it will write', async () => {
    const pending: (() => void)[] = []
    const codec = codecOf(input => input, {
      compressIntoLater: (input: Uint8Array, output: () => Uint8Array, at: number) =>
        new Promise<number>(resolve => pending.push(() => resolve(halve(input, output(), at))))
    })
    await using stage = await Stage.set({ checkRecords: false }, { compression: codec, batchSize: 4_096 })
    const sends = Array.from({ length: 6 }, async (_, i) => stage.producer.send({ messages: [big(`${i}`)] }))
    stage.clock.advance(100)
    expect(pending).toHaveLength(5)
    // The records of each batch are in a chunk of 8 KiB.
    expect(stage.producer.stats().queuedBytes).toBe(6 * 8_192)
    let isOver = false
    const finish = (): void => {
      if (isOver) return
      for (const each of pending.splice(0)) each()
      stage.clock.advance(10)
      setImmediate(finish)
    }
    finish()
    await Promise.all(sends)
    isOver = true
    await expectClean(stage)
  })

  test('compressIntoLater that is done after the batch expired: told once, memory comes back when it is done', async () => {
    const pending: (() => void)[] = []
    const codec = codecOf(input => input, {
      compressIntoLater: (input: Uint8Array, output: () => Uint8Array, at: number) =>
        new Promise<number>(resolve => pending.push(() => resolve(halve(input, output(), at))))
    })
    await using stage = await Stage.set({ checkRecords: false }, { compression: codec, deliveryTimeout: 2_000 })
    const error = await stage.during(failureOf(stage.producer.send({ messages: [big('a')] })))
    expect([error.outcome, error.failures.length]).toEqual(['not-persisted', 1])
    expect(stage.producer.stats().queuedBytes).toBeGreaterThan(0)
    for (const finish of pending) finish()
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    expect(stage.producer.stats()).toMatchObject({ delivered: 0, failed: 1 })
    await expectClean(stage)
  })

  test.each(['resolves', 'rejects'])('one that %s after the batch expired: told once, memory comes back', async how => {
    const pending: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }[] = []
    const codec = codecOf(
      input =>
        new Promise<Uint8Array>((resolve, reject) => {
          pending.push({ resolve: () => resolve(input.slice(0, input.length / 2)), reject })
        })
    )
    await using stage = await Stage.set({ checkRecords: false }, { compression: codec, deliveryTimeout: 2_000 })
    const error = await stage.during(failureOf(stage.producer.send({ messages: [big('a'), big('b')] })))
    expect([error.outcome, error.failures.length]).toEqual(['not-persisted', 2])
    const next = stage.producer.send({ messages: [big('c')] })
    stage.clock.advance(10)
    for (const { resolve, reject } of pending.splice(0, 1))
      if (how === 'resolves') resolve(new Uint8Array())
      else reject(new Error('late'))
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    stage.clock.advance(10)
    for (const { resolve } of pending.splice(0)) resolve(new Uint8Array())
    await stage.during(next)
    expect(stage.producer.stats()).toMatchObject({ delivered: 1, failed: 2 })
    await expectClean(stage)
  })

  test('one that works elsewhere begins with the batches behind, up to five at once', async () => {
    const pending: (() => void)[] = []
    const codec = codecOf(input => new Promise(resolve => pending.push(() => resolve(input))))
    await using stage = await Stage.set({}, { compression: codec, batchSize: 1_024 })
    const sends = Array.from({ length: 8 }, async (_, i) => stage.producer.send({ messages: [big(`${i}`)] }))
    stage.clock.advance(100)
    expect(pending).toHaveLength(5)
    const finish = (): void => {
      for (const resolve of pending.splice(0).toReversed()) resolve()
      setImmediate(finishAgain)
    }
    let isOver = false
    const finishAgain = (): void => {
      if (isOver) return
      stage.clock.advance(10)
      finish()
    }
    finish()
    await Promise.all(sends)
    isOver = true
    expect(text(stage.cluster.logNow('orders', 0)).map(value => value[0])).toEqual(sends.map((_, i) => `${i}`))
    await expectClean(stage)
  })

  test('one that works here as well packs one batch here, and no more before the first may leave', async () => {
    const pending: (() => void)[] = []
    let calls = 0
    const codec = codecOf(input => {
      if (++calls % 2 === 0) return input
      return new Promise(resolve => pending.push(() => resolve(input)))
    })
    await using stage = await Stage.set({}, { compression: codec, batchSize: 1_024 })
    const sends = Array.from({ length: 8 }, async (_, i) => stage.producer.send({ messages: [big(`${i}`)] }))
    stage.clock.advance(100)
    expect(calls).toBe(2)
    let isOver = false
    const finish = (): void => {
      if (isOver) return
      for (const resolve of pending.splice(0)) resolve()
      stage.clock.advance(10)
      setImmediate(finish)
    }
    finish()
    await Promise.all(sends)
    isOver = true
    expect(calls).toBe(8)
    expect(text(stage.cluster.logNow('orders', 0)).map(value => value[0])).toEqual(sends.map((_, i) => `${i}`))
    await expectClean(stage)
  })

  test('one that is done after a close by force', async () => {
    const pending: (() => void)[] = []
    const codec = codecOf(input => new Promise(resolve => pending.push(() => resolve(input))))
    await using stage = await Stage.set({}, { compression: codec })
    const sent = errorOf(stage.producer.send({ messages: [big('a')] }))
    stage.clock.advance(100)
    expect(pending).toHaveLength(1)
    await stage.during(stage.producer.close({ force: true }))
    expect(await sent).toMatchObject({ outcome: 'not-persisted' })
    pending[0]!()
    await expectClean(stage)
  })

  test('one whose decompress fails when a batch must be split: the batch fails as the broker said, and the next goes on', async () => {
    for (const decompress of [
      () => {
        throw new Error('no')
      },
      () => Promise.reject(new Error('no')),
      () => new Uint8Array(3),
      () => undefined
    ]) {
      const codec = codecOf(input => input.slice(0, input.length / 2), { decompress })
      await using stage = await Stage.set({ checkRecords: false }, { compression: codec, deliveryTimeout: 5_000 })
      let answers = 0
      stage.cluster.intercept('Produce', () => (++answers === 1 ? { error: 10 } : undefined))
      const error = await stage.during(failureOf(stage.producer.send({ messages: [big('a'), big('b')] })))
      expect(error.failures.map(failure => failure.outcome)).toEqual(['not-persisted', 'not-persisted'])
      await stage.during(stage.producer.send({ messages: [big('c')] }))
      await expectClean(stage)
    }
  })

  test('one whose decompress is done after the batch expired', async () => {
    const pending: (() => void)[] = []
    const codec = codecOf(input => input.slice(0, input.length / 2), {
      decompress: (input: Uint8Array) => new Promise(resolve => pending.push(() => resolve(input)))
    })
    await using stage = await Stage.set({ checkRecords: false }, { compression: codec, deliveryTimeout: 2_000 })
    let answers = 0
    stage.cluster.intercept('Produce', () => (++answers === 1 ? { error: 10 } : undefined))
    const error = await stage.during(failureOf(stage.producer.send({ messages: [big('a'), big('b')] })))
    expect(error.failures.map(failure => failure.outcome)).toEqual(['not-persisted', 'not-persisted'])
    pending[0]!()
    await stage.during(stage.producer.send({ messages: [big('c')] }))
    await expectClean(stage)
    expect(stage.producer.stats()).toMatchObject({ delivered: 1, failed: 2 })
  })
})

describe('too large for the topic', () => {
  test('split until it fits, in order, memory comes back, and the lesson is kept', async () => {
    await using stage = await Stage.set({ topics: { orders: { partitions: 3, maxMessageBytes: 5_000 } } })
    const messages = Array.from({ length: 20 }, (_, i) => ({
      topic: 'orders',
      value: `${i} ${'x'.repeat(900)}`,
      partition: 0
    }))
    const result = await stage.during(stage.producer.send({ messages, records: true }))
    expect(result.records!.map(record => record.offset)).toEqual(messages.map((_, i) => BigInt(i)))
    const { requests } = stage.producer.stats()
    await stage.during(stage.producer.send({ messages }))
    expect(stage.producer.stats().requests - requests).toBeLessThan(requests)
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, delivered: 40, failed: 0 })
  })

  test('a close by force from the callback of another batch, when this one is about to be split', async () => {
    await using stage = await Stage.set({}, { batchSize: 2_000 })
    await warm(stage)
    let answers = 0
    stage.cluster.intercept('Produce', () => (++answers <= 2 ? { error: answers === 1 ? 87 : 10 } : undefined))
    const ends: string[] = []
    let closed: Promise<void> | null = null
    const send = (name: string): void => {
      const messages = [name, name].map(value => ({ topic: 'orders', value: value.repeat(800), partition: 0 }))
      stage.producer.send({ messages }, error => {
        ends.push(`${name} ${error?.outcome}`)
        closed ??= stage.producer.close({ force: true })
      })
    }
    send('a')
    send('b')
    await stage.during(stage.producer.flush())
    await stage.during(closed!)
    expect(ends).toHaveLength(2)
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
  })
})
