// `--growth`: what a message costs where there are many partitions or many brokers, and what a partition costs that is not written to.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchArguments } from './arguments.ts'
import { basicCell, type Cell } from './cells.ts'
import type { IdleMemory, Task } from './client-contract.ts'
import type { ClientOptions } from './client-process.ts'
import type { Say } from './install-npm.ts'
import { installNullBroker } from './install-broker.ts'
import { thisMachine, type Machine } from './machine.ts'
import { writeMessages } from './messages.ts'
import { startNullBroker, type NullBrokerProgram, type Target } from './null-broker.ts'
import { lineUp } from './peers.ts'
import type { Outcome } from './outcome.ts'
import { runRound } from './round.ts'
import { runClient } from './run-client.ts'
import { spread, type Spread } from './statistics.ts'

export interface GrowthRow {
  /** Of partitions or brokers. */
  readonly count: number
  readonly perSecond: Spread
  readonly cpuUs: Spread
  /** How much more a message costs than in the first row, round by round. */
  readonly times: Spread
  readonly peakMb: number
  readonly perRequest: number | null
}

export interface GrowthRun {
  readonly kind: 'growth'
  readonly machine: Machine
  readonly partitions: readonly GrowthRow[]
  readonly brokers: readonly GrowthRow[]
  /** After 10,000 calls of one message and a collection of garbage. */
  readonly idle: readonly (IdleMemory & { readonly partitions: number })[]
}

const partitionCounts = [1, 10, 100, 1000, 10_000] as const
const brokerCounts = [1, 10, 100] as const
const partitionsOfBrokers = 1000
const callMessages = 100

export async function measureGrowth(given: BenchArguments, say: Say): Promise<GrowthRun> {
  const lineup = await lineUp(['ours'], given.node, say)
  try {
    const node = lineup.peers[0]?.command[0] ?? process.execPath
    const command = [node, '--expose-gc', join(lineup.frozen, 'tools/bench/dist/growth-main.js')]
    const growth = new Growth(given, command, await installNullBroker(say), join(lineup.frozen, 'messages.txt'))
    const partitions = await growth.rows('partitions', partitionCounts, count => growthCell(count, 1), say)
    const brokers = await growth.rows('brokers', brokerCounts, count => growthCell(partitionsOfBrokers, count), say)
    const idle = [await growth.idle(1), await growth.idle(10_000)]
    return { kind: 'growth', machine: thisMachine(lineup.nodeVersion), partitions, brokers, idle }
  } finally {
    rmSync(lineup.frozen, { recursive: true, force: true })
  }
}

function growthCell(partitions: number, brokers: number): Cell {
  return { ...basicCell, name: 'growth', messages: callMessages, partitions, brokers }
}

class Growth {
  readonly #given: BenchArguments
  readonly #command: readonly string[]
  readonly #program: NullBrokerProgram
  readonly #messages: string

  constructor(given: BenchArguments, command: readonly string[], program: NullBrokerProgram, messages: string) {
    this.#given = given
    this.#command = command
    this.#program = program
    this.#messages = messages
    writeMessages(messages, growthCell(1, 1))
  }

  /** Counts take turns, as clients do elsewhere. */
  async rows(
    what: string,
    counts: readonly number[],
    cellOf: (count: number) => Cell,
    say: Say
  ): Promise<readonly GrowthRow[]> {
    const rounds: (readonly Outcome[])[] = []
    for (let round = 0; round < this.#given.rounds; round++) {
      const outcomes = await this.#round(counts.map(cellOf))
      for (const [index, outcome] of outcomes.entries())
        say(`  ${round + 1}/${this.#given.rounds} ${counts[index]} ${what}: ${costOf(outcome).toFixed(3)} us`)
      rounds.push(outcomes)
    }
    return growthRows(counts, rounds)
  }

  async #round(cells: readonly Cell[]): Promise<readonly Outcome[]> {
    const { warmMs, measureMs } = this.#given
    const targets: Target[] = []
    try {
      for (const cell of cells) targets.push(await startNullBroker(this.#program, cell, []))
      const entrants = cells.map((cell, index) => ({
        name: String(index),
        options: this.#options(cell, targets[index]!, warmMs)
      }))
      const outcomes = await runRound(entrants, {
        measureMs,
        rate: () => null,
        failed: (_, error) => {
          throw error
        }
      })
      return entrants.map(({ name }) => outcomes.get(name)!)
    } finally {
      for (const target of targets) await target.stop()
    }
  }

  async idle(partitions: number): Promise<GrowthRun['idle'][number]> {
    const cell = { ...growthCell(partitions, 1), messages: 1 }
    const target = await startNullBroker(this.#program, cell, [])
    try {
      const { finished } = await runClient(this.#options(cell, target, 0), 0)
      if (finished.idle === undefined) throw new Error('The client did not tell its memory')
      return { partitions, ...finished.idle }
    } finally {
      await target.stop()
    }
  }

  #options(cell: Cell, target: Target, warmMs: number): ClientOptions {
    const { brokers, topic } = target
    const times = { warmMs, latencyMs: 0, lingerMs: 0 }
    const rest = { countAllocations: false, profile: null, modules: '', certificate: null }
    const task: Task = { client: 'ours', cell, brokers, topic, messages: this.#messages, ...times, ...rest }
    return { command: this.#command, flat: false, task, target, release: [] }
  }
}

const costOf = ({ measured }: Outcome): number => measured.cpuUs / measured.messages

/** @param rounds of each round, an outcome for each count */
export function growthRows(counts: readonly number[], rounds: readonly (readonly Outcome[])[]): readonly GrowthRow[] {
  return counts.map((count, index) => {
    const outcomes = rounds.flatMap(round => round[index] ?? [])
    const times = rounds.flatMap(([first, ...others]) => {
      const outcome = [first, ...others][index]
      return first === undefined || outcome === undefined ? [] : costOf(outcome) / costOf(first)
    })
    const shared = outcomes.flatMap(({ counted }) => (counted === null ? [] : counted.records / counted.requests))
    return {
      count,
      perSecond: spread(outcomes.map(({ measured }) => measured.messages / measured.seconds)),
      cpuUs: spread(outcomes.map(costOf)),
      times: spread(times),
      peakMb: spread(outcomes.map(({ measured }) => measured.peakKb / 1024)).median,
      perRequest: shared.length === 0 ? null : spread(shared).median
    }
  })
}

export function writeGrowth(path: string, run: GrowthRun): void {
  writeFileSync(path, `${JSON.stringify(run, null, 2)}\n`)
}

/** Null for a file of another kind. */
export function readGrowth(path: string): GrowthRun | null {
  const stored: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const isGrowth = typeof stored === 'object' && stored !== null && 'kind' in stored && stored.kind === 'growth'
  // `writeGrowth` wrote it.
  return isGrowth ? (stored as GrowthRun) : null
}
