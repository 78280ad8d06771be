// Runs one client process to its end and reads what it says, within a time limit.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ClientEvent, Finished, Latency, Measured, Task } from './client-contract.ts'
import { runCommand } from './commands.ts'
import type { Counts, Target } from './null-broker.ts'

export interface Outcome {
  readonly measured: Measured
  readonly latency: Latency | null
  readonly finished: Finished
  /** What reached the broker while measuring; null when nobody counts. */
  readonly counted: Counts | null
  /** Of the processor's cores, as many as the broker used while measuring; null where the system does not tell. */
  readonly brokerCores: number | null
}

/** The broker at the beginning or the end of the measuring. */
interface Mark {
  readonly counts: Counts | null
  readonly cpuSeconds: number | null
}

export interface RunOptions {
  readonly command: readonly string[]
  /** Its arguments are flat, not JSON, and it takes no latencies. */
  readonly flat: boolean
  readonly task: Task
  readonly target: Target
  readonly limitMs: number
  /** A command that lets a process leave the core to which `command` holds it; the process id is added. Empty for none. */
  readonly release: readonly string[]
}

/** @throws Error when the client fails, is too slow, or says what the broker does not confirm */
export async function runClient({ command, flat, task, target, limitMs, release }: RunOptions): Promise<Outcome> {
  const before = await target.counts()
  const [program = '', ...args] = command
  const child = spawn(program, [...args, ...(flat ? flatten(task) : [JSON.stringify(task)])], {
    stdio: ['pipe', 'pipe', 'pipe']
  })
  // One that has ended hears nothing; how it ended is told below.
  child.stdin.on('error', () => undefined)
  const timer = setTimeout(() => void child.kill('SIGKILL'), limitMs)
  const complaint = collect(child.stderr)
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve(code))
  })
  try {
    const events: ClientEvent[] = []
    const marks: Mark[] = []
    for await (const line of createInterface(child.stdout)) {
      const event = parseEvent(line)
      if (event === null) continue
      events.push(event)
      if (event.event === 'warm' || event.event === 'measured')
        marks.push({ cpuSeconds: target.cpuSeconds(), counts: await target.counts() })
      if (event.event === 'measured' && task.latencyMs > 0 && !flat) await goOn(child, release)
    }
    const code = await exited
    const outcome = gather(events, marks)
    if (code === 0 && outcome !== null) return await verified(outcome, before, target)
    const why = child.killed ? `was stopped after ${limitMs / 1000} s` : `ended with ${code}`
    throw new Error(`${task.client} ${why}: ${reasonIn(complaint())}`)
  } finally {
    clearTimeout(timer)
    if (child.exitCode === null) child.kill('SIGKILL')
  }
}

/**
 * Calls at a fixed rate keep the processor busy between them. A broker on the same core would get its share of it by the
 * slice, and the slices would be measured: so the client may leave.
 */
async function goOn(
  client: ChildProcessByStdio<Writable, Readable, Readable>,
  release: readonly string[]
): Promise<void> {
  const [program, ...args] = release
  // Who has ended meanwhile is told of by how it ended.
  if (program !== undefined) await runCommand(program, [...args, String(client.pid)]).catch(() => null)
  client.stdin.write('go on\n')
}

/** For programs that had better not read JSON. */
function flatten(task: Task): readonly string[] {
  const { cell, brokers, topic, messages, warmMs, measureMs, lingerMs } = task
  const step = cell.messages * cell.concurrent
  const kind = [cell.codec, cell.acks, cell.idempotent ? 1 : 0, cell.headers]
  return [brokers.join(','), topic, messages, step, ...kind, warmMs, measureMs, lingerMs].map(String)
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-4000)
  })
  return () => text
}

/** From the last error on, or the end of it all; without the stack, which may be deep. */
function reasonIn(complaint: string): string {
  const lines = complaint.trim().split('\n')
  const from = lines.findLastIndex(line => /^\w*(Error|Exception)\b/.test(line))
  const told = lines.slice(Math.max(from, 0)).filter(line => !/^\s+at /.test(line))
  return (from < 0 ? told.slice(-8) : told.slice(0, 8)).join('\n')
}

/** Libraries print things of their own; only our lines are JSON objects with an event. */
function parseEvent(line: string): ClientEvent | null {
  if (!line.startsWith('{"event"')) return null
  // A client of the benchmark wrote it.
  return JSON.parse(line) as ClientEvent
}

function gather(events: readonly ClientEvent[], marks: readonly Mark[]): Outcome | null {
  let measured: Measured | null = null
  let latency: Latency | null = null
  let finished: Finished | null = null
  for (const event of events) {
    if (event.event === 'measured') measured = event
    if (event.event === 'latency') latency = event
    if (event.event === 'finished') finished = event
  }
  if (measured === null || finished === null) return null
  const [from, to] = marks
  const brokerCores = coresBetween(from?.cpuSeconds, to?.cpuSeconds, measured.seconds)
  return { measured, latency, finished, counted: difference(from?.counts, to?.counts), brokerCores }
}

function coresBetween(from: number | null | undefined, to: number | null | undefined, seconds: number): number | null {
  return typeof from === 'number' && typeof to === 'number' ? (to - from) / seconds : null
}

function difference(from: Counts | null | undefined, to: Counts | null | undefined): Counts | null {
  if (!from || !to) return null
  const { requests, batches, records } = from
  return { requests: to.requests - requests, batches: to.batches - batches, records: to.records - records }
}

const arrivalMs = 50
const arrivalTries = 20

/** No figure for messages that did not arrive. Without acknowledgement some may still be under way when the client ends. */
async function verified(outcome: Outcome, before: Counts | null, target: Target): Promise<Outcome> {
  let arrived = 0
  for (let tries = 0; tries < arrivalTries; tries++) {
    const all = difference(before, await target.counts())
    if (all === null || all.records >= outcome.finished.messages) return outcome
    arrived = all.records
    await new Promise(resolve => void setTimeout(resolve, arrivalMs))
  }
  throw new Error(`said that ${outcome.finished.messages} messages were sent, but ${arrived} arrived`)
}
