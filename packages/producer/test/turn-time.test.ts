// The time that a call is made at: read once a turn, and never that of an earlier turn.
import { describe, expect, test } from 'vitest'
import { Stage, text, warm } from './stage.ts'

describe('a send from the callback of another, while something is about to be sent', () => {
  interface Seen {
    readonly error: Error | null
    readonly timestamp: number
    readonly sentAtMs: number
  }

  /** One answer for two partitions: that for the first wakes what waits there, that for the second calls back. */
  async function sendAfterAnswer(deliveryTimeout: number): Promise<Seen> {
    await using stage = await Stage.set({ brokers: 1, topics: { orders: 2 } }, { idempotent: false })
    const { producer, cluster, clock } = stage
    await warm(stage)
    const send = (value: string, partition: number): Promise<unknown> =>
      producer.send({ messages: [{ topic: 'orders', value, partition }] })
    let delay = 3_000
    cluster.intercept('Produce', () => ({ delay }))
    const seen = { sentAtMs: 0 }
    const last = new Promise<Error | null>(resolve => {
      void send('first', 0)
      producer.send({ messages: [{ topic: 'orders', value: 'second', partition: 1 }] }, () => {
        delay = 1_000
        seen.sentAtMs = clock.epochMs()
        const messages = [{ topic: 'orders', value: 'last', partition: 1 }]
        producer.send({ messages, deliveryTimeout }, error => resolve(error))
      })
    })
    clock.advance(1)
    const waiting = send('waiting', 0)
    const [error] = await stage.during(Promise.all([last, waiting]))
    const log = cluster.logNow('orders', 1)
    const found = log[text(log).indexOf('last')]
    return { ...seen, error, timestamp: found?.timestamp ?? -1 }
  }

  test('has all of its time', async () => {
    expect((await sendAfterAnswer(2_000)).error).toBe(null)
  })

  test('carries its own timestamp', async () => {
    const { timestamp, sentAtMs } = await sendAfterAnswer(60_000)
    expect(timestamp).toBe(sentAtMs)
  })
})
