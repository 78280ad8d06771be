// A partitioner that leaves messages to the default: they go where the default would put them.
import { describe, expect, test } from 'vitest'
import type { PartitionContext } from '@sluice/producer'
import { Stage, text } from './stage.ts'

const leaveIt = (_message: object, context: PartitionContext): number => context.fallback()
const small = { batchSize: 1_024, bufferMemory: 65_536 }

/** What each partition holds after many messages, some of them with a key, one call of each producer alike. */
async function logsBy(options: object, call: object): Promise<string[][]> {
  await using stage = await Stage.set({ seed: 7 }, options)
  const messages = Array.from({ length: 600 }, (_, i) => ({
    topic: 'orders',
    value: `${i} ${'x'.repeat(200)}`,
    key: i % 5 === 0 ? `${i}` : null
  }))
  await stage.during(stage.producer.send({ ...call, messages }))
  return [0, 1, 2].map(partition => text(stage.cluster.logNow('orders', partition)))
}

describe('fallback()', () => {
  test.each([
    ['of the producer', { ...small, partitioner: leaveIt }, {}],
    ['of one call', small, { partitioner: leaveIt }],
    ['of one call, where another is the producer’s', { ...small, partitioner: () => 0 }, { partitioner: leaveIt }]
  ])('%s', async (_whose, options, call) => {
    const byDefault = await logsBy(small, {})
    expect(byDefault.every(log => log.length > 60)).toBe(true)
    expect(await logsBy(options, call)).toEqual(byDefault)
  })
})
