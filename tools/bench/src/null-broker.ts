// Starts the null broker, a process of its own, and asks it what it has counted.
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Cell } from './cells.ts'
import { cpuSecondsOf } from './process-time.ts'

export interface Counts {
  readonly requests: number
  readonly batches: number
  readonly records: number
}

export interface Target {
  readonly brokers: readonly string[]
  readonly topic: string
  /** What arrived since the start; null when nobody counts. */
  counts(): Promise<Counts | null>
  /** What all broker processes have had of the processor since they were started; null where the system does not tell. */
  cpuSeconds(): number | null
  stop(): Promise<void>
}

export interface NullBrokerProgram {
  readonly command: readonly string[]
  /** Certificate and key, where it can do TLS. */
  readonly tls: { readonly certificate: string; readonly key: string } | null
}

export async function startNullBroker(program: NullBrokerProgram, cell: Cell, pin: readonly string[]): Promise<Target> {
  const { tls } = program
  const more = cell.tls && tls !== null ? ['--certificate', tls.certificate, '--key', tls.key] : []
  const counts = ['--partitions', String(cell.partitions), '--brokers', String(cell.brokers)]
  const settings = ['--delay-us', String(cell.delayMs * 1000), ...more]
  const [command = '', ...args] = [...pin, ...program.command, ...counts, ...settings]
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  // One that has ended hears nothing: whoever asks is told.
  child.stdin.on('error', () => undefined)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const { value: first } = await lines.next()
  const port = /^port (\d+)$/.exec(String(first))?.[1]
  if (port === undefined) throw new Error(`The null broker said ${String(first)} and not its port`)
  return {
    brokers: [`127.0.0.1:${port}`],
    topic: 'bench',
    counts: async () => {
      child.stdin.write('count\n')
      const { value, done } = await lines.next()
      if (done === true) throw new Error('The null broker has ended')
      const [requests = 0, batches = 0, records = 0] = value.split(' ').map(Number)
      return { requests, batches, records }
    },
    cpuSeconds: () => (child.pid === undefined ? null : cpuSecondsOf([child.pid])),
    stop: () => stopped(child)
  }
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill()
  })
}
