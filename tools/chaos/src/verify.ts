// Reads everything back with Kafka's own consumer and holds it against what the producers said.
import type { KafkaCluster, ReadRecord } from '@sluice/kafka'
import type { Mode } from './arguments.ts'
import type { LaneMap } from './lanes.ts'
import type { LaneOutcomes } from './books.ts'
import type { DoubtCounts } from './doubts.ts'
import { outcomes, type Lane } from './ledger.ts'
import { readStamp, type Stamp } from './stamp.ts'

export interface Findings {
  recordsRead: number
  /** Acknowledged, and not in the log. */
  lost: number
  /** Copies beyond the first. */
  duplicated: number
  /** Of them those that no attempt of unknown outcome explains. */
  unexplained: number
  /** Before one that was accepted earlier. */
  outOfOrder: number
  /** Said to be not persisted, and in the log. */
  untrue: number
  /** Not where the producer said. */
  misplaced: number
  /** Foreign, damaged, in another partition than it says, or under another key. */
  strange: number
  /** Of unknown outcome, and in the log. */
  unknownFound: number
  unsettled: number
  settledTwice: number
  /** Acknowledged records of single-record calls whose outcome was told after that of a later one. */
  settledOutOfOrder: number
  /** Offsets that hold nothing although a later one does, or before the first. */
  gaps: number
  /** Records that were there at the end and were not read. */
  unread: number
  /** In which every producer has records. */
  partitionsHit: number
  partitions: number
  /** Leader epochs that a partition's records were written under, in that with the fewest. */
  fewestLeaders: number
  /** The first few, told. */
  readonly stories: string[]
}

export interface Evidence {
  readonly run: number
  readonly mode: Mode
  readonly lanes: LaneMap
  readonly books: readonly LaneOutcomes[]
  readonly doubts: DoubtCounts
  /** Producers whose calls hold one record each. */
  readonly inCallOrder: readonly number[]
}

const mostStories = 20
const readLimitMs = 900_000

/** One lane as it is found in the log. */
interface LaneLog {
  readonly copies: Uint8Array
  /** 1: a copy is where the producer said. */
  readonly inPlace: Uint8Array
  lastN: number
  /** How often the log went back to records that it had already. */
  reruns: number
  repeating: boolean
  repeated: number
}

export async function verify(kafka: Pick<KafkaCluster, 'read' | 'endOffsets'>, evidence: Evidence): Promise<Findings> {
  const findings = blank(evidence)
  const logs = evidence.books.map(({ accepted }) => ({
    copies: new Uint8Array(accepted),
    inPlace: new Uint8Array(accepted),
    lastN: -1,
    reruns: 0,
    repeating: false,
    repeated: 0
  }))
  const { topics } = evidence.lanes
  const read: number[][] = []
  for (const [topic, { name, partitions }] of topics.entries()) {
    const counts: number[] = []
    for (let partition = 0; partition < partitions; partition++) {
      const records = await kafka.read(name, { partition, limitMs: readLimitMs })
      counts.push(records.length)
      new PartitionCheck(evidence, findings, logs, { topic, partition }).take(records)
    }
    read.push(counts)
  }
  // Asked for when all was read: what came late is missing in what was read, and must not be.
  for (const [topic, { name }] of topics.entries()) {
    const ends = await kafka.endOffsets(name)
    for (const [partition, end] of ends.entries())
      findings.unread += Math.max(0, Number(end) - read[topic]![partition]!)
  }
  for (const book of evidence.books) judge(book, logs[book.lane.id]!, evidence, findings)
  return findings
}

function blank({ books }: Evidence): Findings {
  const sum = (what: 'settledTwice'): number => books.reduce((total, book) => total + book[what], 0)
  return {
    recordsRead: 0,
    lost: 0,
    duplicated: 0,
    unexplained: 0,
    outOfOrder: 0,
    untrue: 0,
    misplaced: 0,
    strange: 0,
    unknownFound: 0,
    unsettled: 0,
    settledTwice: sum('settledTwice'),
    settledOutOfOrder: 0,
    gaps: 0,
    unread: 0,
    partitionsHit: 0,
    partitions: 0,
    fewestLeaders: Number.POSITIVE_INFINITY,
    stories: []
  }
}

function tell(findings: Findings, story: string): void {
  if (findings.stories.length < mostStories) findings.stories.push(story)
}

class PartitionCheck {
  readonly #evidence: Evidence
  readonly #findings: Findings
  readonly #logs: readonly LaneLog[]
  readonly #place: { readonly topic: number; readonly partition: number }

  constructor(
    evidence: Evidence,
    findings: Findings,
    logs: readonly LaneLog[],
    place: { topic: number; partition: number }
  ) {
    this.#evidence = evidence
    this.#findings = findings
    this.#logs = logs
    this.#place = place
  }

  take(records: readonly ReadRecord[]): void {
    const findings = this.#findings
    const epochs = new Set(records.map(({ leaderEpoch }) => leaderEpoch))
    this.#takeEach(records)
    findings.partitions++
    findings.fewestLeaders = Math.min(findings.fewestLeaders, epochs.size)
    const { topic, partition } = this.#place
    const lanes = this.#evidence.lanes.lanes.filter(lane => lane.topic === topic && lane.partition === partition)
    if (lanes.every(({ id }) => this.#logs[id]!.lastN >= 0)) findings.partitionsHit++
  }

  #takeEach(records: readonly ReadRecord[]): void {
    let next = 0n
    for (const record of records) {
      this.#findings.recordsRead++
      if (record.offset !== next) {
        this.#findings.gaps++
        tell(this.#findings, `gap: from ${next} to ${this.#here(record)}`)
      }
      next = record.offset + 1n
      const stamp = readStamp(record.value)
      if (stamp !== null && this.#belongsHere(stamp, record)) this.#enter(stamp, record)
      else {
        this.#findings.strange++
        tell(this.#findings, `strange: ${JSON.stringify(stamp)} at ${this.#here(record)}`)
      }
    }
  }

  #belongsHere({ run, producer, topic, partition, n }: Stamp, { key }: ReadRecord): boolean {
    const { lanes, books } = this.#evidence
    const here = this.#place
    if (run !== this.#evidence.run || topic !== here.topic || partition !== here.partition) return false
    const keys = lanes.topics[topic]!.keys[partition]!
    if (key !== null && key.toString() !== keys[n % keys.length]) return false
    const book = books[lanes.idOf(producer, topic, partition)]
    return book !== undefined && book.lane.producer === producer && n < book.accepted
  }

  #enter({ producer, topic, partition, n }: Stamp, record: ReadRecord): void {
    const { lanes, books } = this.#evidence
    const lane = lanes.idOf(producer, topic, partition)
    const log = this.#logs[lane]!
    const book = books[lane]!
    const copies = log.copies[n]!
    log.copies[n] = Math.min(255, copies + 1)
    if (book.offsets[n] === Number(record.offset)) log.inPlace[n] = 1
    if (copies > 0) this.#repeated(log, lane, n, record)
    else this.#firstSeen(log, book, n, record)
  }

  #repeated(log: LaneLog, lane: number, n: number, record: ReadRecord): void {
    this.#findings.duplicated++
    log.repeated++
    if (!log.repeating) log.reruns++
    log.repeating = true
    if (this.#evidence.mode === 'plain') return
    const { lanes } = this.#evidence
    tell(this.#findings, `duplicated: ${lanes.name(lanes.lanes[lane]!)} n ${n} again at ${this.#here(record)}`)
  }

  /** Order is judged by first copies. One of unknown outcome may, without sequences, come after what followed its failure. */
  #firstSeen(log: LaneLog, book: LaneOutcomes, n: number, record: ReadRecord): void {
    log.repeating = false
    if (n > log.lastN) {
      log.lastN = n
      return
    }
    if (this.#evidence.mode === 'plain' && book.codes[n] === outcomes.unknown) return
    this.#findings.outOfOrder++
    const { lanes } = this.#evidence
    tell(this.#findings, `out of order: ${lanes.name(book.lane)} n ${n} after ${log.lastN} at ${this.#here(record)}`)
  }

  #here({ offset }: ReadRecord): string {
    const { topic, partition } = this.#place
    return `${this.#evidence.lanes.topics[topic]?.name}-${partition} offset ${offset}`
  }
}

function judge(book: LaneOutcomes, log: LaneLog, evidence: Evidence, findings: Findings): void {
  const { lane, accepted, codes } = book
  const name = evidence.lanes.name(lane)
  for (let n = 0; n < accepted; n++) {
    const found = log.copies[n]! > 0
    switch (codes[n]) {
      case outcomes.acked:
        if (!found) {
          findings.lost++
          tell(findings, `lost: ${name} n ${n}, said to be at ${book.offsets[n]}`)
        } else if (book.offsets[n]! >= 0 && log.inPlace[n] === 0) {
          findings.misplaced++
          tell(findings, `misplaced: ${name} n ${n} is not at ${book.offsets[n]}, as was said`)
        }
        break
      case outcomes.notPersisted:
        if (!found) break
        findings.untrue++
        tell(findings, `untrue: ${name} n ${n} was called not persisted`)
        break
      case outcomes.unknown:
        if (found) findings.unknownFound++
        break
      default:
        findings.unsettled++
        tell(findings, `unsettled: ${name} n ${n}`)
    }
  }
  if (evidence.inCallOrder.includes(lane.producer)) findings.settledOutOfOrder += book.settledOutOfOrder
  judgeRepetitions(log, name, doubtsAbout(lane, evidence), findings)
}

/** A sequence number explains itself: with one, nothing may be there twice. */
const doubtsAbout = ({ id }: Lane, { mode, doubts }: Evidence): { attempts: number; records: number } =>
  mode === 'plain' ? { attempts: doubts.attempts[id]!, records: doubts.records[id]! } : { attempts: 0, records: 0 }

/** Each attempt that was repeated may have left one run of records, and no more of them than its batch had. */
function judgeRepetitions(
  log: LaneLog,
  name: string,
  { attempts, records }: { readonly attempts: number; readonly records: number },
  findings: Findings
): void {
  if (log.reruns <= attempts && log.repeated <= records) return
  findings.unexplained += Math.max(1, log.reruns - attempts, log.repeated - records)
  tell(
    findings,
    `unexplained: ${name} has ${log.reruns} repetitions of ${log.repeated} records, after ${attempts} doubtful attempts of ${records}`
  )
}
