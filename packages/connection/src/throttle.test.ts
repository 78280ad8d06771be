// Unit tests of throttle.ts.
import { ManualClock } from '@sluice/testing'
import { expect, test } from 'vitest'
import { Throttle } from './throttle.ts'

test('throttle > is as long as the longest wish, and says by how much each made it longer', () => {
  const clock = new ManualClock()
  let over = 0
  const throttle = new Throttle(clock, () => over++)
  expect(throttle.add(1000)).toBe(1000)
  clock.advance(400)
  expect([throttle.add(500), throttle.add(1000)]).toEqual([0, 400])
  clock.advance(999)
  expect([throttle.active, over]).toEqual([true, 0])
  clock.advance(1)
  expect([throttle.active, over]).toEqual([false, 1])
})
