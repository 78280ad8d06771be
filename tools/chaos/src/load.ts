// One producer under test, and the book that is kept of what it was given and what it said.
import { isKafkaError, type ProduceError, type RecordOutcome } from '@sluice/core'
import type { Producer, ProduceResult, ProducerMessage, SendOptions } from '@sluice/producer'
import type { Random } from '@sluice/core'
import type { LaneMap } from './lanes.ts'
import { outcomes, type Ledger, type OutcomeCode } from './ledger.ts'
import { writeStamp } from './stamp.ts'

type CallOptions = Omit<SendOptions, 'messages'>

/** The records of one call. */
interface Call {
  readonly messages: ProducerMessage[]
  readonly lanes: number[]
  readonly numbers: number[]
  /** When it must have its outcome, and from when on it may be given up. */
  readonly dueMs: number
  readonly overMs: number
}

/** The records of a batch end together: the last of them may lose so much of its time. */
const sharedShare = 0.1

/** What a result says, and of which lanes it was asked. */
interface Acknowledged {
  readonly seen: Set<number>
  readonly result: ProduceResult
}

export interface LoadParts {
  readonly run: number
  readonly index: number
  /** What the producer was given, for calls that name no other. */
  readonly deliveryTimeout: number
  readonly lanes: LaneMap
  readonly ledger: Ledger
  readonly random: Random
}

export class Load {
  readonly #parts: LoadParts
  readonly #producer: Producer
  /** Times that `send` asked to wait. */
  refusals = 0
  /** Records that failed, by what was said of them. */
  notPersisted = 0
  unknown = 0
  /** How long after its deadline, at most, a call had its outcome. */
  latestMs = 0
  /** How long, at most, a record was said to be out of time before nine tenths of it were over. */
  earliestMs = 0
  /** Failures whose error names no outcome, which every error shall. */
  untold = 0
  /** By code and broker error, how often calls failed. */
  readonly failures: Map<string, number> = new Map()

  constructor(parts: LoadParts, producer: Producer) {
    this.#parts = parts
    this.#producer = producer
  }

  get producer(): Producer {
    return this.#producer
  }

  /** Sends so many records in one call. Settles with the call, whatever its outcome. */
  async send(count: number, keyed: boolean, options: CallOptions = {}): Promise<void> {
    const call = this.#compose(count, keyed, options.deliveryTimeout)
    try {
      this.#delivered(call, await this.#producer.send({ ...options, messages: call.messages }))
    } catch (error) {
      this.#failed(call, error)
    }
  }

  /** @returns what `send` returns: whether more may be sent before `producer:drain` */
  sendWithCallback(count: number, keyed: boolean, onSettled: () => void = () => undefined): boolean {
    const call = this.#compose(count, keyed)
    const goOn = this.#producer.send({ messages: call.messages }, (error, result) => {
      if (error === null || error === undefined) this.#delivered(call, result!)
      else this.#failed(call, error)
      onSettled()
    })
    if (!goOn) this.refusals++
    return goOn
  }

  #compose(count: number, keyed: boolean, limitMs: number = this.#parts.deliveryTimeout): Call {
    const nowMs = performance.now()
    const times = { dueMs: nowMs + limitMs, overMs: nowMs + limitMs * (1 - sharedShare) }
    const call: Call = { messages: [], lanes: [], numbers: [], ...times }
    for (let i = 0; i < count; i++) this.#addRecord(call, keyed)
    return call
  }

  #addRecord(call: Call, keyed: boolean): void {
    const { run, index, lanes, ledger, random } = this.#parts
    const { topic, partition } = lanes.placeAt(random())
    const lane = lanes.idOf(index, topic, partition)
    const n = ledger.accept(lane)
    const value = writeStamp({ run, producer: index, topic, partition, n })
    const { name, keys } = lanes.topics[topic]!
    const keysHere = keys[partition]!
    call.messages.push(
      keyed ? { topic: name, key: keysHere[n % keysHere.length]!, value } : { topic: name, partition, value }
    )
    call.lanes.push(lane)
    call.numbers.push(n)
  }

  #delivered(call: Call, result: ProduceResult): void {
    this.#timed(call)
    const acknowledged = { seen: new Set<number>(), result }
    for (let i = 0; i < call.lanes.length; i++) this.#acked(call, i, i, acknowledged)
  }

  /** @param place of the record among those of the call that were acknowledged */
  #acked(call: Call, i: number, place: number, { seen, result }: Acknowledged): void {
    const lane = call.lanes[i]!
    const offset = result.records === undefined ? this.#firstOffset(lane, seen, result) : result.records[place]?.offset
    if (offset === undefined) this.#count('a result that lacks a record')
    this.#parts.ledger.settle(lane, call.numbers[i]!, outcomes.acked, Number(offset ?? -1n))
  }

  /** The result tells where a partition's first record is; of the others it says nothing. */
  #firstOffset(lane: number, seen: Set<number>, { offsets }: ProduceResult): bigint {
    if (seen.has(lane)) return -1n
    seen.add(lane)
    const { topic, partition } = this.#parts.lanes.lanes[lane]!
    const { name } = this.#parts.lanes.topics[topic]!
    const place = offsets.find(each => each.partition === partition && each.topic === name)
    if (place !== undefined) return place.offset
    this.#count('a result that does not tell where a partition was written')
    return -1n
  }

  #failed(call: Call, error: unknown): void {
    this.#timed(call)
    const { lanes } = call
    if (isKafkaError(error, 'KAFKA_PRODUCE_FAILED')) return this.#failedInPart(call, error)
    const told = isKafkaError(error) ? error.outcome : undefined
    if (told === undefined) this.untold++
    this.#count(`${describe(error)}, the whole call, ${told ?? 'no outcome'}`)
    for (let i = 0; i < lanes.length; i++) this.#fail(call, i, told ?? 'unknown')
  }

  #failedInPart(call: Call, { failures, produced }: ProduceError): void {
    const leftMs = call.overMs - performance.now()
    const failed = new Map(failures.map(({ index, outcome }) => [index, outcome]))
    for (const { error, outcome } of failures) {
      this.#count(`${describe(error)}, ${outcome}`)
      if (isKafkaError(error, 'KAFKA_TIMEOUT')) this.earliestMs = Math.max(this.earliestMs, leftMs)
    }
    const acknowledged = { seen: new Set<number>(), result: produced }
    let place = 0
    for (let i = 0; i < call.lanes.length; i++) {
      const outcome = failed.get(i)
      if (outcome === undefined) this.#acked(call, i, place++, acknowledged)
      else this.#fail(call, i, outcome)
    }
  }

  #fail(call: Call, i: number, outcome: RecordOutcome): void {
    if (outcome === 'unknown') this.unknown++
    else this.notPersisted++
    this.#parts.ledger.settle(call.lanes[i]!, call.numbers[i]!, codeOf(outcome), -1)
  }

  #timed({ dueMs }: Call): void {
    this.latestMs = Math.max(this.latestMs, performance.now() - dueMs)
  }

  #count(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1)
  }
}

const codeOf = (outcome: RecordOutcome): OutcomeCode =>
  outcome === 'unknown' ? outcomes.unknown : outcomes.notPersisted

function describe(error: unknown): string {
  if (isKafkaError(error, 'KAFKA_BROKER')) return `${error.code} ${error.errorName}`
  if (isKafkaError(error)) return error.code
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
