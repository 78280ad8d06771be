// Reads the benchmark's options.
import { parseArgs } from 'node:util'
import { chooseCells, quickCells, type Cell } from './cells.ts'
import { peerNames, quickPeers } from './peers.ts'
import type { NodeMajor } from './places.ts'

export interface BenchArguments {
  readonly cells: readonly Cell[]
  readonly peers: readonly string[]
  /** Under which the clients run. */
  readonly node: NodeMajor
  readonly rounds: number
  readonly warmMs: number
  readonly measureMs: number
  readonly latencyMs: number
  /** The run as a whole stops asking for more after this. */
  readonly limitMs: number
  /** Against Apache Kafka instead of the null broker; nodes. */
  readonly kafka: 1 | 3 | null
  readonly json: string | null
  /** What the file already holds stays in it, but for cells that are measured again. */
  readonly add: boolean
  /** Writes the tables of the documents. */
  readonly docs: boolean
  /** Files of earlier runs, to be used instead of a run; empty for none. */
  readonly from: readonly string[]
  /** The section of the page that the table goes to; null for the one of what was run. */
  readonly section: string | null
  readonly svg: string | null
  /** Profiles ours in these cells, and measures nothing. */
  readonly profile: boolean
  /** Measures what grows with partitions and brokers, and no cells. */
  readonly growth: boolean
}

export const usage: string = `pnpm bench [options]

  --quick            six cells, six clients, up to three short rounds, under five minutes
  --cells A,B        cells by name; * stands for anything (seq100/*)
  --peers A,B        of ${peerNames.join(', ')}
  --node 22|24       which Node all clients for it run under (24)
  --rounds N         interleaved rounds (5; 3 with --quick)
  --warm-ms N        how long each client warms up (1000; on one core three times that), is measured (2000), and makes calls at
  --measure-ms N     a fixed rate (1000) in a round; 600, 500 and 200 with --quick
  --latency-ms N
  --kafka            against a real Apache Kafka on this machine (needs java and mvn)
  --nodes 1|3        its brokers
  --json FILE        all figures, written after each cell
  --add              to what FILE already holds, so that a run can be made in pieces
  --docs             writes the tables of docs/performance.md
  --from A,B         out of these files of earlier runs (with --docs), and measures nothing
  --section NAME     into this section of the page (with --docs), as for another machine
  --svg DIR          a plot of each cell
  --growth           ours with 1 to 10,000 partitions and 1 to 100 brokers, instead of the cells
  --profile CELL     writes a CPU profile of ours in this cell, and names its hottest functions
  --list             names all cells`

const full = { rounds: 5, warmMs: 1000, measureMs: 2000, latencyMs: 1000, limitMs: 24 * 3_600_000 }
const quick = { rounds: 3, warmMs: 600, measureMs: 500, latencyMs: 200, limitMs: 240_000 }

const options = {
  quick: { type: 'boolean' },
  cells: { type: 'string' },
  peers: { type: 'string' },
  node: { type: 'string' },
  rounds: { type: 'string' },
  'warm-ms': { type: 'string' },
  'measure-ms': { type: 'string' },
  'latency-ms': { type: 'string' },
  kafka: { type: 'boolean' },
  nodes: { type: 'string' },
  json: { type: 'string' },
  add: { type: 'boolean' },
  docs: { type: 'boolean' },
  from: { type: 'string' },
  section: { type: 'string' },
  svg: { type: 'string' },
  growth: { type: 'boolean' },
  profile: { type: 'string' },
  list: { type: 'boolean' }
} as const

type Values = Partial<Record<keyof typeof options, string | boolean>>

/** Null when only a list of the cells is wanted. @throws Error when the options cannot be right */
export function readArguments(argv: readonly string[]): BenchArguments | null {
  // pnpm hands the `--` on.
  const { values } = parseArgs({ args: argv.filter(argument => argument !== '--'), options })
  if (values.list === true) return null
  refuseOdd(values)
  const { rounds, warmMs, measureMs, latencyMs, limitMs } = values.quick === true ? quick : full
  const names = values.profile ?? values.cells ?? (values.quick === true ? quickCells.join() : '*')
  const peers = values.peers ?? (values.quick === true ? quickPeers : peerNames).join()
  return {
    limitMs,
    cells: chooseCells(list(names)),
    peers: choosePeers(list(peers)),
    node: readOneOf('--node', values.node ?? '24', [22, 24]),
    rounds: readNumber('--rounds', values.rounds ?? rounds, 1, 100),
    warmMs: readNumber('--warm-ms', values['warm-ms'] ?? warmMs, 1, 600_000),
    measureMs: readNumber('--measure-ms', values['measure-ms'] ?? measureMs, 1, 600_000),
    latencyMs: readNumber('--latency-ms', values['latency-ms'] ?? latencyMs, 0, 600_000),
    kafka: values.kafka === true ? readOneOf('--nodes', values.nodes ?? '1', [1, 3]) : null,
    json: values.json ?? null,
    add: values.add === true,
    docs: values.docs === true,
    from: list(values.from ?? ''),
    section: values.section ?? null,
    svg: values.svg ?? null,
    growth: values.growth === true,
    profile: values.profile !== undefined
  }
}

const cellsOnly = ['cells', 'peers', 'kafka', 'svg', 'profile', 'add', 'quick'] as const

function refuseOdd(values: Values): void {
  if (values.nodes !== undefined && values.kafka !== true) throw new Error('--nodes goes with --kafka')
  if (values.add === true && values.json === undefined) throw new Error('--add goes with --json')
  if (values.from !== undefined && values.docs !== true) throw new Error('--from goes with --docs')
  if (values.section !== undefined && values.docs !== true) throw new Error('--section goes with --docs')
  if (values.section !== undefined && list(String(values.from ?? '')).length > 1)
    throw new Error('--section goes with one file in --from')
  const odd = cellsOnly.find(name => values.growth === true && values[name] !== undefined)
  if (odd !== undefined) throw new Error(`--${odd} does not go with --growth`)
}

const list = (text: string): readonly string[] => text.split(',').filter(name => name !== '')

function choosePeers(wanted: readonly string[]): readonly string[] {
  const unknown = wanted.find(name => !peerNames.includes(name))
  if (unknown !== undefined) throw new Error(`No peer is called ${unknown}; there are ${peerNames.join(', ')}`)
  return peerNames.filter(name => wanted.includes(name))
}

function readNumber(name: string, given: string | number, least: number, most: number): number {
  const number = Number(given)
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`${name} is ${least} to ${most}, not ${given}`)
  return number
}

function readOneOf<const N extends number>(name: string, text: string, allowed: readonly N[]): N {
  const found = allowed.find(number => String(number) === text)
  if (found === undefined) throw new Error(`${name} is ${allowed.join(' or ')}, not ${text}`)
  return found
}
