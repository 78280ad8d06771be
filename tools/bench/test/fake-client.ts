// Clients that say what they are told to say, when it is their turn.
import { basicCell } from '../src/cells.ts'
import type { ClientOptions } from '../src/client-process.ts'
import type { Task } from '../src/client-contract.ts'
import type { Counts, Target } from '../src/null-broker.ts'

/** Ten messages in two seconds, in each turn. */
export const measured: object = {
  event: 'measured',
  messages: 10,
  seconds: 2,
  cpuUs: 5,
  peakKb: 1,
  allocatedBytes: null
}

/** @param turns what it does when told to measure: statements that end with `tell` of an event */
export function fakeClient(turns: string = `tell(${JSON.stringify(measured)})`): string {
  return `
    const tell = event => console.log(JSON.stringify(event))
    tell({ event: 'warm', messages: 10 })
    require('node:readline').createInterface(process.stdin).on('line', line => {
      if (line.startsWith('measure')) { ${turns} }
      else if (line.startsWith('latencies'))
        tell({ event: 'latency', calls: 1, messages: 10, rate: Number(line.split(' ')[1]), percentiles: null })
      else {
        tell({ event: 'finished', version: '1' })
        process.exit(0)
      }
    })
  `
}

/** Between two questions ten messages arrive, and half a second of the processor is used. */
export function fakeTarget(): Target {
  let asked = 0
  const counts = (): Counts => ({ requests: asked, batches: asked, records: 10 * asked++ })
  let busySeconds = 0
  return {
    brokers: [],
    topic: 'bench',
    counts: () => Promise.resolve(counts()),
    cpuSeconds: () => (busySeconds += 0.5),
    stop: () => Promise.resolve()
  }
}

export function fakeOptions(program: string, latencyMs = 0, release: readonly string[] = []): ClientOptions {
  const cell = { ...basicCell, name: 'example' }
  // What is read of it here.
  const task = { client: 'ours', cell, latencyMs, warmMs: 0 } as Partial<Task> as Task
  return { command: [process.execPath, '-e', program], flat: false, task, target: fakeTarget(), release }
}
