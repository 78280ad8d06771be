// Reads the benchmark's options.
import { parseArgs } from 'node:util'
import { cells, chooseCells, quickCells, type Cell } from './cells.ts'
import { peerNames, quickPeers } from './peers.ts'

export interface BenchArguments {
  readonly cells: readonly Cell[]
  readonly peers: readonly string[]
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
  --rounds N         interleaved rounds (5; 3 with --quick)
  --warm-ms N        how long each client warms up (1000), is measured (2000), and makes calls at a fixed rate (1000) in a
  --measure-ms N     round; 600, 500 and 200 with --quick
  --latency-ms N
  --kafka            against a real Apache Kafka on this machine (needs java and mvn)
  --nodes 1|3        its brokers
  --json FILE        all figures, written after each cell
  --add              to what FILE already holds, so that a run can be made in pieces
  --docs             writes the tables of docs/performance.md
  --from A,B         out of these files of earlier runs (with --docs), and measures nothing
  --svg DIR          a plot of each cell
  --growth           ours with 1 to 10,000 partitions and 1 to 100 brokers, instead of the cells
  --profile CELL     writes a CPU profile of ours in this cell, and names its hottest functions
  --list             names all cells`

const full = { rounds: 5, warmMs: 1000, measureMs: 2000, latencyMs: 1000, limitMs: 24 * 3_600_000 }
const quick = { rounds: 3, warmMs: 600, measureMs: 500, latencyMs: 200, limitMs: 270_000 }

/** Null when only a list of the cells is wanted. @throws Error when the options cannot be right */
export function readArguments(argv: readonly string[]): BenchArguments | null {
  const { values } = parseArgs({
    // pnpm hands the `--` on.
    args: argv.filter(argument => argument !== '--'),
    options: {
      quick: { type: 'boolean' },
      cells: { type: 'string' },
      peers: { type: 'string' },
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
      svg: { type: 'string' },
      profile: { type: 'string' },
      growth: { type: 'boolean' },
      list: { type: 'boolean' }
    }
  })
  if (values.list === true) return null
  if (values.nodes !== undefined && values.kafka !== true) throw new Error('--nodes goes with --kafka')
  if (values.add === true && values.json === undefined) throw new Error('--add goes with --json')
  const cellsOnly = ['cells', 'peers', 'kafka', 'svg', 'profile', 'add', 'quick'] as const
  const odd = cellsOnly.find(name => values.growth === true && values[name] !== undefined)
  if (odd !== undefined) throw new Error(`--${odd} does not go with --growth`)
  if (values.from !== undefined && values.docs !== true) throw new Error('--from goes with --docs')
  const { rounds, warmMs, measureMs, latencyMs, limitMs } = values.quick === true ? quick : full
  const names = values.profile ?? values.cells
  const chosen =
    names === undefined ? (values.quick === true ? chooseCells(quickCells) : cells) : chooseCells(list(names))
  return {
    limitMs,
    cells: chosen,
    peers:
      values.peers === undefined ? (values.quick === true ? quickPeers : peerNames) : choosePeers(list(values.peers)),
    rounds: readNumber('--rounds', values.rounds ?? rounds, 1, 100),
    warmMs: readNumber('--warm-ms', values['warm-ms'] ?? warmMs, 1, 600_000),
    measureMs: readNumber('--measure-ms', values['measure-ms'] ?? measureMs, 1, 600_000),
    latencyMs: readNumber('--latency-ms', values['latency-ms'] ?? latencyMs, 0, 600_000),
    kafka: values.kafka === true ? readNodes(values.nodes ?? '1') : null,
    json: values.json ?? null,
    add: values.add === true,
    docs: values.docs === true,
    from: list(values.from ?? ''),
    svg: values.svg ?? null,
    profile: values.profile !== undefined,
    growth: values.growth === true
  }
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

function readNodes(text: string): 1 | 3 {
  if (text !== '1' && text !== '3') throw new Error(`--nodes is 1 or 3, not ${text}`)
  return text === '1' ? 1 : 3
}
