// Codecs that are slow, fail, or give nonsense.
import { describe, expect, test } from 'vitest'
import { type CompressionCodec } from '@sluice/producer'
import { failureOf, Stage } from './stage.ts'

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
