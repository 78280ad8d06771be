import { describe, expect, test } from 'vitest'
import { ManualClock } from './manual-clock.ts'
import { seededRandom } from './seeded-random.ts'

describe('manual clock', () => {
  test('runs timers in the order of their time, and of their making within one moment', () => {
    const clock = new ManualClock()
    const ran: string[] = []
    const random = seededRandom(7)
    const delays = Array.from({ length: 500 }, () => Math.floor(random() * 50))
    delays.forEach((delayMs, index) => clock.after(delayMs, () => ran.push(`${delayMs}/${index}`)))

    clock.advance(50)

    const expected = delays
      .map((delayMs, index) => ({ delayMs, index }))
      .toSorted((left, right) => left.delayMs - right.delayMs || left.index - right.index)
      .map(({ delayMs, index }) => `${delayMs}/${index}`)
    expect(ran).toEqual(expected)
  })

  test('tells each task the time at which it was due', () => {
    const clock = new ManualClock({ epochMs: 1000 })
    const seen: number[][] = []
    clock.after(5, () => {
      seen.push([clock.monotonicMs(), clock.epochMs()])
      clock.after(5, () => seen.push([clock.monotonicMs(), clock.epochMs()]))
    })

    clock.advance(20)

    expect(seen).toEqual([
      [5, 1005],
      [10, 1010]
    ])
    expect([clock.monotonicMs(), clock.epochMs()]).toEqual([20, 1020])
  })

  test('runs soon tasks to the end before time moves on', () => {
    const clock = new ManualClock()
    const ran: string[] = []
    clock.after(1, () => {
      ran.push('first timer')
      clock.soon(() => {
        ran.push(`soon at ${clock.monotonicMs()}`)
        clock.soon(() => ran.push(`soon of soon at ${clock.monotonicMs()}`))
      })
    })
    clock.after(2, () => ran.push('second timer'))

    clock.advance(2)

    expect(ran).toEqual(['first timer', 'soon at 1', 'soon of soon at 1', 'second timer'])
  })

  test('never runs a cancelled timer, whenever it was cancelled', () => {
    const clock = new ManualClock()
    const ran: string[] = []
    const timers = Array.from({ length: 100 }, (_, index) => clock.after(100 - index, () => ran.push(`${index}`)))
    for (let index = 0; index < 100; index += 2) timers[index]!.cancel()
    clock.after(10, () => timers[1]!.cancel())
    timers[0]!.cancel()

    expect(clock.pendingTimers).toBe(51)
    clock.advance(100)

    expect(ran).toHaveLength(49)
    expect(ran).not.toContain('1')
    expect(clock.pendingTimers).toBe(0)
  })

  test('keeps the order of the others when timers are cancelled', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = seededRandom(seed)
      const clock = new ManualClock()
      const ran: number[] = []
      const timers = Array.from({ length: 60 }, () => {
        const delayMs = Math.floor(random() * 1000)
        return { delayMs, timer: clock.after(delayMs, () => ran.push(delayMs)) }
      })
      const kept = timers.filter(({ timer }) => {
        if (random() < 0.5) return true
        timer.cancel()
        return false
      })
      clock.advance(1000)

      expect(ran).toEqual(kept.map(({ delayMs }) => delayMs).toSorted((left, right) => left - right))
    }
  })

  test('jumps the wall clock without running timers', () => {
    const clock = new ManualClock({ epochMs: 5000 })
    clock.after(10, () => {})

    clock.jumpEpoch(-3000)

    expect(clock.epochMs()).toBe(2000)
    expect(clock.monotonicMs()).toBe(0)
    expect(clock.pendingTimers).toBe(1)
  })

  test('steps from timer to timer', () => {
    const clock = new ManualClock()
    clock.after(86_400_000, () => clock.soon(() => {}))

    expect(clock.advanceToNextTimer()).toBe(true)
    expect(clock.monotonicMs()).toBe(86_400_000)
    expect(clock.pendingSoon).toBe(0)
    expect(clock.advanceToNextTimer()).toBe(false)
  })

  test('goes on turn by turn: what tasks and timers make waits for the next one', () => {
    const clock = new ManualClock()
    const ran: string[] = []
    const note = (text: string) => () => ran.push(`${clock.monotonicMs()} ${text}`)
    clock.soon(() => {
      note('task')()
      clock.soon(note('task of a task'))
    })
    clock.after(5, () => {
      note('timer')()
      clock.soon(note('task of a timer'))
    })
    clock.after(5, note('other timer'))

    const turns: string[][] = []
    while (clock.turn()) turns.push(ran.splice(0))

    expect(turns).toEqual([['0 task'], ['0 task of a task'], ['5 timer'], ['5 task of a timer'], ['5 other timer']])
  })

  test('keeps the tasks behind one that throws', () => {
    const clock = new ManualClock()
    const ran: string[] = []
    clock.soon(() => {
      throw new Error('broken task')
    })
    clock.soon(() => ran.push('behind'))

    expect(() => clock.runSoon()).toThrow('broken task')
    clock.runSoon()

    expect(ran).toEqual(['behind'])
  })

  test('refuses to be advanced from inside a task', () => {
    const clock = new ManualClock()
    clock.soon(() => clock.advance(1))

    expect(() => clock.runSoon()).toThrow('from inside')
  })
})

function take(seed: number): number[] {
  return Array.from({ length: 5 }, seededRandom(seed))
}

describe('seeded random', () => {
  test('repeats itself for a seed and differs between neighbouring seeds', () => {
    expect(take(42)).toEqual(take(42))
    expect(take(1)).not.toEqual(take(2))
    expect(take(1)).not.toEqual(take(1 + 2 ** 32))
  })

  test('spreads evenly between 0 and 1', () => {
    const random = seededRandom(3)
    const buckets = Array.from({ length: 10 }, () => 0)
    for (let drawn = 0; drawn < 100_000; drawn++) buckets[Math.floor(random() * 10)]!++

    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })
})
