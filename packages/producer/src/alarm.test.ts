import { expect, test } from 'vitest'
import type { Clock } from '@sluice/core'
import { ManualClock } from '@sluice/testing'
import { Alarm } from './alarm.ts'

/** A clock that hands out its tasks: those of timers, and those of the phase after the poll phase. */
function openClock(): { clock: Clock; timers: (() => void)[]; soon: (() => void)[] } {
  const timers: (() => void)[] = []
  const soon: (() => void)[] = []
  const time = new ManualClock()
  const clock: Clock = {
    epochMs: () => time.epochMs(),
    monotonicMs: () => time.monotonicMs(),
    after: (delayMs, task) => {
      timers.push(task)
      return time.after(delayMs, task)
    },
    soon: task => void soon.push(task)
  }
  return { clock, timers, soon }
}

test('rings only when what came in meanwhile has been read', () => {
  const { clock, timers, soon } = openClock()
  let rung = 0
  new Alarm(clock, () => rung++).by(10)
  timers[0]!()
  expect(rung).toBe(0)
  soon[0]!()
  expect(rung).toBe(1)
})

test('cancelled before it rang: silent', () => {
  const { clock, timers, soon } = openClock()
  let rung = 0
  const alarm = new Alarm(clock, () => rung++)
  alarm.by(10)
  timers[0]!()
  alarm.cancel()
  soon[0]!()
  expect(rung).toBe(0)
})

test('cancelled: nothing is set any more', () => {
  const { clock, timers } = openClock()
  const alarm = new Alarm(clock, () => {})
  alarm.cancel()
  alarm.by(10)
  expect(timers).toEqual([])
})
