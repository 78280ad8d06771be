import { describe, expect, it } from 'vitest'
import { chooseCells } from '../src/cells.ts'
import { latenciesAt, type Time } from '../src/latencies.ts'
import type { Call } from '../src/workload.ts'

const [cell] = chooseCells(['conc1k/100B/none'])
if (cell === undefined) throw new Error('There is no such cell')

/** Stands still but for what is told to take time. */
class TestTime implements Time {
  ms = 0
  readonly #due: { readonly atMs: number; readonly run: () => void }[] = []

  now(): number {
    return this.ms
  }

  pause(ms: number, then: () => void): void {
    // Turning takes time as well.
    this.ms += Math.max(ms, 0.25)
    for (const { atMs, run } of this.#due.splice(0)) {
      if (atMs <= this.ms) run()
      else this.#due.push({ atMs, run })
    }
    setImmediate(then)
  }

  after(ms: number): Promise<void> {
    return new Promise(resolve => void this.#due.push({ atMs: this.ms + ms, run: resolve }))
  }
}

async function measure(time: TestTime, call: Call): Promise<{ kept: boolean; latencies: number[] }> {
  // A call each millisecond, for ten.
  const { kept, sorted } = await latenciesAt({ calls: [call], cell: cell! }, 1000, 10, time)
  return { kept, latencies: [...sorted] }
}

describe('latencies', () => {
  it('are of as many calls as fall due', async () => {
    const time = new TestTime()
    expect(await measure(time, () => time.after(0.5))).toEqual({ kept: true, latencies: [0.5, ...Array(9).fill(1)] })
  })

  it('count from when a call was due, not from when a client that holds the process up lets it be made', async () => {
    const time = new TestTime()
    let calls = 0
    const found = await measure(time, () => {
      if (++calls === 1) time.ms += 5
      return time.after(0)
    })
    expect(found.kept).toBe(true)
    expect(found.latencies.at(-1)).toBeGreaterThan(5)
    expect(found.latencies.filter(ms => ms > 1)).toHaveLength(5)
  })

  it('end after three times the time for a client that cannot keep the rate, and tell only of what was settled', async () => {
    const time = new TestTime()
    let calls = 0
    const found = await measure(time, () => {
      time.ms += 9
      return ++calls === 1 ? time.after(0) : new Promise(() => undefined)
    })
    expect(found.kept).toBe(false)
    expect(found.latencies).toHaveLength(1)
    expect(time.ms).toBeLessThan(45)
  })

  it('fail where a call does', async () => {
    const failed = (): Promise<never> => Promise.reject(new Error('no leader'))
    await expect(measure(new TestTime(), failed)).rejects.toThrow('no leader')
  })
})
