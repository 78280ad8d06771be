// Calls without acknowledgement, and nodes that take nothing now.
import { describe, expect, test } from 'vitest'
import { ProduceAcks } from '@sluice/producer'
import { Stage, text } from './stage.ts'

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
