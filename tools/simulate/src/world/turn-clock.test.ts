import { expect, test } from 'vitest'
import { TurnClock } from './turn-clock.ts'

test('waits until nothing comes any more, and time stands still meanwhile', async () => {
  const clock = new TurnClock()
  const story: string[] = []
  clock.after(5, () => story.push('timer'))
  const come = (left: number): void => {
    clock.happened()
    story.push(`socket ${left}`)
    clock.soon(() => story.push(`soon ${left}`))
    if (left > 0) setImmediate(() => come(left - 1))
  }
  setImmediate(() => come(2))
  await clock.calm()
  expect(story).toEqual(['socket 2', 'soon 2', 'socket 1', 'soon 1', 'socket 0', 'soon 0'])
  expect(clock.monotonicMs()).toBe(0)
  clock.advanceToNextTimer()
  expect([story.at(-1), clock.monotonicMs()]).toEqual(['timer', 5])
})
