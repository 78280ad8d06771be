import { InvalidArgumentError } from '@sluice/core'
import { describe, expect, test } from 'vitest'
import { checkCodecOptions } from './codec-options.ts'

function refusal(options: unknown, names: readonly string[]): string | null {
  try {
    checkCodecOptions('gzip', options, names)
    return null
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message
    throw error
  }
}

describe('codec options', () => {
  test.each<[options: unknown, names: readonly string[], message: string | null]>([
    [{}, ['level'], null],
    [{ level: 'what the codec judges' }, ['level'], null],
    [{ lvel: undefined }, ['level'], null],
    [undefined, [], null],
    [{}, [], null],
    [6, ['level'], 'The options of gzip must be an object, such as { level: … }, not 6'],
    [null, ['level'], 'The options of gzip must be an object, such as { level: … }, not null'],
    [[6], ['level'], 'The options of gzip must be an object, such as { level: … }, not an array'],
    ['6', ['level'], 'The options of gzip must be an object, such as { level: … }, not "6"'],
    [() => 6, ['level'], 'The options of gzip must be an object, such as { level: … }, not a function'],
    [{ lvel: 6 }, ['level'], 'There is no option lvel of gzip: it has level'],
    [{ c: 1 }, ['a', 'b'], 'There is no option c of gzip: it has a, b'],
    [6, [], 'gzip takes no options, and was given 6'],
    [{ level: 6 }, [], 'There is no option level of gzip: it takes none']
  ])('%o of a codec that has %o', (options, names, message) => {
    expect(refusal(options, names)).toBe(message)
  })
})
