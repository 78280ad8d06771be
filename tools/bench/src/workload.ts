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
 * at most `patience` times as long. At least one step. Returns the messages acknowledged.
 */
export async function workFor(work: Work, ms: number, patience: number): Promise<number> {
  const { messages, concurrent } = work.cell
  const isOver = stopwatch(ms, patience)
  let next = 0
  let steps = 0
  do {
    await workOnce(work, next)
    next += concurrent
    steps++
  } while (!isOver())
  return steps * concurrent * messages
}

/** One step: a call, or as many at once as the cell says, from the call at `from` on. */
export async function workOnce({ calls, cell }: Work, from: number): Promise<void> {
  if (cell.concurrent === 1) await calls[from % calls.length]?.()
  else await together(calls, from, cell.concurrent)
}

function stopwatch(ms: number, patience: number): () => boolean {
  const start = performance.now()
  const cpu = process.cpuUsage()
  let askAtMs = ms
  return () => {
    const elapsedMs = performance.now() - start
    if (elapsedMs < askAtMs) return false
    const { user, system } = process.cpuUsage(cpu)
    // Asking costs microseconds: not at every step.
    askAtMs = elapsedMs + ms / 20
    return user + system > 700 * ms || elapsedMs > patience * ms
  }
}

function together(calls: readonly Call[], from: number, count: number): Promise<unknown> {
  const promises: Promise<unknown>[] = []
  for (let index = 0; index < count; index++) {
    const call = calls[(from + index) % calls.length]
    if (call !== undefined) promises.push(call())
  }
  return Promise.all(promises)
}
