import { expect, test } from 'vitest'
import { defaultPartitioner } from './partitioners/index.ts'
import { Partition, Topic } from './accumulator.ts'
import { Round } from './round.ts'

const topic = new Topic('orders', null, defaultPartitioner({ random: () => 0, batchSize: 1 }).forTopic('orders'))

function roundOf(...indexes: number[]): Round {
  const round = new Round()
  for (const index of indexes) round.add(new Partition(topic, index))
  return round
}

function takeAll(round: Round): number[] {
  const taken: number[] = []
  for (let next = round.take(); next !== null; next = round.take()) taken.push(next.index)
  return taken
}

test('who came first is taken first, and an empty round begins anew', () => {
  const round = roundOf(1, 2, 3)
  expect([round.length, takeAll(round), round.length, round.take()]).toEqual([3, [1, 2, 3], 0, null])
  round.add(new Partition(topic, 4))
  expect(takeAll(round)).toEqual([4])
})

test('another round joins behind, and is empty then', () => {
  const [round, other] = [roundOf(1), roundOf(2, 3)]
  round.join(other)
  round.join(roundOf())
  expect([other.length, round.length, takeAll(round)]).toEqual([0, 3, [1, 2, 3]])
})
