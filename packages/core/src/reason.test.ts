import { expect, test } from 'vitest'
import { reasonOf } from './reason.ts'

test('whatever is thrown has a reason', () => {
  const mute = {
    toString: (): string => {
      throw new Error('no')
    }
  }
  const named = (message: unknown): Error => Object.assign(new Error(), { message })
  const things = [new Error('gone'), 'text', undefined, 7n, Symbol('s'), Object.create(null), mute]
  const told = [...things, named(Symbol('m')), named(Object.create(null))].map(reasonOf)
  const none = 'something that has no text form was thrown'
  expect(told).toEqual(['gone', 'text', 'undefined', '7', 'Symbol(s)', none, none, 'Symbol(m)', none])
})
