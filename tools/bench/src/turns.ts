// The client's side of taking turns: it does one thing at a time, when the parent says so.
import { createInterface } from 'node:readline'
import type { ClientEvent, Measured } from './client-contract.ts'

export interface Turns {
  measure(ms: number): Promise<ClientEvent>
  /** @param rate messages a second */
  latencies(rate: number): Promise<ClientEvent>
  finish(): Promise<ClientEvent>
}

export function tell(event: ClientEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

/** @param work returns the messages acknowledged */
export async function measured(work: () => Promise<number>): Promise<Measured> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const messages = await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const peakKb = process.resourceUsage().maxRSS
  return { event: 'measured', messages, seconds, cpuUs: user + system, peakKb, allocatedBytes: null }
}

/** Until it is told to finish, or its parent is gone. */
export async function takeTurns(turns: Turns): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const [command, number] = line.split(' ')
    if (command === 'measure') tell(await turns.measure(Number(number)))
    else if (command === 'latencies') tell(await turns.latencies(Number(number)))
    else return tell(await turns.finish())
  }
}
