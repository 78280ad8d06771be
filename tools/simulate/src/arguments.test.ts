import { describe, expect, test } from 'vitest'
import { readArguments } from './arguments.ts'

describe('arguments', () => {
  test('without any: a thousand runs of all scenarios, on every core', () => {
    expect(readArguments([], 4)).toEqual({
      seeds: 1_000,
      firstSeed: 1,
      scenarios: [],
      groups: [],
      jobs: 4,
      full: false,
      medium: 'memory',
      coverage: false,
      uncovered: [],
      verbose: false,
      planted: null
    })
  })

  test('bugs to plant, by name, and seeds for each scenario', () => {
    expect(readArguments(['--planted'], 2)).toMatchObject({ planted: { names: [], seeds: 40 } })
    expect(readArguments(['--planted', 'zombie-ack', '--seeds', '3'], 2)).toMatchObject({
      planted: { names: ['zombie-ack'], seeds: 3 }
    })
    expect(() => readArguments(['zombie-ack'], 2)).toThrow('zombie-ack is no option')
  })

  test('a seed alone is that seed, once per scenario', () => {
    expect(readArguments(['--seed', '7', '--scenario', 'F1,F22'], 2)).toMatchObject({
      seeds: null,
      firstSeed: 7,
      scenarios: ['F1', 'F22']
    })
    expect(readArguments(['--seed', '7', '--seeds', '50'], 2)).toMatchObject({ seeds: 50, firstSeed: 7 })
  })

  test('over sockets: one of each, unless a number is given', () => {
    expect(readArguments(['--tcp'], 2)).toMatchObject({ seeds: null, medium: 'tcp' })
    expect(readArguments(['--tcp', '--seeds', '90'], 2)).toMatchObject({ seeds: 90, medium: 'tcp' })
  })

  test('what did not run is told only with what did', () => {
    expect(readArguments(['--uncovered', 'producer/src'], 2)).toMatchObject({
      coverage: true,
      uncovered: ['producer/src']
    })
  })

  test.each([
    [['--seeds', '0'], '--seeds must be a whole number from 1, not 0'],
    [['--seed', '1.5'], '--seed must be a whole number from 1, not 1.5'],
    [['--jobs', 'many'], '--jobs must be a whole number from 1, not many'],
    [['--sede', '1'], "Unknown option '--sede'"]
  ])('refuses %s', (given, text) => {
    expect(() => readArguments(given, 2)).toThrow(text)
  })
})
