// Runs the cells: for each, interleaved rounds of all peers, every one in a process of its own.
import { availableParallelism } from 'node:os'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchArguments } from './arguments.ts'
import type { Cell } from './cells.ts'
import type { Task } from './client-contract.ts'
import { messageCount, writeMessages } from './messages.ts'
import type { Target } from './null-broker.ts'
import { rivalNames, type Lineup, type Peer } from './peers.ts'
import type { ClientOptions } from './client-process.ts'
import type { Outcome } from './outcome.ts'
import { runRound, type Reached } from './round.ts'
import { runClient } from './run-client.ts'
import type { Stage } from './stage.ts'

export interface CellResult {
  readonly cell: Cell
  /** By peer, one outcome a round; null for a round that failed. */
  readonly outcomes: ReadonlyMap<string, readonly (Outcome | null)[]>
  /** By peer, bytes allocated per message; null where nobody can count. */
  readonly allocations: ReadonlyMap<string, number | null>
  /** Messages a second; null where each was at half of its own. */
  readonly latencyRate: number | null
  readonly failures: readonly { readonly peer: string; readonly reason: string }[]
}

/** Commands; empty where the machine cannot. */
export interface Pinning {
  /** Holds the process that it starts to one core. */
  readonly hold: readonly string[]
  /** Lets the process whose id is added run on any. */
  readonly release: readonly string[]
}

const unpinned: Pinning = { hold: [], release: [] }

export interface Bench {
  readonly given: BenchArguments
  readonly lineup: Lineup
  readonly stage: Stage
  readonly pinning: Pinning
  say(line: string): void
}

/** In the cell's trial, which is not counted, allocations are, and the better linger is chosen. */
const trial = { warmMs: 500, latencyMs: 0, countAllocations: true }
const trialMs = 500
/** On one core just-in-time compilers get what time client and broker leave them. */
const warmTimesOnOneCore = 3

/** @param endMs by `performance.now()`: no round but the first begins later. @returns why not, when the stage cannot show it */
export async function runCell(bench: Bench, cell: Cell, endMs: number): Promise<CellResult | string> {
  const pinning = cell.pinned ? bench.pinning : unpinned
  const target = await bench.stage.open(cell, pinning.hold)
  if (typeof target === 'string') return target
  const messages = join(bench.lineup.frozen, `messages-${messageCount(cell)}-${cell.valueBytes}.txt`)
  writeMessages(messages, cell)
  const run = new CellRun(bench, cell, target, messages, pinning)
  try {
    await run.trials()
    for (let round = 0; round < bench.given.rounds; round++) {
      if (round > 0 && performance.now() > endMs) break
      await run.round(round)
    }
    return run.result()
  } finally {
    await target.stop()
    rmSync(messages, { force: true })
  }
}

class CellRun {
  readonly #bench: Bench
  readonly #cell: Cell
  readonly #target: Target
  readonly #messages: string
  readonly #pinning: Pinning
  readonly #entrants: { readonly peer: Peer; readonly lingerMs: number }[] = []
  readonly #outcomes = new Map<string, (Outcome | null)[]>()
  readonly #allocations = new Map<string, number | null>()
  /** Of the first round; undefined before it. */
  #latencyRate: number | null | undefined
  readonly #failures: { readonly peer: string; readonly reason: string }[] = []

  constructor(bench: Bench, cell: Cell, target: Target, messages: string, pinning: Pinning) {
    this.#bench = bench
    this.#cell = cell
    this.#target = target
    this.#messages = messages
    this.#pinning = pinning
  }

  /** Whoever fails here takes no part in the cell. */
  async trials(): Promise<void> {
    for (const peer of this.#bench.lineup.peers) {
      if (!canShow(peer, this.#cell)) continue
      let best = 0
      let bestLingerMs: number | null = null
      for (const lingerMs of peer.lingersMs) {
        const outcome = await this.#try(peer, lingerMs)
        if (outcome === null) break
        const { messages, seconds, allocatedBytes } = outcome.measured
        if (messages / seconds <= best) continue
        best = messages / seconds
        bestLingerMs = lingerMs
        this.#allocations.set(peer.name, allocatedBytes === null ? null : allocatedBytes / messages)
      }
      if (bestLingerMs === null) continue
      this.#entrants.push({ peer, lingerMs: bestLingerMs })
      this.#outcomes.set(peer.name, [])
    }
  }

  /** Each begins with another peer. */
  async round(round: number): Promise<void> {
    const { warmMs, measureMs, latencyMs, rounds } = this.#bench.given
    const first = round % this.#entrants.length
    const inOrder = [...this.#entrants.slice(first), ...this.#entrants.slice(0, first)]
    const outcomes = await runRound(
      inOrder.map(({ peer, lingerMs }) => ({
        name: peer.name,
        options: this.#options(peer, {
          warmMs: this.#pinning.hold.length > 0 ? warmTimesOnOneCore * warmMs : warmMs,
          latencyMs,
          lingerMs,
          countAllocations: false
        })
      })),
      {
        measureMs,
        rate: reached => {
          if (this.#latencyRate === undefined) this.#latencyRate = rateForLatencies(reached)
          return this.#latencyRate
        },
        failed: (name, error) => this.#failed(name, error)
      }
    )
    for (const { peer } of inOrder) {
      const outcome = outcomes.get(peer.name) ?? null
      this.#outcomes.get(peer.name)?.push(outcome)
      if (outcome === null) continue
      this.#bench.say(`  ${this.#cell.name} ${round + 1}/${rounds} ${peer.name}: ${inShort(outcome)}`)
    }
  }

  result(): CellResult {
    return {
      cell: this.#cell,
      outcomes: this.#outcomes,
      allocations: this.#allocations,
      latencyRate: this.#latencyRate ?? null,
      failures: this.#failures
    }
  }

  async #try(peer: Peer, lingerMs: number): Promise<Outcome | null> {
    try {
      return await runClient(this.#options(peer, { ...trial, lingerMs }), trialMs)
    } catch (error) {
      this.#failed(peer.name, error)
      return null
    }
  }

  #options(peer: Peer, settings: Pick<Task, 'warmMs' | 'latencyMs' | 'lingerMs' | 'countAllocations'>): ClientOptions {
    const task: Task = {
      ...settings,
      client: peer.client,
      cell: this.#cell,
      brokers: this.#target.brokers,
      topic: this.#target.topic,
      messages: this.#messages,
      profile: null,
      modules: this.#bench.lineup.modules,
      certificate: this.#cell.tls ? this.#bench.stage.certificate : null
    }
    const command = [...this.#pinning.hold, ...peer.command]
    return { command, flat: peer.program, task, target: this.#target, release: this.#pinning.release }
  }

  #failed(peer: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#failures.push({ peer, reason })
    this.#bench.say(`  ${this.#cell.name} ${peer} failed: ${reason.split('\n').slice(0, 3).join(' ')}`)
  }
}

function inShort({ measured, brokerCores }: Outcome): string {
  const { messages, seconds, cpuUs } = measured
  const broker = brokerCores === null ? '' : `, broker ${brokerCores.toFixed(2)} cores`
  return `${Math.round(messages / seconds)} msg/s, ${(cpuUs / messages).toFixed(2)} us${broker}`
}

/** What is not in Node is simple: one producer, no TLS; and no encryption can be prepared. */
function canShow(peer: Peer, cell: Cell): boolean {
  if (peer.name === 'raw') return !cell.tls
  return !peer.program || (!cell.tls && cell.producers === 1)
}

/**
 * One rate for all clients of a cell: half of what the fastest of the others for Node has reached, in messages a second.
 * Null where there are no others: then each is measured at half of its own.
 */
export function rateForLatencies(reached: readonly Reached[]): number | null {
  const others = reached.filter(({ name }) => rivalNames.includes(name)).map(({ perSecond }) => perSecond)
  return others.length === 0 ? null : Math.max(...others) / 2
}

/** Where there is one core only, there is nothing to hold to. */
export function pinningOf(hasTaskset: boolean): Pinning {
  const cores = availableParallelism()
  if (!hasTaskset || cores < 2) return unpinned
  return { hold: ['taskset', '-c', '0'], release: ['taskset', '-acp', `0-${cores - 1}`] }
}
