// The work itself: calls made as the cell says, for as long as asked.
import type { Cell } from './cells.ts'
import type { BenchClient } from './client-contract.ts'
import type { BenchMessage } from './messages.ts'

export type Call = () => Promise<unknown>

export interface Work {
  /** Ready-made calls, used in turn. */
  readonly calls: readonly Call[]
  readonly cell: Cell
}

export function prepareWork(client: BenchClient, asked: Cell, messages: readonly BenchMessage[]): Work {
  const cell = client.cell ?? asked
  const calls: Call[] = []
  for (let from = 0; from + cell.messages <= messages.length; from += cell.messages) {
    calls.push(client.prepare(messages.slice(from, from + cell.messages)))
  }
  return { calls, cell }
}

/**
 * Until the time is over, and, where others keep the processor busy, until we have had most of that time ourselves: but
 * at most four times as long. At least one step. Returns the messages acknowledged.
 */
export async function workFor(work: Work, ms: number): Promise<number> {
  const { messages, concurrent } = work.cell
  const isOver = stopwatch(ms)
  let next = 0
  let steps = 0
  do {
    if (concurrent === 1) await work.calls[next++ % work.calls.length]?.()
    else {
      await together(work.calls, next, concurrent)
      next += concurrent
    }
    steps++
  } while (!isOver())
  return steps * concurrent * messages
}

function stopwatch(ms: number): () => boolean {
  const start = performance.now()
  const cpu = process.cpuUsage()
  return () => {
    const elapsedMs = performance.now() - start
    if (elapsedMs < ms || elapsedMs > 4 * ms) return elapsedMs > 4 * ms
    const { user, system } = process.cpuUsage(cpu)
    return user + system > 700 * ms
  }
}

function together(calls: readonly Call[], from: number, count: number): Promise<unknown> {
  const promises: (Promise<unknown> | undefined)[] = []
  for (let index = 0; index < count; index++) promises.push(calls[(from + index) % calls.length]?.())
  return Promise.all(promises)
}

export interface Latencies {
  readonly calls: number
  /** In ascending order, milliseconds. */
  readonly sorted: Float64Array
}

const mostOutstanding = 50_000

/**
 * Makes calls at a fixed rate, whether earlier ones are settled or not. A call's latency counts from the moment at which
 * it was due, so that a client which holds the process up cannot hide it.
 */
export async function latenciesAt(work: Work, messagesPerSecond: number, ms: number): Promise<Latencies> {
  const intervalMs = (1000 * work.cell.messages) / messagesPerSecond
  const wanted = Math.max(1, Math.floor(ms / intervalMs))
  const latencies = new Float64Array(wanted)
  const start = performance.now()
  let made = 0
  let settled = 0
  let failure: unknown = null
  const make = (): void => {
    const due = start + made * intervalMs
    const call = work.calls[made++ % work.calls.length]
    call?.().then(
      () => {
        latencies[settled++] = performance.now() - due
      },
      (error: unknown) => {
        failure = error
      }
    )
  }
  while (made < wanted && failure === null) {
    while (made < wanted && made - settled < mostOutstanding && start + made * intervalMs <= performance.now()) make()
    await pause(start + made * intervalMs - performance.now())
  }
  while (settled < made && failure === null) await pause(0)
  if (failure !== null) throw failure
  return { calls: wanted, sorted: latencies.toSorted() }
}

/** Timers are a millisecond coarse: the last stretch is spent turning. */
function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    if (ms > 2) setTimeout(resolve, ms - 1.5)
    else setImmediate(resolve)
  })
}
