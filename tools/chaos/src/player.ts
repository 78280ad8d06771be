// What a process of producers is told to do, what it tells in the end, and the handle on it.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DataLoss } from '@sluice/producer'
import type { Mode } from './arguments.ts'
import type { DoubtCounts } from './doubts.ts'
import type { TopicPlan } from './house.ts'
import type { OutcomeCounts } from './ledger.ts'
import type { Vitals } from './vitals.ts'

/** The program's only argument, as JSON. */
export interface PlayerPlan {
  readonly run: number
  readonly mode: Mode
  /** Records offered per second. */
  readonly rate: number
  readonly seed: number
  readonly bootstrapBrokers: readonly string[]
  /** By advertised port: the one to go to instead. */
  readonly ports: Readonly<Record<string, number>>
  readonly topics: readonly TopicPlan[]
  /** Milliseconds that a record may take, but for those who are impatient. */
  readonly deliveryTimeout: number
  readonly ledgerPath: string
}

/** What a producer said of lost data, and when. */
export interface DataLossTold extends Omit<DataLoss, 'lastAckedOffset' | 'logStartOffset' | 'error'> {
  readonly atMs: number
  readonly lastAckedOffset: number
  readonly logStartOffset: number
  readonly error: string
}

export interface PlayerTold {
  readonly counts: OutcomeCounts
  /** By lane. */
  readonly accepted: readonly number[]
  /** From the end of sending to the last outcome. */
  readonly settlingMs: number
  readonly samples: readonly Vitals[]
  /** Largest share of its `bufferMemory` that a producer used. */
  readonly fullest: number
  /** Bytes beyond it. */
  readonly overBytes: number
  /** Of all producers together. */
  readonly bufferMemory: number
  /** So many connections at once, in all pools: one for records and one for questions to each node. */
  readonly mostConnections: number
  /** How long, at most, the process was kept from looking at its timers. */
  readonly longestBlockMs: number
  /** How long after its deadline, at most, a call had its outcome. */
  readonly latestMs: number
  /** How long, at most, a record was said to be out of time before nine tenths of it were over. */
  readonly earliestMs: number
  /** Batch memory that is held after `close`. */
  readonly heldAfterClose: number
  /** What Node still counted when all was closed. */
  readonly resources: readonly string[]
  /** Times that `send` asked to wait. */
  readonly refusals: number
  /** Errors without an outcome. */
  readonly untold: number
  /** Records that were not acknowledged although their callers had time. */
  readonly disappointed: { readonly notPersisted: number; readonly unknown: number }
  readonly dataLosses: readonly DataLossTold[]
  readonly doubts: DoubtCounts
  /** By error, how often. */
  readonly retries: readonly (readonly [string, number])[]
  readonly failures: readonly (readonly [string, number])[]
}

export type PlayerLine = { readonly counts: OutcomeCounts } | { readonly told: PlayerTold }

/** How it ended after it had told everything. */
export interface PlayerEnd {
  /** 0: by itself and in order. */
  readonly code: number | null
  readonly lingeredMs: number
}

const program = fileURLToPath(new URL('../dist/player-main.js', import.meta.url))

/** A process that has told everything has this long to end by itself. */
const lingerLimitMs = 10_000

export class Player {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #exit: Promise<number | null>
  readonly #told: Promise<PlayerTold>
  counts: OutcomeCounts = { accepted: 0, acked: 0, notPersisted: 0, unknown: 0 }

  constructor(plan: PlayerPlan) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin.on('error', () => undefined)
    this.#exit = once(this.#child, 'exit').then(([code]) => code as number | null)
    this.#told = this.#listen()
    // It is asked for at the end only.
    this.#told.catch(() => undefined)
  }

  /** Nothing more is offered. Settles when every record has its outcome, or time is up. */
  async finish(limitMs: number): Promise<{ readonly told: PlayerTold; readonly end: PlayerEnd }> {
    this.#child.stdin.end()
    const watchdog = setTimeout(() => this.#child.kill('SIGKILL'), limitMs)
    try {
      const told = await this.#told
      const startedMs = performance.now()
      const stuck = new AbortController()
      void sleep(lingerLimitMs, undefined, { signal: stuck.signal }).then(
        () => this.#child.kill('SIGKILL'),
        () => undefined
      )
      const code = await this.#exit
      stuck.abort()
      return { told, end: { code, lingeredMs: performance.now() - startedMs } }
    } finally {
      clearTimeout(watchdog)
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #listen(): Promise<PlayerTold> {
    for await (const line of createInterface({ input: this.#child.stdout })) {
      // Only player-main.ts writes there, and always such lines.
      const said = JSON.parse(line) as PlayerLine
      if ('told' in said) return said.told
      this.counts = said.counts
    }
    throw new Error(`The producers' process ended without telling anything, status ${await this.#exit}`)
  }
}
