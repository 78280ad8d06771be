// Memory that the system does not give: whoever asked for it is told, and everything else goes on.
import { Buffer } from 'node:buffer'
import { afterEach, describe, expect, test } from 'vitest'
import { errorOf, Stage, text, warm } from './stage.ts'

const { allocUnsafeSlow } = Buffer

/** From now on, so many times. */
function giveNothing(times: number): void {
  let left = times
  Buffer.allocUnsafeSlow = size => {
    if (left-- > 0) throw new RangeError('Array buffer allocation failed')
    return allocUnsafeSlow(size)
  }
}

afterEach(() => {
  Buffer.allocUnsafeSlow = allocUnsafeSlow
})

const message = (value: string): { topic: string; value: string; partition: number } => ({
  topic: 'orders',
  value,
  partition: 0
})

describe('memory that the system does not give', () => {
  test('for the batch that a record begins: what is told not to be written is not', async () => {
    await using stage = await Stage.set({}, { batchSize: 4_096, linger: 1_000 })
    await stage.during(stage.producer.send({ messages: [message('w'.repeat(6_000))] }))
    const first = stage.producer.send({ messages: [message('a'.repeat(3_000))] })
    giveNothing(1)
    const second = errorOf(stage.producer.send({ messages: [message('b'.repeat(3_000))] }))
    const third = stage.producer.send({ messages: [message('c')] })
    expect(await stage.during(second)).toMatchObject({ code: 'KAFKA_PRODUCE_FAILED', outcome: 'not-persisted' })
    await stage.during(Promise.all([first, third]))
    expect(text(stage.cluster.logNow('orders', 0)).map(value => value[0])).toEqual(['w', 'a', 'c'])
  })

  test('is not counted as in use', async () => {
    await using stage = await Stage.set({}, { bufferMemory: 16_384, batchSize: 4_096 })
    await warm(stage)
    for (let round = 0; round < 8; round++) {
      giveNothing(1)
      await stage.during(errorOf(stage.producer.send({ messages: [message('x'.repeat(6_000))] })))
    }
    Buffer.allocUnsafeSlow = allocUnsafeSlow
    await stage.during(stage.producer.send({ messages: [message('y'.repeat(6_000))] }))
    await stage.during(stage.producer.flush())
    expect(stage.producer.stats()).toMatchObject({ queuedBytes: 0 })
    expect(text(stage.cluster.logNow('orders', 0)).at(-1)![0]).toBe('y')
  })
})
