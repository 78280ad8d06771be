// What the producer does where a policy says so: data loss, topics made anew, retries, time.
import { describe, expect, test } from 'vitest'
import type { DataLoss } from '../src/outcomes.ts'
import { errorOf, failureOf, Stage, text, warm } from './stage.ts'

const one = (value: string, partition = 0): { messages: { topic: string; value: string; partition: number }[] } => ({
  messages: [{ topic: 'orders', value, partition }]
})

describe('what a broker loses', () => {
  test('acknowledged records: told, and by default the rest goes on', async () => {
    await using stage = await Stage.set()
    const losses: unknown[] = []
    stage.producer.on('producer:dataloss', loss => losses.push(loss))
    await warm(stage)
    await warm(stage)
    const { leaderId, leaderEpoch } = stage.cluster.leadership('orders', 0)
    stage.cluster.truncate('orders', 0, 1n)
    stage.cluster.moveLeader('orders', 0, (leaderId % 3) + 1)
    await warm(stage)
    expect(losses).toEqual([
      {
        topic: 'orders',
        partition: 0,
        error: expect.objectContaining({ errorCode: 45, topic: 'orders', partition: 0 }) as unknown,
        brokerId: (leaderId % 3) + 1,
        lastAckedOffset: 1n,
        logStartOffset: 0n,
        leaderEpochBefore: leaderEpoch,
        leaderEpochAfter: leaderEpoch + 1,
        continued: true
      }
    ])
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
  })

  // Story: a new leader lost all that the producer wrote. It knows nothing of the producer, and takes the next batch where
  // acknowledged ones were: no error tells of the loss, and only the offset shows it.
  test('all of them, at a leader that takes what comes next without an error: told, with or without sequences', async () => {
    for (const idempotent of [true, false]) {
      await using stage = await Stage.set({}, { idempotent })
      const losses: DataLoss[] = []
      stage.producer.on('producer:dataloss', loss => losses.push(loss))
      await warm(stage)
      await warm(stage)
      const { leaderId } = stage.cluster.leadership('orders', 0)
      stage.cluster.truncate('orders', 0, 0n)
      stage.cluster.moveLeader('orders', 0, (leaderId % 3) + 1)
      await warm(stage)
      expect(losses).toMatchObject([{ topic: 'orders', partition: 0, lastAckedOffset: 1n, continued: true }])
      expect(losses[0]!.error.message).toMatch(/offset 0.*acknowledged.*1/)
      await warm(stage)
      expect(losses).toHaveLength(1)
      expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
    }
  })

  test('and with the policy "fail" what was written is acknowledged, and the partition stops behind it', async () => {
    await using stage = await Stage.set({}, { dataLossPolicy: 'fail' })
    await warm(stage)
    await warm(stage)
    stage.cluster.truncate('orders', 0, 0n)
    await warm(stage)
    await expect(warm(stage)).rejects.toMatchObject({ outcome: 'not-persisted' })
    await stage.producer.reset({ topic: 'orders', partition: 0 })
    await warm(stage)
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(3)
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

describe('reset', () => {
  test('of a partition that nothing stopped changes nothing: what is in flight keeps its identity', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    let requests = 0
    stage.cluster.intercept('Produce', () => (++requests < 3 ? { delay: 30, cut: 0 } : undefined))
    const sent = stage.producer.send(one('v'))
    stage.clock.advance(20)
    await stage.during(stage.producer.reset({ topic: 'orders' }))
    for (let i = 0; i < 5; i++) {
      stage.clock.advance(50)
      await stage.during(stage.producer.reset({ topic: 'orders' }))
    }
    await stage.during(sent)
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'v'])
  })

  test('bad arguments are refused', async () => {
    await using stage = await Stage.set()
    for (const wrong of [null, {}, { topic: 5 }, { topic: 'orders', partition: -1 }, { topics: ['orders'] }])
      expect(await stage.during(errorOf(stage.producer.reset(wrong as never)))).toMatchObject({
        code: 'KAFKA_INVALID_ARGUMENT'
      })
  })

  test('what was never written to, and a partition that is not there, are refused', async () => {
    await using stage = await Stage.set()
    await warm(stage)
    await stage.during(stage.producer.reset({ topic: 'orders', partition: 2 }))
    for (const [wrong, message] of [
      [{ topic: 'order' }, 'reset.topic "order": this producer has sent nothing to it, so nothing of it is stopped'],
      [{ topic: 'orders', partition: 3 }, 'reset.partition 3 is not one of orders, which has 3: 0 to 2']
    ] as const)
      expect(await stage.during(errorOf(stage.producer.reset(wrong)))).toMatchObject({
        code: 'KAFKA_INVALID_ARGUMENT',
        message
      })
  })

  test('after data loss with policy fail: until then sends fail at once, afterwards they go on', async () => {
    await using stage = await Stage.set({}, { dataLossPolicy: 'fail' })
    await warm(stage)
    await warm(stage)
    stage.cluster.truncate('orders', 0, 1n)
    const first = await stage.during(failureOf(stage.producer.send(one('a'))))
    expect(first.failures[0]).toMatchObject({ outcome: 'not-persisted', error: { code: 'KAFKA_FENCED' } })
    const startMs = stage.clock.monotonicMs()
    await stage.during(failureOf(stage.producer.send(one('b'))))
    expect(stage.clock.monotonicMs() - startMs).toBeLessThan(50)
    await stage.during(stage.producer.send(one('other', 1)))
    await stage.during(stage.producer.reset({ topic: 'orders', partition: 0 }))
    await stage.during(stage.producer.send(one('c')))
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'c'])
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0 })
  })
})

describe('topics made anew', () => {
  test('policy continue: what comes later is written to the new one, from sequence 0', async () => {
    await using stage = await Stage.set({}, { topicRecreatedPolicy: 'continue' })
    await warm(stage)
    stage.cluster.deleteTopic('orders')
    stage.cluster.createTopic('orders', 3)
    await warm(stage)
    expect(stage.cluster.logNow('orders', 0).map(record => record.sequence)).toEqual([0])
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
  })
})

describe('retries', () => {
  test.each([
    [false, 1],
    [2, 3]
  ])('%s: so many attempts', async (retries, attempts) => {
    await using stage = await Stage.set({}, { retries })
    let requests = 0
    stage.cluster.intercept('Produce', () => {
      requests++
      return { error: 19 }
    })
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    expect(error.failures[0]).toMatchObject({
      outcome: 'not-persisted',
      error: { errorCode: 19, delivery: { attempts } }
    })
    expect([requests, stage.producer.stats().retries]).toEqual([attempts, attempts - 1])
  })

  test('retryUncertain false, plain: an answer that was lost ends it, unknown', async () => {
    await using stage = await Stage.set({}, { idempotent: false, retryUncertain: false })
    await warm(stage)
    const undo = stage.cluster.intercept('Produce', () => ({ cut: 0 }))
    const error = await stage.during(failureOf(stage.producer.send(one('v'))))
    undo()
    expect(error.outcome).toBe('unknown')
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(2)
    await stage.during(stage.producer.send(one('w')))
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', 'v', 'w'])
  })

  test.each([
    [20, undefined, 'unknown', 1],
    [56, undefined, 'unknown', 1],
    [20, true, undefined, 2],
    [56, true, undefined, 2]
  ])('plain with acks ALL, error %s, retryUncertain %s: %s', async (code, retryUncertain, outcome, copies) => {
    await using stage = await Stage.set({}, { idempotent: false, retryUncertain })
    let requests = 0
    stage.cluster.intercept('Produce', () => (++requests === 1 ? { error: code, execute: true } : undefined))
    const error = await stage.during(errorOf(stage.producer.send(one('v'))))
    expect((error as { outcome?: string } | null)?.outcome).toBe(outcome)
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(copies)
  })

  test('trustBaseOffset false: not leader is unknown, with acks ALL', async () => {
    for (const trustBaseOffset of [true, false]) {
      await using stage = await Stage.set({}, { retries: false, trustBaseOffset })
      await warm(stage)
      stage.cluster.intercept('Produce', () => ({ error: 6 }))
      const error = await stage.during(failureOf(stage.producer.send(one('v'))))
      expect(error.outcome).toBe(trustBaseOffset ? 'not-persisted' : 'unknown')
    }
  })
})

describe('time', () => {
  test('a deliveryTimeout of one call ends that call alone', async () => {
    await using stage = await Stage.set({ brokers: 1 })
    await warm(stage)
    stage.cluster.pause(1)
    const short = errorOf(stage.producer.send({ deliveryTimeout: 500, ...one('short', 1) }))
    const long = stage.producer.send(one('long', 2))
    expect(await stage.during(short)).toMatchObject({ failures: [{ error: { code: 'KAFKA_TIMEOUT', limitMs: 500 } }] })
    expect(stage.clock.monotonicMs()).toBeLessThan(1_500)
    stage.cluster.resume(1)
    await stage.during(long)
    await stage.during(stage.producer.flush())
    stage.clock.advance(1_000)
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, queuedRecords: 0, inFlight: 0 })
  })

  test('expired in flight: memory comes back when the connection lets go, not before', async () => {
    await using stage = await Stage.set({ brokers: 1 }, { requestTimeout: 10_000 })
    await warm(stage)
    stage.cluster.pause(1)
    const error = await stage.during(failureOf(stage.producer.send({ deliveryTimeout: 500, ...one('v') })))
    expect(error.outcome).toBe('unknown')
    expect(stage.producer.stats()).toMatchObject({ queuedRecords: 0, inFlight: 1, unknown: 1 })
    expect(stage.producer.stats().queuedBytes).toBeGreaterThan(0)
    stage.clock.advance(21_000)
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0, inFlight: 0 })
  })

  test('the time given to the broker is bounded by what is left, and by what the call says', async () => {
    await using stage = await Stage.set()
    const timeouts: number[] = []
    stage.cluster.intercept('Produce', ({ request }) => {
      timeouts.push(request.timeoutMs)
      return undefined
    })
    await warm(stage)
    await stage.during(stage.producer.send({ timeout: 5_000, ...one('v') }))
    await stage.during(stage.producer.send({ deliveryTimeout: 3_000, ...one('v') }))
    await stage.during(stage.producer.send({ deliveryTimeout: 10, ...one('v') }))
    expect(timeouts).toEqual([29_000, 5_000, 3_000, 1_000])
  })
})
