import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from './clock.ts'

/** What one setTimeout can wait; with a millisecond more it fires at once, here as in Node. */
const longestMs = 2 ** 31 - 1

describe("the machine's clock", () => {
  const handles: NodeJS.Timeout[] = []

  beforeEach(() => {
    vi.useFakeTimers()
    const fake = globalThis.setTimeout
    const kept = (task: () => void, delayMs: number): NodeJS.Timeout => {
      const handle = fake(task, delayMs)
      handles.push(handle)
      return handle
    }
    globalThis.setTimeout = Object.assign(kept, fake)
  })

  afterEach(() => {
    vi.useRealTimers()
    handles.length = 0
  })

  const isReferenced = (): boolean => handles.at(-1)!.hasRef()

  test.each([1, longestMs, longestMs + 1, 2 * longestMs, 3 * longestMs + 5])(
    'runs the task once, after %i ms',
    delayMs => {
      let runs = 0
      systemClock.after(delayMs, () => runs++)
      vi.advanceTimersByTime(delayMs - 1)
      expect(runs).toBe(0)
      vi.advanceTimersByTime(1)
      expect(runs).toBe(1)
      vi.advanceTimersByTime(2 * longestMs)
      expect(runs).toBe(1)
      expect(vi.getTimerCount()).toBe(0)
    }
  )

  test.each([5, longestMs + 5])('a timer cancelled %i ms before its end never runs, and leaves nothing', leftMs => {
    let runs = 0
    const timer = systemClock.after(2 * longestMs, () => runs++)
    vi.advanceTimersByTime(2 * longestMs - leftMs)
    timer.cancel()
    timer.cancel()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(3 * longestMs)
    expect(runs).toBe(0)
  })

  test('a timer that lets the process end does so in each of its steps, until that is taken back', () => {
    const timer = systemClock.after(3 * longestMs, () => {})
    expect(isReferenced()).toBe(true)
    timer.unref()
    expect(isReferenced()).toBe(false)
    vi.advanceTimersByTime(longestMs)
    expect([handles.length, isReferenced()]).toEqual([2, false])
    timer.ref()
    expect(isReferenced()).toBe(true)
    vi.advanceTimersByTime(longestMs)
    expect([handles.length, isReferenced()]).toEqual([3, true])
  })

  test('soon comes after what was queued as a microtask', async () => {
    vi.useRealTimers()
    const story: string[] = []
    const over = new Promise<void>(resolve => {
      systemClock.soon(() => {
        story.push('soon')
        resolve()
      })
    })
    queueMicrotask(() => story.push('microtask'))
    await over
    expect(story).toEqual(['microtask', 'soon'])
  })
})
