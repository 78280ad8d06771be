import { expect, test } from 'vitest'
import { Dice, randomOf, type Stream } from './dice.ts'

test('one seed throws the same, another seed or another stream does not', () => {
  const three = (random: () => number): number[] => [random(), random(), random()]
  const streams: Stream[] = ['story', 'network', 'client', 'application']
  const thrown = streams.map(stream => three(randomOf(7, stream)))
  expect(streams.map(stream => three(randomOf(7, stream)))).toEqual(thrown)
  expect(new Set(thrown.flat()).size).toBe(12)
  expect(three(randomOf(8, 'story'))).not.toEqual(thrown[0])
})

test('both ends of a range are thrown, nothing beyond them, and every item is picked', () => {
  const dice = new Dice(3)
  const numbers = new Set(Array.from({ length: 200 }, () => dice.between(-1, 2)))
  expect([...numbers].toSorted((a, b) => a - b)).toEqual([-1, 0, 1, 2])
  const items = new Set(Array.from({ length: 200 }, () => dice.pick(['a', 'b', 'c'])))
  expect([...items].toSorted()).toEqual(['a', 'b', 'c'])
})
