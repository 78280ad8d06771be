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
