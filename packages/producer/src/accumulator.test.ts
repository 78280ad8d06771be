// Which partitions have something to do: found when somebody looks.
import { expect, test } from 'vitest'
import { Accumulator, Partition, Topic } from './accumulator.ts'
import { BufferPool } from './buffer-pool.ts'
import { MemoryBudget } from './memory-budget.ts'
import { defaultPartitioner } from './partitioners/index.ts'

const topic = new Topic('orders', null, defaultPartitioner({ random: () => 0, batchSize: 1 }).forTopic('orders'))

function start(): { accumulator: Accumulator; partitions: [Partition, Partition, Partition]; active: () => number[] } {
  const budget = new MemoryBudget(1_048_576, () => undefined)
  const settings = { batchBytes: 16_384, lingerMs: 0 }
  const accumulator = new Accumulator(new BufferPool(budget, 0), budget, settings, () => undefined)
  const active = (): number[] => accumulator.active().map(({ index }) => index)
  return {
    accumulator,
    partitions: [new Partition(topic, 0), new Partition(topic, 1), new Partition(topic, 2)],
    active
  }
}

function begin(accumulator: Accumulator, partition: Partition): void {
  partition.state.inFlight++
  accumulator.activate(partition)
}

test('a partition is active once, however often it gets something', () => {
  const { accumulator, partitions, active } = start()
  for (const partition of [...partitions, ...partitions]) begin(accumulator, partition)
  expect(active()).toEqual([0, 1, 2])
})

test('one that has nothing left is not, and is again when it gets something, whether anybody looked meanwhile or not', () => {
  const { accumulator, partitions, active } = start()
  const [first, second] = partitions
  for (const partition of partitions) begin(accumulator, partition)
  first.state.inFlight = 0
  expect(active()).toEqual([1, 2])
  second.state.inFlight = 0
  begin(accumulator, second)
  begin(accumulator, first)
  expect(new Set(active())).toEqual(new Set([0, 1, 2]))
})

test('what becomes active while somebody goes through them is there the next time', () => {
  const { accumulator, partitions, active } = start()
  begin(accumulator, partitions[0])
  const seen: number[] = []
  for (const { index } of accumulator.active()) {
    seen.push(index)
    begin(accumulator, partitions[1])
  }
  expect([seen, active()]).toEqual([[0], [0, 1]])
})
