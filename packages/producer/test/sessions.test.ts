// Brokers that end sessions which are not renewed (KIP-368): sends go on, on the same connections.
import { describe, expect, test } from 'vitest'
import { Stage, text, warm } from './stage.ts'

const sessionLifetimeMs = 5_000

async function withSessions(): Promise<Stage> {
  return Stage.set(
    { brokers: 1, topics: { orders: 1 }, sasl: { users: { alice: 'pencil' }, sessionLifetimeMs } },
    { sasl: { mechanism: 'PLAIN', username: 'alice', password: 'pencil' } }
  )
}

interface Told {
  renewals: number
  readonly disconnects: unknown[]
}

function listen(stage: Stage): Told {
  const told: Told = { renewals: 0, disconnects: [] }
  stage.producer.on('client:broker:sasl:authentication:extended', () => void told.renewals++)
  stage.producer.on('client:broker:disconnect', ({ error }) => void told.disconnects.push(error))
  return told
}

describe('sessions of five seconds', () => {
  test('what is sent while one is renewed waits for that, and goes by the same connection', async () => {
    await using stage = await withSessions()
    await warm(stage)
    const told = listen(stage)
    const connections = stage.cluster.connections().length
    const sends: Promise<unknown>[] = []
    for (let ms = 0; ms < 20_000; ms += 10) {
      sends.push(stage.producer.send({ messages: [{ topic: 'orders', value: String(ms), partition: 0 }] }))
      // oxlint-disable-next-line no-await-in-loop -- time passes
      await stage.during(Promise.resolve())
    }
    await stage.during(Promise.all(sends))
    expect(text(stage.cluster.logNow('orders', 0))).toEqual(['warm', ...sends.map((_, index) => String(index * 10))])
    expect(told.renewals).toBeGreaterThanOrEqual(3)
    expect([told.disconnects, stage.cluster.connections().length]).toEqual([[], connections])
  })

  test('a full window does not outlast a session', async () => {
    await using stage = await withSessions()
    await warm(stage)
    const told = listen(stage)
    // Answered one by one, a window of five takes 1,250 ms: more than what is left of a session when it is renewed.
    stage.cluster.intercept('Produce', () => ({ answerDelay: 250 }))
    const sends: Promise<unknown>[] = []
    for (let ms = 0; ms < 60_000; ms += 10) {
      sends.push(stage.producer.send({ messages: [{ topic: 'orders', value: String(ms), partition: 0 }] }))
      // oxlint-disable-next-line no-await-in-loop -- time passes
      await stage.during(Promise.resolve())
    }
    await stage.during(Promise.all(sends))
    expect(stage.cluster.logNow('orders', 0)).toHaveLength(sends.length + 1)
    expect(told.disconnects).toEqual([])
    expect(told.renewals).toBeGreaterThanOrEqual(12)
  })
})
