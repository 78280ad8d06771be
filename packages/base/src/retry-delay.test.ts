import { seededRandom } from '@sluice/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exponentialDelay, retryDelayOf } from './retry-delay.ts'

const context = (attempt: number): { operation: string; attempt: number; error: null } => ({
  operation: 'Metadata',
  attempt,
  error: null
})

describe('retry delay', () => {
  test('doubles from 100 ms, stays within a fifth of it, and never exceeds a second', () => {
    const middle = exponentialDelay(() => 0.5)
    expect([1, 2, 3, 4, 5, 50].map(attempt => Math.round(middle(context(attempt))))).toEqual([
      100, 200, 400, 800, 1000, 1000
    ])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer(), (attempt, seed) => {
        const delayMs = exponentialDelay(seededRandom(seed))(context(attempt))
        const plain = Math.min(1_000, 100 * 2 ** (attempt - 1))
        expect(delayMs).toBeGreaterThanOrEqual(plain * 0.8)
        expect(delayMs).toBeLessThanOrEqual(Math.min(1_000, plain * 1.2))
      })
    )
  })

  test('a number is used as it is', () => {
    expect(retryDelayOf(250, () => 0)(context(9))).toBe(250)
  })

  test('a function is asked with what failed', () => {
    const delay = retryDelayOf(
      ({ operation, attempt }) => operation.length + attempt,
      () => 0
    )
    expect(delay(context(3))).toBe(11)
  })

  test.each([Number.NaN, -1, Infinity, '7'])('%s from a function is no delay: the standard one is used', value => {
    expect(
      Math.round(
        retryDelayOf(
          () => value as number,
          () => 0.5
        )(context(2))
      )
    ).toBe(200)
  })
})
