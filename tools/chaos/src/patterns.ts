// The ways in which programs call `send`.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '@sluice/core'
import { between } from './chance.ts'
import type { Load } from './load.ts'
import type { Pace } from './pace.ts'

/** Sends until the signal; returns when everything it sent is settled. */
export type Pattern = (load: Load, pace: Pace, random: Random, signal: AbortSignal) => Promise<void>

/** Many tasks, each of which awaits one record at a time, for a partition of its choice. */
export const single: Pattern = (load, pace, _random, signal) =>
  workers(48, async () => {
    while (await pace.take(1, signal)) await load.send(1, false)
  })

/** A few tasks that send large calls with keys, compressed one way or the other. */
export const batches: Pattern = (load, pace, random, signal) =>
  workers(4, async () => {
    for (;;) {
      const count = between(random, 20, 400)
      if (!(await pace.take(count, signal))) return
      await load.send(count, true, { compression: random() < 0.5 ? 'gzip' : 'lz4' })
    }
  })

/** Fire and forget, as fast as `send` allows: waits for `producer:drain` when it returns false. */
export const callbacks: Pattern = async (load, pace, random, signal) => {
  const calls = { open: 0 }
  const onSettled = (): void => {
    calls.open--
  }
  while (!signal.aborted) {
    const due = pace.takeUpTo(400)
    for (let i = 0; i < due; i++) {
      calls.open++
      const goOn = load.sendWithCallback(1, random() < 0.5, onSettled)
      if (!goOn) await once(load.producer, 'producer:drain')
    }
    await sleep(5)
  }
  while (calls.open > 0) await sleep(5)
}

/** Fire and forget that never looks at what `send` returns: thousands of calls come to wait for memory. */
export const heedless: Pattern = async (load, pace, random, signal) => {
  const calls = { open: 0 }
  const onSettled = (): void => {
    calls.open--
  }
  while (!signal.aborted) {
    const due = pace.takeUpTo(Math.min(400, mostHeedless - calls.open))
    for (let i = 0; i < due; i++) {
      calls.open++
      load.sendWithCallback(1, random() < 0.5, onSettled)
    }
    await sleep(5)
  }
  while (calls.open > 0) await sleep(5)
}

const mostHeedless = 20_000

/** Small calls, each compressed or not, that want to know the place of every record. */
export const mixed: Pattern = (load, pace, random, signal) =>
  workers(12, async () => {
    for (;;) {
      const count = between(random, 1, 20)
      if (!(await pace.take(count, signal))) return
      const compression = random() < 0.5 ? 'gzip' : 'none'
      await load.send(count, random() < 0.5, { records: true, compression })
    }
  })

/** Calls that would rather fail than wait. */
export const impatient: Pattern = (load, pace, random, signal) =>
  workers(16, async () => {
    for (;;) {
      const count = between(random, 1, 30)
      if (!(await pace.take(count, signal))) return
      await load.send(count, false, { deliveryTimeout: between(random, 500, 4_000) })
    }
  })

async function workers(count: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, work))
}
