// A broker's copy of the partition: its log, and what it remembers of those who wrote it.
import type { Dice } from './dice.ts'

const sequences = 2 ** 31
const mostRemembered = 5

/** A batch in a log. Replicas share the object: that is how they know that they have the same. */
export interface Entry {
  readonly producerId: bigint
  readonly epoch: number
  readonly sequence: number
  readonly records: readonly number[]
  readonly offset: number
}

/** What the last batches of a producer were. */
interface Memory {
  readonly epoch: number
  readonly entries: Entry[]
}

interface Snapshot {
  /** Entries of the log that it knows. */
  readonly length: number
  readonly memories: ReadonlyMap<bigint, Memory>
}

/** What becomes of a batch that is to be appended. */
export type Admission = { readonly kind: 'new' } | { readonly kind: 'known'; readonly entry: Entry } | Refused
interface Refused {
  readonly kind: 'stranger' | 'out of order' | 'fenced'
}

export class Replica {
  readonly id: number
  readonly log: Entry[] = []
  isUp = true
  #memories = new Map<bigint, Memory>()
  #snapshots: Snapshot[] = []
  /** Before this entry it never knew anybody. */
  #knowsFrom = 0

  constructor(id: number) {
    this.id = id
  }

  get endOffset(): number {
    const last = this.log.at(-1)
    return last === undefined ? 0 : last.offset + last.records.length
  }

  /** @see KIP-98: the last five batches of a producer are known again, anything else must be the next sequence. */
  admit({ producerId, epoch, sequence, records }: Omit<Entry, 'offset'>): Admission {
    if (producerId < 0n) return { kind: 'new' }
    const memory = this.#memories.get(producerId)
    if (memory === undefined) return { kind: sequence === 0 ? 'new' : 'stranger' }
    if (epoch < memory.epoch) return { kind: 'fenced' }
    if (epoch > memory.epoch) return { kind: sequence === 0 ? 'new' : 'out of order' }
    const known = memory.entries.find(each => each.sequence === sequence && each.records.length === records.length)
    if (known !== undefined) return { kind: 'known', entry: known }
    const last = memory.entries.at(-1)!
    return { kind: sequence === (last.sequence + last.records.length) % sequences ? 'new' : 'out of order' }
  }

  append(entry: Entry): void {
    this.log.push(entry)
    this.#remember(entry)
  }

  /** @see apache/kafka ProducerStateManager: a snapshot holds no more than the last batch of each producer. */
  takeSnapshot(): void {
    const memories = new Map<bigint, Memory>()
    for (const [id, { epoch, entries }] of this.#memories) memories.set(id, { epoch, entries: entries.slice(-1) })
    this.#snapshots.push({ length: this.log.length, memories })
  }

  /** Cuts off what the leader does not have. */
  truncate(length: number, dice: Dice): void {
    if (length >= this.log.length) return
    this.log.length = length
    this.restart(dice)
  }

  /** Knows the producers of one of its snapshots, and of the log behind it. */
  restart(dice: Dice): void {
    const nothing: Snapshot = { length: Math.min(this.#knowsFrom, this.log.length), memories: new Map() }
    this.#snapshots = this.#snapshots.filter(({ length }) => length >= this.#knowsFrom && length <= this.log.length)
    const { length, memories } = dice.pick([nothing, ...this.#snapshots])
    this.#memories = new Map()
    for (const [id, { epoch, entries }] of memories) this.#memories.set(id, { epoch, entries: [...entries] })
    for (const entry of this.log.slice(length)) this.#remember(entry)
  }

  /** The log is another's; what wrote it up to here is known to nobody. */
  beginWith(log: readonly Entry[]): void {
    this.log.splice(0, this.log.length, ...log)
    this.forgetProducers()
  }

  forgetProducers(): void {
    this.#memories.clear()
    this.#snapshots = []
    this.#knowsFrom = this.log.length
  }

  /** Whether it knows producers from this entry on, and of none before. */
  knowsOnlyFrom(length: number): boolean {
    return this.#knowsFrom === length
  }

  #remember(entry: Entry): void {
    const { producerId, epoch } = entry
    if (producerId < 0n) return
    const before = this.#memories.get(producerId)
    const entries = before?.epoch === epoch ? before.entries : []
    entries.push(entry)
    if (entries.length > mostRemembered) entries.shift()
    this.#memories.set(producerId, { epoch, entries })
  }
}
