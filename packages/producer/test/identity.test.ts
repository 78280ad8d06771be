// The identity of a producer: asked for, refused, given, in every state.
import { describe, expect, test } from 'vitest'
import { brokerError } from '@sluice/protocol'
import { errorOf, failureOf, Stage, text, warm } from './stage.ts'

const one = (value: string, partition = 0): { messages: { topic: string; value: string; partition: number }[] } => ({
  messages: [{ topic: 'orders', value, partition }]
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

  test('refused for lack of permission, and a pair is given: written under that', async () => {
    await using stage = await Stage.set()
    stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    await warm(stage)
    const pair = { producerId: 77n, producerEpoch: 2 }
    await warm(stage, pair)
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0).map(record => record.producerId)).toEqual([-1n, 77n, -1n])
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

  test('an answer of the broker that may pass: asked again, and nothing fails', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    const answers = [-1, 14, 51, 31_337]
    stage.cluster.intercept('InitProducerId', () => {
      const error = answers.shift()
      return error === undefined ? undefined : { error }
    })
    await warm(stage)
    expect(answers).toEqual([])
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(1)
  })

  // Story: a script's only send runs out of time, for no broker gives an identity. The question went on for two minutes, and
  // the process with it.
  test('asked for in vain: with the last send that waits the question ends, and the next send asks again', async () => {
    await using stage = await Stage.set()
    let asked = 0
    let isGiven = false
    stage.cluster.intercept('InitProducerId', () => {
      asked++
      return isGiven ? undefined : { error: 15 }
    })
    const sent = stage.producer.send({ ...one('in vain'), deliveryTimeout: 1_000 })
    expect(await stage.during(failureOf(sent))).toMatchObject({ outcome: 'not-persisted' })
    const askedBefore = asked
    stage.clock.advance(60_000)
    await stage.during(stage.producer.flush())
    expect(asked).toBe(askedBefore)
    expect(askedBefore).toBeGreaterThan(1)

    isGiven = true
    await warm(stage)
    expect(asked).toBe(askedBefore + 1)
  })

  test.each([35, 42])('refused with %s: what waits fails, and is not persisted', async code => {
    await using stage = await Stage.set()
    stage.cluster.intercept('InitProducerId', () => ({ error: code }))
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { errorCode: code } })
    expect(stage.clock.monotonicMs()).toBeLessThan(1_000)
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

  test('with a given pair none is asked for: it would not be written under', async () => {
    await using stage = await Stage.set({}, { producerId: 4_242n, producerEpoch: 7 })
    expect(await stage.during(errorOf(stage.producer.initIdempotentProducer()))).toMatchObject({
      code: 'KAFKA_INVALID_ARGUMENT',
      message: expect.stringContaining('writes under the producerId (4242n) that it was made with')
    })
    await warm(stage)
    expect([stage.producer.producerId, stage.producer.producerEpoch]).toEqual([4_242n, 7])
  })
})

describe('identity, in every state', () => {
  test('a refused renewal leaves the identity that is held, and what is queued', async () => {
    await using stage = await Stage.set({}, { linger: 500 })
    await warm(stage)
    stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const sent = stage.producer.send(one('v'))
    const error = await stage.during(errorOf(stage.producer.initIdempotentProducer()))
    expect(error).toMatchObject({ code: 'KAFKA_BROKER', errorCode: 31, outcome: 'not-persisted' })
    await stage.during(sent)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  test('refused, and only this call asked for it: the call fails, others go on as plain ones', async () => {
    await using stage = await Stage.set()
    stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const asked = errorOf(stage.producer.send({ idempotent: true, ...one('asked') }))
    const other = stage.producer.send(one('other'))
    expect(await stage.during(asked)).toMatchObject({
      outcome: 'not-persisted',
      failures: [{ error: { errorCode: 31 } }]
    })
    await stage.during(other)
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['other'])
    const again = errorOf(stage.producer.send({ idempotent: true, ...one('asked') }))
    expect(await stage.during(again)).toMatchObject({ outcome: 'not-persisted' })
    expect(stage.clock.monotonicMs()).toBeLessThan(10_000)
  })

  test('refused: what was given an identity of its own, or needs none, goes on', async () => {
    await using stage = await Stage.set({}, { idempotent: true })
    stage.cluster.intercept('InitProducerId', () => ({ error: 31 }))
    const refused = errorOf(stage.producer.send(one('refused', 0)))
    const given = stage.producer.send({ producerId: 77n, producerEpoch: 0, ...one('given', 1) })
    const plain = stage.producer.send({ idempotent: false, ...one('plain', 2) })
    const mixed = [errorOf(stage.producer.send(one('mixed', 2))), stage.producer.send({ acks: 1, ...one('last', 2) })]
    expect(await stage.during(refused)).toMatchObject({ outcome: 'not-persisted' })
    await stage.during(Promise.all([given, plain, ...mixed]))
    expect(await mixed[0]).toMatchObject({ outcome: 'not-persisted' })
    expect(text(stage.cluster.logNow('orders'))).toEqual(['given', 'plain', 'last'])
    expect(stage.clock.monotonicMs()).toBeLessThan(10_000)
  })

  test('the pair in use, named in send, changes nothing; another drains its partitions and applies from there', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    const { producerId, producerEpoch } = stage.producer
    const named = stage.producer.send({ producerId, producerEpoch, ...one('named') })
    const other = stage.producer.send({ producerId: 500n, producerEpoch: 3, ...one('other') })
    const again = stage.producer.send({ producerId: 500n, producerEpoch: 3, ...one('again') })
    const back = stage.producer.send(one('back'))
    await stage.during(Promise.all([named, other, again, back]))
    expect(
      stage.cluster.logNow('orders', 0).map(record => [String(record.value), record.producerId, record.sequence])
    ).toEqual([
      ['warm', producerId, 0],
      ['named', producerId, 1],
      ['other', 500n, 0],
      ['again', 500n, 1],
      ['back', producerId, 2]
    ])
  })
  // Story: a record goes out under a given pair and its time ends; others are written meanwhile. Under that pair only a new
  // epoch would do, and it has none. Were the next record to wait for one, so would all behind it.
  test('a given pair in its last epoch, left with a record in doubt: refused at once, and others go on', async () => {
    await using stage = await Stage.set({}, { requestTimeout: 1_000 })
    await warm(stage)
    const given = { producerId: 77n, producerEpoch: 32_767 }
    let lost = 0
    stage.cluster.intercept('Produce', () => (++lost === 1 ? { drop: true } : undefined))
    const doubtful = failureOf(stage.producer.send({ ...given, deliveryTimeout: 500, ...one('doubtful') }))
    expect((await stage.during(doubtful)).outcome).toBe('unknown')
    await stage.during(stage.producer.send(one('other')))
    const startMs = stage.clock.monotonicMs()
    const late = failureOf(stage.producer.send({ ...given, ...one('late') }))
    const last = stage.producer.send(one('last'))
    expect((await stage.during(late)).failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { code: 'KAFKA_FENCED', message: expect.stringContaining('no epoch left') as unknown }
    })
    await stage.during(last)
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(100)
    expect(text(stage.cluster.logNow('orders', 0)).slice(-2)).toEqual(['other', 'last'])
  })
})

test('a retryDelay that ends the only call: nobody is asked any more', async () => {
  const abort = new AbortController()
  const retryDelay = ({ operation }: { readonly operation: string }): number => {
    if (operation === 'InitProducerId') abort.abort()
    return 100
  }
  await using stage = await Stage.set({}, { retryDelay })
  let asked = 0
  stage.cluster.intercept('InitProducerId', () => {
    asked++
    return { error: 14 }
  })
  await stage.during(errorOf(stage.producer.send({ ...one('v'), signal: abort.signal })))
  stage.clock.advance(10_000)
  expect(asked).toBe(1)
})

// Story: a send waits out the pause after a refusal; meanwhile the program asks for an identity, and is given one. When the
// pause was over the producer asked for another, and what the program had been given was no longer in use.
test('an identity that is given while a send waits to ask again is the one that is used', async () => {
  await using stage = await Stage.set({}, { retryDelay: () => 10_000, retries: 0 })
  let asked = 0
  stage.cluster.intercept('InitProducerId', () => (++asked === 1 ? { error: 14 } : undefined))
  const sent = stage.producer.send(one('v'))
  stage.clock.advance(1_000)
  await Promise.resolve()
  const given = await stage.during(stage.producer.initIdempotentProducer())
  await stage.during(sent)
  stage.clock.advance(30_000)
  await stage.during(stage.producer.flush())
  expect(asked).toBe(2)
  expect(stage.producer.producerId).toBe(given.producerId)
})
