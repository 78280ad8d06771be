// What is measured, as data: four workloads by size and codec, and named cells that vary one thing each.

export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Codec = (typeof codecs)[number]

/** All that a client is told about the work. */
export interface Cell {
  readonly name: string
  /** Messages in each call of `send`. */
  readonly messages: number
  /** Calls that are made at once and then awaited together. */
  readonly concurrent: number
  readonly valueBytes: number
  readonly codec: Codec
  readonly acks: -1 | 0 | 1
  readonly idempotent: boolean
  readonly values: 'text' | 'json' | 'bytes'
  /** Headers on each message. */
  readonly headers: number
  /** Producers in one process, each with this work. */
  readonly producers: number
  readonly partitions: number
  /** As many as the null broker says there are. */
  readonly brokers: number
  /** How much later the null broker answers. */
  readonly delayMs: number
  readonly tls: boolean
  /** Client and broker share one core, where the machine can pin: else the scheduler decides what is measured. */
  readonly pinned: boolean
}

/** What a cell is that says nothing else. */
export const basicCell: Omit<Cell, 'name'> = {
  messages: 100,
  concurrent: 1,
  valueBytes: 100,
  codec: 'none',
  acks: -1,
  idempotent: true,
  values: 'text',
  headers: 0,
  producers: 1,
  partitions: 6,
  brokers: 1,
  delayMs: 0,
  tls: false,
  pinned: false
}

export const workloads: Readonly<Record<string, Partial<Cell>>> = {
  seq1: { messages: 1, pinned: true },
  seq100: { messages: 100 },
  seq10k: { messages: 10_000 },
  conc1k: { messages: 1, concurrent: 1000 }
}

const sizes: Readonly<Record<string, number>> = { '100B': 100, '1KiB': 1024 }

const grid: readonly Cell[] = Object.entries(workloads).flatMap(([workload, work]) =>
  Object.entries(sizes).flatMap(([size, valueBytes]) =>
    codecs.map(codec => Object.assign({}, basicCell, work, { valueBytes, codec, name: `${workload}/${size}/${codec}` }))
  )
)

const seq10k = workloads['seq10k']
const conc1k = workloads['conc1k']

const named: readonly Cell[] = [
  vary('large', { messages: 10, valueBytes: 102_400 }),
  vary('partitions-1', { partitions: 1 }, seq10k),
  vary('partitions-1000', { partitions: 1000 }, seq10k),
  vary('acks-0', { acks: 0, idempotent: false }),
  vary('acks-0-seq1', { acks: 0, idempotent: false, messages: 1 }),
  vary('acks-1', { acks: 1, idempotent: false }),
  vary('plain', { idempotent: false }),
  vary('plain-conc1k', { idempotent: false }, conc1k),
  vary('json', { values: 'json' }),
  vary('bytes', { values: 'bytes' }),
  vary('headers', { headers: 3 }),
  vary('producers-10', { producers: 10 }),
  vary('delay-seq1', { delayMs: 2, messages: 1 }),
  vary('delay-seq100', { delayMs: 2 }),
  vary('delay-conc1k', { delayMs: 2 }, conc1k),
  vary('tls', { tls: true })
]

export const cells: readonly Cell[] = [...grid, ...named]

/** A first look at the four workloads, and at compression where it costs most. */
export const quickCells: readonly string[] = [
  'seq1/100B/none',
  'seq100/100B/none',
  'seq10k/100B/none',
  'conc1k/100B/none',
  'seq100/1KiB/snappy',
  'seq10k/1KiB/lz4'
]

function vary(name: string, change: Partial<Cell>, base: Partial<Cell> = {}): Cell {
  return Object.assign({}, basicCell, base, change, { name })
}

/**
 * @param wanted names, in which `*` stands for anything
 * @throws Error naming the one that fits no cell
 */
export function chooseCells(wanted: readonly string[]): readonly Cell[] {
  const chosen = new Set<Cell>()
  for (const pattern of wanted) {
    const shape = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`)
    const found = cells.filter(cell => shape.test(cell.name))
    if (found.length === 0)
      throw new Error(`No cell is called ${pattern}; there are ${cells.map(c => c.name).join(', ')}`)
    for (const cell of found) chosen.add(cell)
  }
  return [...chosen]
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
