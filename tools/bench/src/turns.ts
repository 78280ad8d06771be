// The client's side of taking turns: it does one thing at a time, when the parent says so.
import { createInterface } from 'node:readline'
import type { ClientEvent } from './client-contract.ts'

export interface Turns {
  measure(ms: number): Promise<ClientEvent>
  /** @param rate messages a second; null for half of what was reached when last measured */
  latencies(rate: number | null): Promise<ClientEvent>
  finish(): Promise<ClientEvent>
}

export function tell(event: ClientEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

/** Until it is told to finish, or its parent is gone. */
export async function takeTurns(turns: Turns): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    const [command, number] = line.split(' ')
    if (command === 'measure') tell(await turns.measure(Number(number)))
    else if (command === 'latencies') tell(await turns.latencies(number === undefined ? null : Number(number)))
    else return tell(await turns.finish())
  }
}
