import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rangesOf, shares } from './shares.ts'

describe('shares', () => {
  test('the first ones get one more where runs cannot be shared evenly', () => {
    expect(shares(7, 3)).toEqual([3, 2, 2])
    expect(shares(2, 3)).toEqual([1, 1, 0])
  })

  test('every run is in one piece, and each scenario has its seeds in a row', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 99 }),
        (runs, count, first) => {
          const ids = Array.from({ length: count }, (_, place) => `F${place}`)
          const seeds = new Map<string, number[]>(ids.map(id => [id, []]))
          for (const { scenario, from, count: piece } of rangesOf(ids, { first, runs }))
            seeds.get(scenario)!.push(...Array.from({ length: piece }, (_, place) => from + place))
          expect([...seeds.values()].map(each => each.length)).toEqual(shares(runs, count))
          for (const each of seeds.values()) expect(each).toEqual(each.map((_, place) => first + place))
        }
      )
    )
  })

  test('one of each when no number of runs is given', () => {
    expect(rangesOf(['F1', 'F2'], { first: 9, runs: null })).toEqual([
      { scenario: 'F1', from: 9, count: 1 },
      { scenario: 'F2', from: 9, count: 1 }
    ])
  })
})
