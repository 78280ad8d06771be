// One client in a process of its own. It works when it is its turn, and stands still, stopped by the system, when it is not:
// nothing that it has put off is done on another's time.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { ClientEvent, Finished, Latency, Measured, Task, Warm } from './client-contract.ts'
import { runCommand } from './commands.ts'
import type { Counts, Target } from './null-broker.ts'
import { countsBetween, sumOfCounts, sumOfTurns, sumOrNull, type Outcome } from './outcome.ts'

export interface ClientOptions {
  readonly command: readonly string[]
  /** Its arguments are flat, not JSON, and it takes no latencies. */
  readonly flat: boolean
  readonly task: Task
  readonly target: Target
  /** A command that lets a process leave the core to which `command` holds it; the process id is added. Empty for none. */
  readonly release: readonly string[]
}

type Worked = Exclude<ClientEvent, Finished>

interface Turn<E> {
  readonly event: E
  readonly counted: Counts | null
  /** What the broker had of the processor, in seconds. */
  readonly brokerSeconds: number | null
}

/** Beyond what it was asked for: slow ones need seconds for one wave. */
const graceMs = 15_000
const graceTimes = 15
/** To start, to connect, and to know ten thousand partitions. */
const startMs = 120_000
const arrivalMs = 50
const arrivalTries = 20
const pause = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms))

/** Those that have not ended: whoever ends this process ends them, for one that stands still does not notice. */
const living = new Set<ClientProcess>()

export function killClients(): void {
  for (const client of living) client.kill()
}

export class ClientProcess {
  readonly #options: ClientOptions
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  readonly #complaint: () => string
  readonly #exited: Promise<number | null>
  readonly #measured: Turn<Measured>[] = []
  #latency: Latency | null = null

  /** Its first turn, which is warming up, begins at once. */
  constructor(options: ClientOptions) {
    this.#options = options
    const { command, flat, task } = options
    const [program = '', ...args] = command
    this.#child = spawn(program, [...args, ...(flat ? flatten(task) : [JSON.stringify(task)])], {
      stdio: ['pipe', 'pipe', 'pipe']
    })
    // One that has ended hears nothing; how it ended is told below.
    this.#child.stdin.on('error', () => undefined)
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
    this.#complaint = collect(this.#child.stderr)
    this.#exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', code => resolve(code))
    })
    this.#exited.catch(() => undefined).finally(() => living.delete(this))
    living.add(this)
  }

  /** @throws Error, as all turns do, when the client fails, is too slow, or says what the broker does not confirm */
  async warmUp(): Promise<void> {
    await this.#turn<Warm>(null, 'warm', this.#options.task.warmMs, startMs)
  }

  async measure(ms: number): Promise<void> {
    this.#measured.push(await this.#turn<Measured>(`measure ${ms}`, 'measured', ms))
  }

  /**
   * Calls at a fixed rate keep the processor busy between them. A broker on the same core would get its share of it by the
   * slice, and the slices would be measured: so the client may leave.
   *
   * @param rate messages a second
   */
  async takeLatencies(rate: number): Promise<void> {
    const { flat, release, task } = this.#options
    if (flat || task.latencyMs === 0) return
    const [program, ...args] = release
    // Who has ended meanwhile is told of by how it ended.
    if (program !== undefined) await runCommand(program, [...args, String(this.#child.pid)]).catch(() => null)
    this.#latency = (await this.#turn<Latency>(`latencies ${rate}`, 'latency', task.latencyMs)).event
  }

  /** Messages, in the turns until now. */
  perSecond(): number {
    const { messages, seconds } = sumOfTurns(this.#measured.map(({ event }) => event))
    return messages / seconds
  }

  async finish(): Promise<Outcome> {
    this.#resume()
    this.#child.stdin.write('finish\n')
    const finished = await this.#within(graceMs, () => this.#next<Finished>('finished'))
    const code = await this.#within(graceMs, () => this.#exited)
    if (code !== 0) throw this.#failure(`ended with ${code}`)
    const measured = sumOfTurns(this.#measured.map(({ event }) => event))
    const brokerSeconds = sumOrNull(this.#measured.map(turn => turn.brokerSeconds))
    return {
      measured,
      latency: this.#latency,
      finished,
      counted: sumOfCounts(this.#measured.map(({ counted }) => counted)),
      brokerCores: brokerSeconds === null ? null : brokerSeconds / measured.seconds
    }
  }

  kill(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
  }

  /** Kills it, and waits until the broker has read all that is left of it. */
  async end(): Promise<void> {
    this.kill()
    await this.#exited.catch(() => null)
    const { target } = this.#options
    let last = await target.counts()
    for (let tries = 0; tries < arrivalTries; tries++) {
      await pause(arrivalMs)
      const now = await target.counts()
      if (now?.records === last?.records) return
      last = now
    }
  }

  async #turn<E extends Worked>(
    line: string | null,
    wanted: E['event'],
    ms: number,
    beyondMs: number = graceMs
  ): Promise<Turn<E>> {
    const { target } = this.#options
    const before = await target.counts()
    const beforeSeconds = target.cpuSeconds()
    this.#resume()
    if (line !== null) this.#child.stdin.write(`${line}\n`)
    const event = await this.#within(beyondMs + graceTimes * ms, () => this.#next<E>(wanted))
    const counted = await this.#arrived(event.messages, before)
    const afterSeconds = target.cpuSeconds()
    const brokerSeconds = beforeSeconds === null || afterSeconds === null ? null : afterSeconds - beforeSeconds
    this.#child.kill('SIGSTOP')
    return { event, counted, brokerSeconds }
  }

  #resume(): void {
    this.#child.kill('SIGCONT')
  }

  async #within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      this.kill()
    }, limitMs)
    try {
      return await work()
    } catch (error) {
      throw isLate ? this.#failure(`was stopped after ${limitMs / 1000} s`) : error
    } finally {
      clearTimeout(timer)
    }
  }

  async #next<E extends ClientEvent>(wanted: E['event']): Promise<E> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done === true) throw this.#failure(`ended with ${await this.#exited}`)
      const event = parseEvent(value)
      if (event === null) continue
      if (isOf<E>(event, wanted)) return event
      throw this.#failure(`said ${event.event}, not ${wanted}`)
    }
  }

  /** No figure for messages that did not arrive. Only those that nobody acknowledges may still be under way. */
  async #arrived(said: number, before: Counts | null): Promise<Counts | null> {
    const { task, target } = this.#options
    let arrived = 0
    for (let tries = 0; tries < (task.cell.acks === 0 ? arrivalTries : 1); tries++) {
      const counted = countsBetween(before, await target.counts())
      if (counted === null || counted.records >= said) return counted
      arrived = counted.records
      await pause(arrivalMs)
    }
    throw this.#failure(`said that ${said} messages were sent, but ${arrived} arrived`)
  }

  #failure(what: string): Error {
    return new Error(`${this.#options.task.client} ${what}: ${reasonIn(this.#complaint())}`)
  }
}

function isOf<E extends ClientEvent>(event: ClientEvent, wanted: E['event']): event is E {
  return event.event === wanted
}

/** For programs that had better not read JSON. */
function flatten(task: Task): readonly string[] {
  const { cell, brokers, topic, messages, warmMs, lingerMs } = task
  const step = cell.messages * cell.concurrent
  const kind = [cell.codec, cell.acks, cell.idempotent ? 1 : 0, cell.headers]
  return [brokers.join(','), topic, messages, step, ...kind, warmMs, lingerMs].map(String)
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
