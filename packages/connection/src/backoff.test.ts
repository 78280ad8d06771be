// Unit tests of backoff.ts.
import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

const range = { initialMs: 50, maxMs: 1000 }

test('backoff > doubles with every failure in a row and stops at the limit', () => {
  const delays = [1, 2, 3, 4, 5, 6, 50].map(failures => backoffMs(range, failures, () => 0.5))
  expect(delays).toEqual([50, 100, 200, 400, 800, 1000, 1000])
})

test('backoff > spreads by a fifth to both sides, but never above the limit', () => {
  expect(backoffMs(range, 1, () => 0)).toBe(40)
  expect(backoffMs(range, 1, () => 0.999_999)).toBeCloseTo(60, 3)
  expect(backoffMs(range, 9, () => 0)).toBeCloseTo(800, 3)
  expect(backoffMs(range, 9, () => 0.999_999)).toBe(1000)
})

test('backoff > an initial delay above the limit is the limit', () => {
  expect(backoffMs({ initialMs: 5000, maxMs: 1000 }, 1, () => 0)).toBe(1000)
})
