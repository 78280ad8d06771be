import { describe, expect, it } from 'vitest'
import { idempotent } from '../test/queue-story.ts'
import { Batch } from './batch.ts'
import { BufferPool, UnpooledMemory } from './buffer-pool.ts'
import { MemoryBudget } from './memory-budget.ts'
import { halves } from './rebatch.ts'

describe('the halves of a batch', () => {
  it.each([
    [10, 90, 4_096],
    [2_000, 90, 262_144],
    [3, 60_000, 262_144]
  ])('of %i records of %i bytes hold together no more than it did', (records, valueBytes, chunkBytes) => {
    const budget = new MemoryBudget(1_000_000, () => {})
    const batch = new Batch(new BufferPool(budget, 0), chunkBytes, idempotent, 0, 1_000)
    for (let record = 0; record < records; record++) {
      batch.writer.beginRecord(1_700_000_000_000 + record)
      batch.writer.part(null)
      batch.writer.part(Buffer.alloc(valueBytes, record))
      batch.writer.headerCount(0)
      batch.writer.endRecord()
    }
    batch.seal()
    batch.packRaw()
    expect(budget.usedBytes).toBe(chunkBytes)
    const [first, second] = halves(batch, batch.packedRecords, new UnpooledMemory(budget))
    batch.release()
    expect(first.writer.recordCount + second.writer.recordCount).toBe(records)
    expect(budget.usedBytes).toBeLessThanOrEqual(chunkBytes)
    first.release()
    second.release()
    expect(budget.usedBytes).toBe(0)
  })
})
